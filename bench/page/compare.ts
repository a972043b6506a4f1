/** Runs the cases in the page: one device for us and the peer, one case at a time. */
import { Device } from "../../src/gpu/device.ts";
import { chooseProfile } from "../../src/kernels/profile.ts";
import { attentionCases } from "../cases/attention.ts";
import type { Bench, Case, Contender } from "../cases/case.ts";
import { decoderLayerCases } from "../cases/decoder-layer.ts";
import { embeddedModelCase } from "../cases/embedded-model.ts";
import { matmulCases } from "../cases/matmul.ts";
import { normCases } from "../cases/norm.ts";
import { interleave } from "../measure/interleave.ts";
import type { Timing } from "../measure/interleave.ts";
import { relativeDifference } from "../measure/values.ts";
import { withoutSubgroups } from "../measure/without-subgroups.ts";
import { ortVersion } from "../peers/ort.ts";
import { measureLoad } from "./load.ts";
import { measureStart } from "./start.ts";

const cases: readonly Case[] = [
  ...matmulCases,
  ...attentionCases,
  ...normCases,
  ...decoderLayerCases,
  embeddedModelCase,
];

export interface Setting {
  readonly adapter: string;
  readonly software: boolean;
  readonly subgroupMinSize: number;
  readonly profile: string;
  readonly browser: string;
  readonly peer: string;
  readonly cases: readonly string[];
}

export interface CaseOptions {
  readonly reps: number;
  readonly budgetMs: number;
}

export interface ContenderResult extends Timing {
  readonly isPeer: boolean;
  /**
   * The difference from the reference, or from the first contender; undefined for the latter
   * itself.
   */
  readonly difference: number | undefined;
  readonly limit: number;
}

export interface CaseResult {
  readonly name: string;
  readonly flops: number | undefined;
  readonly target: Case["target"];
  readonly results: readonly ContenderResult[];
}

/** The functions that Node calls in this page. */
export interface BenchPage {
  readonly open: typeof open;
  readonly runCase: typeof runCase;
  readonly measureStart: typeof measureStart;
  readonly measureLoad: typeof measureLoad;
}

declare global {
  // Called by bench/browser.ts.
  var benchPage: BenchPage;
}

let bench: Bench | undefined;

globalThis.benchPage = { open, runCase, measureStart, measureLoad };

/** Opens the device; names the cases. */
async function open(profileName: string | null, peersWithoutSubgroups: boolean): Promise<Setting> {
  const device = await Device.open();
  const profile = chooseProfile(device, profileName ?? undefined);
  const plainDevice = peersWithoutSubgroups
    ? await Device.open(withoutSubgroups(navigator.gpu))
    : undefined;
  bench = { device, plainDevice, profile };
  const { name: adapter, software, subgroupMinSize } = device.adapter;
  return {
    adapter,
    software,
    subgroupMinSize,
    profile: profile.name,
    browser: navigator.userAgent.replace(/^.*?(\w*Chrome\/[\d.]+).*$/, "$1"),
    peer: `onnxruntime-web ${ortVersion}`,
    cases: cases.map(({ name }) => name),
  };
}

/** Builds a case, compares its results, times it, frees it. */
async function runCase(name: string, { reps, budgetMs }: CaseOptions): Promise<CaseResult> {
  const found = cases.find((one) => one.name === name);
  if (!bench || !found) throw new Error(`no case ${name}, or no device`);
  const contenders = await found.build(bench);
  try {
    const differences = await compare(contenders, found.reference?.());
    const timings = await interleave(contenders, { reps, budgetMs });
    const { flops, target } = found;
    const results = contenders.map(({ isPeer, limit }, i): ContenderResult => {
      const timing = timings[i];
      if (!timing) throw new Error(`${name}: a contender was not timed`);
      return { ...timing, isPeer, limit, difference: differences[i] };
    });
    return { name, flops, target, results };
  } finally {
    for (const contender of contenders) await contender.release();
  }
}

/**
 * How far each result is from what is wanted: a comparison of unequal results would say nothing.
 */
async function compare(
  contenders: readonly Contender[],
  reference: Float32Array | undefined,
): Promise<(number | undefined)[]> {
  let wanted = reference;
  const differences: (number | undefined)[] = [];
  for (const contender of contenders) {
    const got = await contender.output();
    differences.push(wanted && relativeDifference(got, wanted));
    wanted ??= got;
  }
  return differences;
}
