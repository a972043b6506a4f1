/** What a process and all below it do, as /proc says (Linux). Elsewhere nothing is known. */

import { readdirSync, readFileSync } from "node:fs";

/** Ticks of /proc in a second: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS = 100;

interface Stat {
  readonly id: number;
  readonly parent: number;
  /** Seconds of the processor, its own and of children that have ended. */
  readonly seconds: number;
  readonly residentBytes: number;
}

/** Returns a process and all below it, itself first. */
export function familyOf(id: number): readonly Stat[] {
  const all = new Map(allStats().map((stat) => [stat.id, stat]));
  const family = new Map<number, Stat>();
  const own = all.get(id);
  if (own === undefined) return [];
  family.set(id, own);
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const stat of all.values()) if (family.has(stat.parent)) family.set(stat.id, stat);
  }
  return [...family.values()];
}

function allStats(): Stat[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => statOf(Number(name)));
  } catch {
    return [];
  }
}

function statOf(id: number): Stat[] {
  const fields = fieldsOf(`/proc/${id}/stat`);
  if (fields === undefined) return [];
  // Of `man 5 proc`: 4 is ppid, 14 to 17 are the times, 24 is the resident set in pages.
  const number = (field: number): number => Number(fields[field - 3]);
  const seconds = (number(14) + number(15) + number(16) + number(17)) / TICKS;
  return [{ id, parent: number(4), seconds, residentBytes: number(24) * 4096 }];
}

/** Fields from the third on: the second is a name in brackets, which may hold anything. */
function fieldsOf(file: string): string[] | undefined {
  try {
    const text = readFileSync(file, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** Returns true if a thread of the process runs, or waits for a core or a disk. */
export function isRunnable(id: number): boolean {
  try {
    return readdirSync(`/proc/${id}/task`).some((thread) => {
      const state = fieldsOf(`/proc/${id}/task/${thread}/stat`)?.[0];
      return state === "R" || state === "D";
    });
  } catch {
    return false;
  }
}

export function secondsOf(family: readonly Stat[]): number {
  return family.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Ends a process and all below it. Returns how many there were. */
export function killFamily(id: number): number {
  const family = familyOf(id);
  for (const one of family) {
    try {
      process.kill(one.id, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
  return family.length;
}

/** Returns how many files, sockets and the like this process has open. */
export function openFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return Number.NaN;
  }
}
