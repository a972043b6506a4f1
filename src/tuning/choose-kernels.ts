/**
 * Chooses which kernels run on a device: those that the caller names, or those known to suit it, or
 * the winners of timing against their rivals. A new adapter is timed at its first visit; later
 * visits remember the winners.
 */
import type { Device } from "../gpu/device.ts";
import { attention, attentionPairs, attentionTiles } from "../kernels/attention.ts";
import { roundUp } from "../kernels/kernel.ts";
import type { Weight } from "../kernels/kernel.ts";
import { linear } from "../kernels/matmul.ts";
import { chooseProfile, lacks } from "../kernels/profile.ts";
import type { Profile } from "../kernels/profile.ts";
import { f16Below } from "../kernels/tunings.ts";
import type { MatmulTuning } from "../kernels/tunings.ts";
import { isQuantised, rowByteLength } from "../kernels/weight-forms.ts";
import { Plan } from "../pass/plan.ts";
import { tune } from "./tune.ts";
import type { Candidate, Contest, TuneOptions } from "./tune.ts";
import type { KernelMemory, Kernels } from "../types.ts";
import { sha256OfText, toHex } from "../base/sha256.ts";
import type { ModelConfig } from "../model/config.ts";
import type { ModelWeights } from "../model/weights.ts";
import { kernelMemory } from "./kernel-memory.ts";
import { selfTest, pickTrusted } from "./self-test.ts";

export interface KernelChoice {
  readonly profile: Profile;
  readonly chosen: Kernels["chosen"];
}

/**
 * The option that times software adapters too. Their profiles are measured, so they need no timing.
 */
const TIMED = "timed";

/** Rows of the test work, and the most rows and columns of its matrix: milliseconds on any GPU. */
const ROWS = 256;
const MOST = 2048;

/** The caller's options for the choice: the part of `LoadOptions` that this room reads. */
export interface KernelOptions {
  readonly kernelProfile?: string | undefined;
  readonly kernelMemory?: KernelMemory | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Returns the profile that is known before timing.
 * @throws InputError if no profile has the name, or the device cannot run it
 */
export function findKnownProfile(device: Device, { kernelProfile }: KernelOptions): Profile {
  return chooseProfile(device, kernelProfile === TIMED ? undefined : kernelProfile);
}

/**
 * Chooses within about a second, or immediately if the choice was given or remembered.
 * @throws the signal's reason; GpuError if the device is lost
 */
export async function chooseKernels(
  device: Device,
  known: Profile,
  weights: ModelWeights,
  config: ModelConfig,
  options: KernelOptions,
  budgetMs?: number,
): Promise<KernelChoice> {
  const { profile, chosen } = await choose(device, known, weights, config, options, budgetMs);
  const hasQuantised = pickMatrices(weights, config).some(({ form }) => isQuantised(form));
  // Given and remembered choices are tested too: a driver may have changed since.
  return { profile: await pickTrusted(device, profile, hasQuantised, options.onWarning), chosen };
}

async function choose(
  device: Device,
  known: Profile,
  weights: ModelWeights,
  config: ModelConfig,
  { kernelProfile, kernelMemory: memory = kernelMemory, signal }: KernelOptions,
  budgetMs?: number,
): Promise<KernelChoice> {
  if (kernelProfile !== undefined && kernelProfile !== TIMED) {
    return { profile: known, chosen: "given" };
  }
  if (device.adapter.software && kernelProfile !== TIMED) {
    return { profile: known, chosen: "adapter" };
  }
  const contests = listHotWork(weights, config).map((work) => contestOf(device, known, work));
  const remembered = await recall(memory, contests);
  const open = contests.filter((contest) => !remembered.has(contest));
  const sound = await Promise.all(open.map(async (contest) => await dropWrong(device, contest)));
  const timed = await decide(device, memory, sound, { signal, budgetMs });
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
    const isF16 = hot !== "attention" && tuning !== undefined && tuning in f16Below;
    if (!isF16 || (await selfTest(device, hot, tuning as MatmulTuning)) === undefined) {
      sound.push(candidate);
    }
  }
  return { ...contest, candidates: sound };
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
function listHotWork(weights: ModelWeights, config: ModelConfig): HotWork[] {
  const largest = pickMatrices(weights, config);
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

/** Returns the largest matrices of the decoder and of the tower. */
function pickMatrices({ decoder, vision }: ModelWeights, config: ModelConfig): Weight[] {
  const { tower } = config.family;
  const largest = [decoder.layers[0]?.gateUp, config.vision && tower?.largest(vision)];
  return largest.filter((weight) => weight !== undefined);
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
