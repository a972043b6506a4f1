/**
 * Runs in the page, for firefox.browser.test.ts: the embedded model and kernels on the browser's
 * device.
 */
import { RewardModel } from "../../src/index.ts";
import type { Conversation, Kernels, LoadOptions } from "../../src/index.ts";
import { Device } from "../../src/gpu/device.ts";
import { lacks, PLAIN, profiles } from "../../src/kernels/profile.ts";
import { matmulTunings } from "../../src/kernels/tunings.ts";
import type { MatmulTuning } from "../../src/kernels/tunings.ts";
import { selfTest } from "../../src/tuning/self-test.ts";

export interface Scored {
  readonly values: readonly number[];
  readonly kernels: Kernels;
  readonly warnings: readonly string[];
  readonly weightBytes: number;
  readonly ms: number;
}

/** Scores conversations whose pictures are URLs; `ms` is the scoring's own. */
export async function score(
  folder: string,
  conversations: readonly Conversation[],
  options: LoadOptions,
): Promise<Scored> {
  const warnings: string[] = [];
  const onWarning = (text: string): void => void warnings.push(text);
  await using model = await RewardModel.fromPretrained(folder, { ...options, onWarning });
  const begin = performance.now();
  const scores = await model.score(conversations);
  const ms = performance.now() - begin;
  const values = scores.map(({ value }) => value);
  const { kernels, memory } = model;
  return { values, kernels, warnings, weightBytes: memory.weightBytes, ms };
}

/** The feature that the device lacks for each profile; undefined if it has all. */
export async function lacking(): Promise<Record<string, string | undefined>> {
  const device = await Device.open();
  const all = [...profiles].map(([name, profile]) => [name, lacks(device, profile)] as const);
  device.destroy();
  return Object.fromEntries(all);
}

/**
 * Every matmul that the device can run against the plain one on hostile values: what was found
 * wrong.
 */
export async function selfTests(): Promise<Record<string, string>> {
  const device = await Device.open();
  const found: Record<string, string> = {};
  for (const tuning of Object.keys(matmulTunings) as MatmulTuning[]) {
    const profile = { ...PLAIN, matmul: tuning, matmulQuantised: tuning };
    if (lacks(device, profile) !== undefined) continue;
    for (const kind of ["matmul", "matmulQuantised"] as const) {
      found[`${kind} ${tuning}`] = (await selfTest(device, kind, tuning)) ?? "right";
    }
  }
  device.destroy();
  return found;
}
