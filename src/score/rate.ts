// Tested by: test/score/journal.test.ts
/**
 * How fast a run is, and when it will be through.
 */

export interface RunProgress {
  readonly done: number;
  readonly failed: number;
  /** How much of the input is behind, in any unit, and how much there is. */
  readonly reached: number;
  readonly total: number;
  /** How much of it an earlier run did: it says nothing about this run's rate. */
  readonly skipped: number;
  readonly elapsedMs: number;
}

/** Returns rows a second, or undefined if no time has passed. */
export function rowsPerSecond({ done, failed, elapsedMs }: RunProgress): number | undefined {
  return elapsedMs > 0 ? (done + failed) / (elapsedMs / 1000) : undefined;
}

/** Returns the share of the input that is behind, from 0 to 1; 0 if the whole is not known. */
export function shareDone({ reached, total }: RunProgress): number {
  return total > 0 ? Math.min(1, reached / total) : 0;
}

/** Returns the seconds that are left at the rate so far, or undefined if it is not known. */
export function timeLeft(progress: RunProgress): number | undefined {
  const { reached, total, skipped, elapsedMs } = progress;
  const own = reached - skipped;
  if (own <= 0 || total <= 0 || reached >= total) return undefined;
  return (elapsedMs / 1000) * ((total - reached) / own);
}
