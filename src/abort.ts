/** Waiting that a signal ends at once, whatever the work does with it. */

/** What the promise gives, unless the signal is aborted first: then its reason, at once. */
export async function orAborted<T>(
  signal: AbortSignal | undefined,
  promise: Promise<T>,
): Promise<T> {
  if (signal === undefined) return await promise;
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    // The reason is the caller's own, whatever it is.
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
    // Either may fail after the other has been taken.
    promise.catch(() => {});
    aborted.catch(() => {});
  }
}
