// Tested by: test/demo/requests.browser.test.ts
/**
 * Every request that this tab made, as the browser itself recorded it: those of the page's thread,
 * and those that the library's worker reports. The sealed engine can make none.
 */

/** A request, as the browser recorded it. */
export interface MadeRequest {
  readonly url: string;
  /** Bytes that came; 0 if they came from the browser's cache, or if the server does not tell. */
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** A longer list would be no help, and memory that grows. */
const MOST = 5000;

const made: MadeRequest[] = [];
let total = 0;
const listeners = new Set<() => void>();

/** Reports requests of this thread, earlier ones too. `blob:` and `data:` never leave the tab. */
export function watchRequests(report: (requests: MadeRequest[]) => void): void {
  const observer = new PerformanceObserver((list) => {
    const requests = list.getEntries().flatMap((entry): MadeRequest[] => {
      if (!/^https?:/u.test(entry.name)) return [];
      const { transferSize, encodedBodySize } = entry as PerformanceResourceTiming;
      const time = performance.timeOrigin + entry.startTime;
      return [{ url: entry.name, bytes: transferSize || encodedBodySize, time }];
    });
    if (requests.length > 0) report(requests);
  });
  for (const type of ["navigation", "resource"]) observer.observe({ type, buffered: true });
}

export function noteRequests(requests: readonly MadeRequest[]): void {
  total += requests.length;
  made.push(...requests);
  made.splice(0, made.length - MOST);
  for (const listener of listeners) listener();
}

/** Returns the newest requests, oldest first, and how many there were in all. */
export function requestsMade(): {
  readonly requests: readonly MadeRequest[];
  readonly total: number;
} {
  return { requests: made, total };
}

/** Calls back after each change. Returns what ends that. */
export function onRequests(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
