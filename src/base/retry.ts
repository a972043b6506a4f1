// Tested by: test/files/http/http-faults.test.ts
/**
 * Retries after faults of a network or a server that may pass, with growing pauses.
 *
 * This is the only such loop: files over HTTP and remote servers use it.
 */
import type { Fault, RewardError } from "../errors.ts";

export interface RetryPauses {
  /** Attempts in a row without progress before the error is thrown. */
  readonly tries: number;
  /** Pause before the second attempt; it doubles each time. */
  readonly firstPauseMs: number;
  /** The longest pause. A server that asks for a longer one is not asked again. */
  readonly maxPauseMs: number;
}

/** A fault that another attempt may mend. It never leaves `withRetries`. */
export class PassingFault extends Error {
  override readonly name = "PassingFault";
  readonly fault: Fault;
  /** The pause that the server asked for. */
  readonly pauseMs: number | undefined;

  constructor(fault: Fault, pauseMs?: number) {
    super(fault.what);
    this.fault = fault;
    this.pauseMs = pauseMs;
  }
}

/**
 * Runs `work` until it succeeds.
 * @param work calls `progress` if it got so far that earlier failures no longer count
 * @param failure makes the error from the last fault, after the last attempt
 * @throws what `work` throws, if it is not a `PassingFault`
 * @throws the signal's reason, if it is aborted
 */
export async function withRetries<T>(
  { tries, firstPauseMs, maxPauseMs }: RetryPauses,
  signal: AbortSignal | undefined,
  work: (progress: () => void) => Promise<T>,
  failure: (fault: Fault, tries: number) => RewardError,
): Promise<T> {
  let failed = 0;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await work(() => (failed = 0));
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof PassingFault)) throw error;
      failed += 1;
      const backOff = firstPauseMs * 2 ** (failed - 1) * (0.75 + Math.random() / 2);
      const pause = error.pauseMs ?? Math.min(backOff, maxPauseMs);
      if (failed >= tries || pause > maxPauseMs) throw failure(error.fault, failed);
      await sleep(pause, signal);
    }
  }
}

/** Returns the pause that a server asks for in `Retry-After`: seconds, or a date. */
export function retryAfterMs({ headers }: Response): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
