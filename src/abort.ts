// Tested by: test/store/download/observed-source.test.ts
/** Waits that end immediately when a signal aborts, while the work itself may go on. */

/** Returns what the promise gives. If the signal is aborted first, throws its reason. */
export async function orAborted<T>(
  signal: AbortSignal | undefined,
  promise: Promise<T>,
): Promise<T> {
  if (signal === undefined) return await promise;
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    // The caller chose the reason; it may be any value.
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
    // Either may still fail after the other one won.
    promise.catch(() => {});
    aborted.catch(() => {});
  }
}

/** Returns a signal that aborts with the first of these. */
export function anySignal(signals: readonly AbortSignal[]): AbortSignal {
  const { any } = AbortSignal as Partial<typeof AbortSignal>;
  if (any) return any.call(AbortSignal, [...signals]);
  // Before Chrome 116, and Safari 17.4. The listeners live as long as their signals.
  const controller = new AbortController();
  for (const signal of signals) {
    const abort = (): void => controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true, signal: controller.signal });
  }
  return controller.signal;
}
