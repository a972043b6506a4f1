// Tested by: test/tuning/choose-kernels.gpu.test.ts
/** Times a kernel's tunings against each other, once on each adapter. */
import { sha256OfText, toHex } from "../base/sha256.ts";
import type { Device } from "../gpu/device.ts";
import { attention, attentionPairs, attentionTiles } from "../kernels/attention.ts";
import { roundUp } from "../kernels/kernel.ts";
import type { Weight } from "../kernels/kernel.ts";
import { linear } from "../kernels/matmul.ts";
import { lacks } from "../kernels/profile.ts";
import type { Profile } from "../kernels/profile.ts";
import { isInF16 } from "../kernels/tunings.ts";
import type { MatmulTuning } from "../kernels/tunings.ts";
import { isQuantised, rowByteLength } from "../kernels/weight-forms.ts";
import type { ModelConfig } from "../model/config.ts";
import { Plan } from "../pass/plan.ts";
import type { KernelMemory, Kernels } from "../types.ts";
import { selfTest } from "./self-test.ts";
import { tune } from "./tune.ts";
import type { Candidate, Contest, TuneOptions } from "./tune.ts";

/** Rows of the test work, and the most rows and columns of its matrix: milliseconds on any GPU. */
const ROWS = 256;
const MOST = 2048;

interface TimingOptions extends TuneOptions {
  readonly memory: KernelMemory;
}

/**
 * Returns the profile with the winners, and whether they were timed or remembered.
 * @param largest the largest matrices of the model
 * @throws the signal's reason; GpuError if the device is lost
 */
export async function timeKernels(
  device: Device,
  known: Profile,
  largest: readonly Weight[],
  config: ModelConfig,
  { memory, ...options }: TimingOptions,
): Promise<{ readonly profile: Profile; readonly chosen: Kernels["chosen"] }> {
  const contests = listHotWork(largest, config).map((work) => contestOf(device, known, work));
  const remembered = await recall(memory, contests);
  const open = contests.filter((contest) => !remembered.has(contest));
  const sound = await Promise.all(open.map(async (contest) => await dropWrong(device, contest)));
  const timed = await decide(device, memory, sound, options);
  const changes = [...remembered.values(), ...timed].map(({ change }) => change);
  const profile = Object.assign({}, known, ...changes) as Profile;
  const chosen = timed.length > 0 ? "timed" : remembered.size > 0 ? "remembered" : "adapter";
  return { profile, chosen };
}

/** A kernel's tuning as a candidate: its change of the profile. */
interface TuningCandidate extends Candidate {
  readonly change: Partial<Profile>;
}

interface TuningContest extends Contest {
  readonly name: HotWork["hot"];
  readonly candidates: readonly TuningCandidate[];
  /** The key of its remembered winner: the adapter, and the shaders with their constants. */
  readonly key: string;
}

/** Returns the remembered winners. A name that is not a candidate's is ignored. */
async function recall(
  memory: KernelMemory,
  contests: readonly TuningContest[],
): Promise<Map<TuningContest, TuningCandidate>> {
  const known = new Map<TuningContest, TuningCandidate>();
  for (const contest of contests) {
    const kept = await memory.read(contest.key).catch(() => undefined);
    const found = contest.candidates.find(({ name }) => name === kept);
    if (found) {
      known.set(contest, found);
    }
  }
  return known;
}

/** Returns the contest without candidates in f16 that compute wrongly on the device. */
async function dropWrong(device: Device, contest: TuningContest): Promise<TuningContest> {
  const { name: hot, candidates } = contest;
  const sound: TuningCandidate[] = [];
  for (const candidate of candidates) {
    const tuning = candidate.change[hot];
    const isExact = hot === "attention" || tuning === undefined || !isInF16(tuning);
    if (isExact || (await isSound(device, hot, tuning))) sound.push(candidate);
  }
  return { ...contest, candidates: sound };
}

async function isSound(
  device: Device,
  kind: "matmul" | "matmulQuantised",
  tuning: MatmulTuning,
): Promise<boolean> {
  return (await selfTest(device, kind, tuning)) === undefined;
}

/** Times the contests and remembers their winners. */
async function decide(
  device: Device,
  memory: KernelMemory,
  contests: readonly TuningContest[],
  options: TuneOptions,
): Promise<TuningCandidate[]> {
  const remember = async (key: string, name: string): Promise<void> =>
    await memory.write(key, name).catch(() => {});
  try {
    const winners = await tune(device, contests, options);
    const found: TuningCandidate[] = [];
    for (const { name, candidates, key } of contests) {
      const winner = candidates.find((candidate) => candidate.name === winners.get(name));
      if (winner) {
        found.push(winner);
        await remember(key, winner.name);
      }
    }
    return found;
  } catch (error) {
    if (device.isLost) {
      // Timing may have lost the device. Remember the first candidates, so that it is not tried
      // again.
      for (const { candidates, key } of contests) {
        const [first] = candidates;
        if (first) await remember(key, first.name);
      }
    }
    throw error;
  }
}

/** A kernel that takes most of a pass's time, and work for it as the model gives it. */
interface HotWork {
  readonly hot: "matmul" | "matmulQuantised" | "attention";
  readonly record: (plan: Plan) => void;
}

/**
 * Returns products by the model's largest matrices, in their form, and attention with its heads.
 */
function listHotWork(largest: readonly Weight[], config: ModelConfig): HotWork[] {
  const stored = largest.find(({ form }) => !isQuantised(form));
  const quantised = largest.find(({ form }) => isQuantised(form));
  const product = (hot: HotWork["hot"], weight: Weight | undefined): HotWork[] =>
    weight ? [{ hot, record: (plan) => multiply(plan, weight) }] : [];
  return [
    ...product("matmul", stored),
    ...product("matmulQuantised", quantised),
    { hot: "attention", record: (plan) => attend(plan, config) },
  ];
}

function multiply(plan: Plan, { form, rows, columns }: Weight): void {
  const size = { rows: Math.min(rows, MOST), columns: Math.min(columns, MOST) };
  const byteLength = roundUp(size.rows * rowByteLength(form, size.columns), 16);
  const group = "timing";
  const part = { kind: "weight", key: `timing ${form}`, group, firstRow: 0, byteLength } as const;
  const weight = { label: part.key, group, form, ...size, parts: [{ ...part, rows: size.rows }] };
  linear(plan, "timing", plan.tensor("timing x", ROWS, size.columns), weight);
}

function attend(plan: Plan, { decoder }: ModelConfig): void {
  const { numAttentionHeads: queries, numKeyValueHeads: keys, headDim: dim } = decoder;
  const table = attentionTiles([{ begin: 0, end: ROWS }], true, plan.profile.attention);
  const tiles = { table: plan.input("timing tiles", table), pairs: attentionPairs(table) };
  const qkv = plan.tensor("timing qkv", ROWS, (queries + 2 * keys) * dim);
  attention(plan, "timing", qkv, { queries, keys, dim }, tiles);
}

/** Returns the profile's own tuning, then those of its rivals that the device can run. */
function contestOf(device: Device, known: Profile, { hot, record }: HotWork): TuningContest {
  const rivals = hot === "attention" ? known.rivals.attention : known.rivals.matmul;
  const candidates = [known[hot], ...rivals].flatMap((name) => {
    const change = { [hot]: name };
    const profile: Profile = { ...known, ...change };
    if (lacks(device, profile) !== undefined) {
      return [];
    }
    const plan = new Plan(profile);
    record(plan);
    return [{ name, plan, change }];
  });
  const shaders = candidates.flatMap(({ plan }) =>
    plan.steps.map(({ kernel, constants }) => `${kernel.source}${JSON.stringify(constants)}`),
  );
  const version = toHex(sha256OfText(shaders.join())).slice(0, 16);
  return { name: hot, candidates, key: `${device.adapter.name} ${hot} ${version}` };
}
