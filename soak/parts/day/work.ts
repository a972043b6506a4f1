/** What the day's work consists of: jobs in lanes. A lane is a process that lives for the run. */

/** What became of a job. */
export interface Outcome {
  /**
   * `right`: the results are those of the goldens. `refused`: a typed error, as it should be, and
   * the next result was right. Else `wrong`.
   */
  readonly verdict: "right" | "refused" | "wrong";
  /** For people; of a wrong one: what was wrong. */
  readonly told: string;
}

export const right = (told = ""): Outcome => ({ verdict: "right", told });
export const refused = (told: string): Outcome => ({ verdict: "refused", told });
export const wrong = (told: string): Outcome => ({ verdict: "wrong", told });

/** Returns the verdict on a list of faults: `wrong` if there is any. */
export function judged(faults: readonly string[], otherwise: Outcome = right()): Outcome {
  return faults.length > 0 ? wrong(faults.join("; ")) : otherwise;
}

/** Does a piece of work; `next` gives numbers from 0 to 1. It throws only for a fault of ours. */
export type Job = (next: () => number) => Promise<Outcome>;

export interface Lane {
  readonly jobs: Readonly<Record<string, Job>>;
  /** What may not grow, by name. */
  measure(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

export const LANES = ["engine", "chrome", "commands"] as const;

export type LaneName = (typeof LANES)[number];

export function isLane(name: string): name is LaneName {
  return (LANES as readonly string[]).includes(name);
}

/** A job as the supervisor plans it. */
export interface Plan {
  readonly lane: LaneName;
  readonly job: string;
  /** What it is, in the table. */
  readonly title: string;
  /** How often it comes up, compared with the others. */
  readonly weight: number;
}

/** All that is mixed. */
export const PLANS: readonly Plan[] = [
  { lane: "engine", job: "score", title: "score on one model", weight: 24 },
  { lane: "engine", job: "batch", title: "several conversations in a call", weight: 6 },
  { lane: "engine", job: "rank", title: "rank", weight: 8 },
  { lane: "engine", job: "together", title: "8 calls together, some aborted", weight: 4 },
  { lane: "engine", job: "load", title: "load, score, dispose: all forms of weights", weight: 8 },
  { lane: "engine", job: "abortScore", title: "score aborted", weight: 8 },
  { lane: "engine", job: "abortLoad", title: "load aborted", weight: 6 },
  { lane: "engine", job: "lost", title: "device lost in mid-score", weight: 5 },
  { lane: "engine", job: "failingCall", title: "a GPU call fails", weight: 6 },
  { lane: "engine", job: "hostileCheckpoint", title: "hostile checkpoint", weight: 8 },
  { lane: "engine", job: "hostileConversation", title: "hostile conversation", weight: 8 },
  { lane: "engine", job: "store", title: "store: killed, full disk, flipped bits", weight: 5 },
  { lane: "chrome", job: "score", title: "Chrome: score on one model", weight: 12 },
  { lane: "chrome", job: "load", title: "Chrome: load, score, dispose", weight: 4 },
  { lane: "chrome", job: "abort", title: "Chrome: score aborted", weight: 4 },
  { lane: "chrome", job: "gpuCrash", title: "Chrome: GPU process killed", weight: 4 },
  { lane: "chrome", job: "tabKill", title: "Chrome: tab killed in mid-download", weight: 2 },
  { lane: "chrome", job: "quota", title: "Chrome: disk full", weight: 2 },
  { lane: "chrome", job: "evict", title: "Chrome: storage taken away", weight: 2 },
  { lane: "chrome", job: "flip", title: "Chrome: bit flipped in the store", weight: 2 },
  {
    lane: "commands",
    job: "rows",
    title: "command line: rows, hostile ones among them",
    weight: 3,
  },
  { lane: "commands", job: "kill", title: "command line killed, continued", weight: 4 },
  { lane: "commands", job: "killChrome", title: "its Chrome killed, continued", weight: 3 },
  { lane: "commands", job: "diskFull", title: "its disk full, continued", weight: 2 },
];
