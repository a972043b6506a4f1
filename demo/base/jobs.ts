/** What runs behind the page: at most one job of a name, the latest. */
import { faultOf } from "./faults.ts";
import type { PageFault } from "./faults.ts";

interface Job {
  readonly abort: AbortController;
  /** True if its result no longer answers the current request. */
  isDropped: boolean;
  /** Settled when it has ended. */
  readonly end: Promise<void>;
}

/** The jobs that run now, by name: "scoring", "ranking" … */
export type Jobs = Map<string, Job>;

/** What is called when a job ends. Nothing is called for a job that a newer one has replaced. */
export interface Ends<Result> {
  done(result: Result): void;
  /** Not called for a job that was stopped. */
  failed(fault: PageFault): void;
  /** Called last, in every case. */
  ended(): void;
}

/** Runs a job in place of the one of the same name that runs now. */
export async function latest<Result>(
  jobs: Jobs,
  name: string,
  work: (signal: AbortSignal) => Promise<Result>,
  ends: Ends<Result>,
): Promise<void> {
  drop(jobs, name);
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  const mine: Job = { abort: new AbortController(), isDropped: false, end: ended };
  jobs.set(name, mine);
  const counts = (): boolean => jobs.get(name) === mine && !mine.isDropped;
  try {
    const result = await work(mine.abort.signal);
    if (counts()) ends.done(result);
  } catch (error) {
    const fault = faultOf(error);
    if (counts() && fault.code !== "aborted") ends.failed(fault);
  }
  if (jobs.get(name) === mine) {
    jobs.delete(name);
    ends.ended();
  }
  end();
}

/** Waits until none of the jobs runs whose names count. */
export async function idle(jobs: Jobs, counts: (name: string) => boolean): Promise<void> {
  for (;;) {
    const running = [...jobs].filter(([name]) => counts(name));
    if (running.length === 0) return;
    await Promise.all(running.map(async ([, { end }]) => await end));
  }
}

/** Stops a job. What it has by then is its result. */
export function stop(jobs: Jobs, name: string): void {
  jobs.get(name)?.abort.abort();
}

/** Stops a job whose result is not wanted any more. */
export function drop(jobs: Jobs, name: string): void {
  const job = jobs.get(name);
  if (job !== undefined) {
    job.isDropped = true;
    job.abort.abort();
  }
}

/** Stops all jobs: their results are not wanted any more. */
export function dropAll(jobs: Jobs): void {
  for (const name of jobs.keys()) drop(jobs, name);
}
