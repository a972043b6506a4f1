/**
 * Times variants of the same work in turn: a noisy neighbour slows all of them alike, and ratios
 * stay true.
 */

/** One way to do a piece of work. */
export interface Variant {
  readonly name: string;
  /** Hands the work to the GPU, once. */
  submit(): void | Promise<void>;
  /** Waits until the GPU is done. */
  settled(): Promise<unknown>;
}

export interface Timing {
  readonly name: string;
  /** Milliseconds of one run, one for each repetition. */
  readonly samplesMs: readonly number[];
  readonly medianMs: number;
  readonly lowestMs: number;
  readonly highestMs: number;
}

export interface InterleaveOptions {
  readonly reps: number;
  /** Fewer repetitions are run if they would take longer, but at least one. */
  readonly budgetMs: number;
}

/** A sample is repeated until it takes about this long, so that one wait weighs little. */
const SAMPLE_MS = 40;
const MAX_REPEATS = 100;
/** A variant whose first run took this long is not run a second time only to warm up. */
const SLOW_MS = 3000;

/** Runs each variant once or twice to warm up, then all in turn, `reps` times. */
export async function interleave(
  variants: readonly Variant[],
  { reps, budgetMs }: InterleaveOptions,
): Promise<Timing[]> {
  const sample = async (variant: Variant, repeats: number): Promise<number> => {
    const begin = performance.now();
    for (let i = 0; i < repeats; i++) await variant.submit();
    await variant.settled();
    return (performance.now() - begin) / repeats;
  };
  const repeats: number[] = [];
  let roundMs = 0;
  for (const variant of variants) {
    const first = await sample(variant, 1);
    const ms = first > SLOW_MS ? first : await sample(variant, 1);
    const times = Math.min(MAX_REPEATS, Math.max(1, Math.ceil(SAMPLE_MS / ms)));
    repeats.push(times);
    roundMs += ms * times;
  }
  const rounds = Math.max(1, Math.min(reps, Math.floor(budgetMs / roundMs)));
  const samples = variants.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, variant] of variants.entries()) {
      samples[i]?.push(await sample(variant, repeats[i] ?? 1));
    }
  }
  return variants.map(({ name }, i) => timing(name, samples[i] ?? []));
}

export function timing(name: string, samplesMs: readonly number[]): Timing {
  return {
    name,
    samplesMs,
    medianMs: median(samplesMs),
    lowestMs: Math.min(...samplesMs),
    highestMs: Math.max(...samplesMs),
  };
}

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}
