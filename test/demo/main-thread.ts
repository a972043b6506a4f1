/**
 * Measures how long one task blocks the page's main thread, in CPU time. Wall-clock time also
 * counts the moments when a busy machine runs something else.
 */
import type { Page } from "puppeteer";

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** CPU time in microseconds. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string; readonly data?: { readonly url?: string } };
}

/** The longest task of the page's main thread while `act` runs, in milliseconds of CPU time. */
export async function longestTaskMs(page: Page, act: () => Promise<unknown>): Promise<number> {
  const categories = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"];
  await page.tracing.start({ categories });
  await act();
  // So that the page is in the trace even if nothing happened in it.
  await page.evaluate(() => fetch("./model/config.json"));
  const trace = new TextDecoder().decode(await page.tracing.stop());
  const { traceEvents } = JSON.parse(trace) as { readonly traceEvents: readonly TraceEvent[] };
  const { protocol, host } = new URL(page.url());
  // The address's own `origin` is null for an extension.
  const origin = `${protocol}//${host}`;
  const pids = new Set(
    traceEvents.filter(({ args }) => args?.data?.url?.startsWith(origin)).map(({ pid }) => pid),
  );
  const mains = traceEvents.filter(
    ({ name, pid, args }) =>
      name === "thread_name" && args?.name === "CrRendererMain" && pids.has(pid),
  );
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) =>
      name === "RunTask" && mains.some((main) => main.pid === pid && main.tid === tid),
  );
  if (tasks.length === 0) {
    throw new Error("the trace holds no task of the page's main thread");
  }
  return tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1000), 0);
}

/** Blocks the page's thread on purpose; runs in the page. */
export function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
