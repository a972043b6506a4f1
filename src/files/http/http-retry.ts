/**
 * Trying again: what a network does wrong for a moment is tried again, with growing pauses, and
 * then named.
 *
 * One try is watched: when no byte arrives for `stallMs`, it is given up.
 */
import { WeightsError } from "../../errors.ts";
import type { Fault } from "../../errors.ts";

export interface RetryLimits {
  /** Tries in a row that get nowhere before the error is thrown. */
  readonly tries: number;
  /** Pause before the second try; it doubles with each. */
  readonly firstPauseMs: number;
  /** The longest pause, also when a server asks for more. */
  readonly maxPauseMs: number;
  /** A try without a byte for so long is given up. */
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
  /** To be called whenever bytes arrive. */
  alive(): void;
  /** To be called where so much arrived that the tries are counted anew. */
  progress(): void;
}

/** A fault that another try may mend. It never leaves `withRetries`. */
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
 * @throws WeightsError at once where `work` throws one, else of the last fault when the tries
 *   are used up
 * @throws the signal's reason where it is aborted
 */
export async function withRetries<T>(
  where: string,
  limits: RetryLimits,
  signal: AbortSignal | undefined,
  work: (one: Try) => Promise<T>,
): Promise<T> {
  let failed = 0;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await watched(where, limits, signal, work, () => (failed = 0));
    } catch (error) {
      signal?.throwIfAborted();
      const { fault, pauseMs } = passing(where, error);
      failed += 1;
      const pause = pauseMs ?? limits.firstPauseMs * 2 ** (failed - 1) * (0.75 + Math.random() / 2);
      if (failed >= limits.tries || pause > limits.maxPauseMs) throw new WeightsError(fault);
      await sleep(pause, signal);
    }
  }
}

async function watched<T>(
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
  const either = signal ? AbortSignal.any([signal, stall.signal]) : stall.signal;
  try {
    return await work({ signal: either, alive, progress });
  } catch (error) {
    // Browsers differ in what an aborted body throws: the reason, or an AbortError of their own.
    throw stall.signal.aborted ? stall.signal.reason : error;
  } finally {
    clearTimeout(timer);
    // Whatever is left of the response is not wanted.
    stall.abort();
  }
}

/** The fault as one that may pass: whatever `fetch` or a body throws is the connection's. */
function passing(where: string, error: unknown): PassingFault {
  if (error instanceof PassingFault) return error;
  if (error instanceof WeightsError) throw error;
  return new PassingFault({
    where,
    what: "the connection failed or was refused",
    got: error instanceof Error ? error.message : String(error),
    todo: "Check the address, the connection, and that the server lets pages read it (CORS)",
    cause: error,
  });
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const wake = (): void => {
      signal?.removeEventListener("abort", abort);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}
