// Tested by: test/files/http/http-browsers.test.ts
/** Retries reads over HTTP. A try is aborted if no byte arrives for `stallMs`. */
import { anySignal } from "../../abort.ts";
import { RewardError, WeightsError } from "../../errors.ts";
import { PassingFault, withRetries } from "../../base/retry.ts";
import type { RetryPauses } from "../../base/retry.ts";

export interface RetryLimits extends RetryPauses {
  /** A try without a byte for this long is aborted. */
  readonly stallMs: number;
}

export const retryLimits: RetryLimits = {
  tries: 5,
  firstPauseMs: 500,
  maxPauseMs: 60_000,
  stallMs: 30_000,
};

/** One watched try. */
export interface Try {
  /** Aborted by the caller, or by a stall. */
  readonly signal: AbortSignal;
  /** Must be called each time bytes arrive. */
  alive(): void;
  /** Must be called if enough arrived that earlier failures no longer count. */
  progress(): void;
}

/**
 * Runs `work` until it succeeds, each try watched.
 * @throws WeightsError immediately if `work` throws one, else of the last fault when the tries are
 *   used up
 * @throws the signal's reason if it is aborted
 */
export async function tryWatched<T>(
  where: string,
  limits: RetryLimits,
  signal: AbortSignal | undefined,
  work: (one: Try) => Promise<T>,
): Promise<T> {
  return await withRetries(
    limits,
    signal,
    async (progress) => {
      try {
        return await watch(where, limits, signal, work, progress);
      } catch (error) {
        throw asFault(where, error);
      }
    },
    (fault) => new WeightsError(fault),
  );
}

async function watch<T>(
  where: string,
  { stallMs }: RetryLimits,
  signal: AbortSignal | undefined,
  work: (one: Try) => Promise<T>,
  progress: () => void,
): Promise<T> {
  const stall = new AbortController();
  const giveUp = (): void => {
    const got = `${(stallMs / 1000).toLocaleString("en-US")} s without a byte`;
    const what = "the transfer stalled";
    stall.abort(new PassingFault({ where, what, got, todo: "Check the connection and try again" }));
  };
  let timer = setTimeout(giveUp, stallMs);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, stallMs);
  };
  const either = signal ? anySignal([signal, stall.signal]) : stall.signal;
  try {
    return await work({ signal: either, alive, progress });
  } catch (error) {
    // Browsers differ in what an aborted body throws: the reason, or their own AbortError.
    throw stall.signal.aborted ? stall.signal.reason : error;
  } finally {
    clearTimeout(timer);
    // Ends what is left of the response.
    stall.abort();
  }
}

/**
 * Returns what another try may fix as a passing fault: errors of `fetch` or of a body are the
 * connection's.
 */
function asFault(where: string, error: unknown): unknown {
  if (error instanceof PassingFault || error instanceof RewardError) return error;
  return new PassingFault({
    where,
    what: "the connection failed or was refused",
    got: error instanceof Error ? error.message : String(error),
    todo: "Check the address, the connection, and that the server lets pages read it (CORS)",
    cause: error,
  });
}
