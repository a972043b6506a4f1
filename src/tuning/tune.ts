/**
 * Times different ways to do the same work on the actual device, in turn, within a second: the
 * fastest of each contest wins.
 *
 * Tensors and weights are zeros, made for the purpose: how long a product takes does not depend on
 * its values. A candidate that fails, or is not compiled in time, is out. So a candidate can make
 * loading neither wrong nor slow.
 */
import { GpuError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { STORAGE } from "../gpu/usage.ts";
import { Arena } from "../pass/arena.ts";
import { PlacedWeights } from "../pass/placed-weights.ts";
import type { Plan } from "../pass/plan.ts";
import { compile, prepare } from "../pass/run.ts";

/** One way to do the work. */
export interface Candidate {
  readonly name: string;
  readonly plan: Plan;
}

/** Ways to do the same work. The first wins unless another is clearly faster. */
export interface Contest {
  readonly name: string;
  readonly candidates: readonly Candidate[];
}

export interface TuneOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that all contests may take together; started samples are finished. */
  readonly budgetMs?: number | undefined;
}

const BUDGET_MS = 1000;
/** The share of the budget for compiling: candidates that are not compiled by then are out. */
const COMPILE_SHARE = 0.5;
/** A sample repeats the work until it takes about this long, so that one wait weighs little. */
const SAMPLE_MS = 8;
const MAX_REPEATS = 32;
/** Samples of each candidate, if there is time. */
const ROUNDS = 5;
/**
 * A rival must take less than this share of the first one's time: timing may be off by the rest.
 */
const CLEARLY = 0.95;

/**
 * Returns the winner's name of each contest that was decided in time.
 * @throws the signal's reason; GpuError if the device is lost
 */
export async function tune(
  device: Device,
  contests: readonly Contest[],
  { signal, budgetMs = BUDGET_MS }: TuneOptions = {},
): Promise<Map<string, string>> {
  const end = performance.now() + budgetMs;
  const compiled = await compileInTime(device, contests, budgetMs * COMPILE_SHARE);
  const winners = new Map<string, string>();
  for (const [i, { name, candidates }] of contests.entries()) {
    const now = performance.now();
    const until = now + (end - now) / (contests.length - i);
    const ready = candidates.filter((candidate) => compiled.has(candidate));
    const winner = await pickFastest(device, ready, until, signal);
    if (winner !== undefined) {
      winners.set(name, winner);
    }
  }
  return winners;
}

/**
 * Returns the candidates that are compiled when the time is over. The others continue, for later
 * callers.
 */
async function compileInTime(
  device: Device,
  contests: readonly Contest[],
  limitMs: number,
): Promise<ReadonlySet<Candidate>> {
  const compiled = new Set<Candidate>();
  const work = contests.flatMap(({ candidates }) =>
    candidates.map(async (candidate) => {
      await compile(device, candidate.plan);
      compiled.add(candidate);
    }),
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeOut = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([Promise.allSettled(work), timeOut]);
  clearTimeout(timer);
  device.check();
  return new Set(compiled);
}

/**
 * Returns the name of the fastest candidate; undefined if there are no two to compare, or no time.
 */
async function pickFastest(
  device: Device,
  candidates: readonly Candidate[],
  until: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const weights = new PlacedWeights(device);
  const arenas: Arena[] = [];
  try {
    const runners: Runner[] = [];
    for (const candidate of candidates) {
      signal?.throwIfAborted();
      if (performance.now() >= until) {
        break;
      }
      const arena = new Arena(device);
      arenas.push(arena);
      const runner = await catchFailure(device, warmUp(device, arena, weights, candidate));
      if (runner) {
        runners.push(runner);
      }
    }
    return runners.length > 1 ? await compare(device, runners, until, signal) : undefined;
  } finally {
    arenas.forEach((arena) => arena.destroy());
    weights.destroy();
  }
}

/** A candidate that is compiled and has run. */
interface Runner {
  readonly name: string;
  /** Does the work `repeats` times, and returns the milliseconds of one. */
  sample(repeats: number): Promise<number>;
}

/**
 * Runs the work once before it is timed: buffers are cleared, and drivers that compile late do so.
 */
async function warmUp(
  device: Device,
  arena: Arena,
  weights: PlacedWeights,
  { name, plan }: Candidate,
): Promise<Runner> {
  await device.scoped(name, () => makeWeights(weights, plan));
  const { encoder } = await prepare(device, arena, weights, plan);
  const sample = async (repeats: number): Promise<number> => {
    const begin = performance.now();
    await device.scoped(name, () => {
      for (let i = 0; i < repeats; i++) {
        encoder.submit(plan.steps);
      }
    });
    await device.answer(name, device.gpu.queue.onSubmittedWorkDone());
    return (performance.now() - begin) / repeats;
  };
  await sample(1);
  return { name, sample };
}

/**
 * Samples all candidates in rounds, as long as there is time for another. The first round shows how
 * much work a sample needs.
 */
async function compare(
  device: Device,
  runners: readonly Runner[],
  until: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let samples = new Map<Runner, number[]>(runners.map((runner) => [runner, []]));
  let repeats = 1;
  for (let round = 0; round <= ROUNDS; round++) {
    const begin = performance.now();
    for (const [runner, samplesMs] of samples) {
      signal?.throwIfAborted();
      const ms = await catchFailure(device, runner.sample(repeats));
      if (ms === undefined) {
        samples.delete(runner);
      } else {
        samplesMs.push(ms);
      }
    }
    const now = performance.now();
    if (now + (now - begin) > until) {
      break;
    }
    if (round === 0) {
      const leastMs = Math.min(...[...samples.values()].flat());
      repeats = Math.min(MAX_REPEATS, Math.max(1, Math.ceil(SAMPLE_MS / leastMs)));
      samples = new Map([...samples.keys()].map((runner) => [runner, []]));
    }
  }
  const [first, ...others] = [...samples].map(([{ name }, samplesMs]) => ({
    name,
    ms: takeMedian(samplesMs),
  }));
  const [best] = others.toSorted((a, b) => a.ms - b.ms);
  return best && first && best.ms < first.ms * CLEARLY ? best.name : first?.name;
}

/** Returns the median, or the higher of the two in the middle. */
function takeMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
}

/** Returns the result; undefined if the work failed on a device that is not lost. */
async function catchFailure<T>(device: Device, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof GpuError) || (await device.explains(error))) {
      throw error;
    }
    return undefined;
  }
}

/** Makes the missing weights that the plan binds: zeros. */
function makeWeights(weights: PlacedWeights, plan: Plan): void {
  for (const part of plan.steps.flatMap(({ bindings }) => bindings)) {
    if (part.kind === "weight" && !weights.holds(part)) {
      weights.make(part, STORAGE);
    }
  }
}
