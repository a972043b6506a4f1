/** The parts of the long batch: its input, one run of it, and the check of its output. */

import { execFileSync, spawn } from "node:child_process";
import { closeSync, createReadStream, openSync, readdirSync, readFileSync } from "node:fs";
import { statSync, writeSync } from "node:fs";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import { repository } from "../../tools/repository.ts";

export interface BatchFiles {
  readonly folder: string;
  readonly input: string;
  readonly output: string;
  readonly errors: string;
}

/** One of every BAD_EVERY rows cannot be scored: the row with the remainder BAD_AT. */
const BAD_EVERY = 997;
const BAD_AT = 5;

export function writeInput(input: string, rows: number): void {
  const file = openSync(input, "w");
  for (let i = 0; i < rows; i++) {
    const question = { role: "user", content: `Is ${Math.floor(i / 8)} even?` };
    const messages = [question, { role: "assistant", content: `Answer ${i % 8}: yes.` }];
    if (i % BAD_EVERY === BAD_AT) messages.pop();
    writeSync(file, `${JSON.stringify({ id: `row-${i}`, messages })}\n`);
  }
  closeSync(file);
}

export interface EndedRun {
  /** Null if the run was killed. */
  readonly status: number | null;
  /**
   * Memory in the last third of the run divided by that in the second; undefined if the run was too
   * short to tell growth from starting.
   */
  readonly growth: number | undefined;
}

/** A minute: starting takes about ten seconds, and much longer on a busy machine. */
const LEAST_SAMPLES = 120;

/** Runs the call. Kills it, and not its Chrome, once the output has as many lines as wanted. */
export async function runUntil(
  args: readonly string[],
  output: string,
  linesWanted: number,
): Promise<EndedRun> {
  const script = path.join(repository, "tools/run.mjs");
  const child = spawn(process.execPath, [script, "cli", ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const samples: number[] = [];
  const timer = setInterval(() => {
    const lines = estimateLines(output);
    const memory = child.pid === undefined ? 0 : megabytesOf(child.pid);
    if (memory > 0) samples.push(memory);
    if (lines >= linesWanted) child.kill("SIGKILL");
  }, 500);
  const status = await ended;
  clearInterval(timer);
  const third = Math.floor(samples.length / 3);
  // The first third loads and warms up; in the last samples Chrome may have gone already.
  const middle = median(samples.slice(third, 2 * third));
  const last = median(samples.slice(2 * third));
  console.log(
    `${status === null ? "killed" : `ended with ${status}`} at about ${estimateLines(output)} lines; ` +
      `MB: ${middle} in the second third, ${last} in the last, ${Math.max(0, ...samples)} at most`,
  );
  return { status, growth: samples.length < LEAST_SAMPLES ? undefined : last / middle };
}

/** Returns the number of lines by the file's bytes: all are of nearly one length. */
function estimateLines(output: string): number {
  try {
    const head = readFileSync(output, "utf8").slice(0, 4000).split("\n");
    const whole = head.slice(0, -1);
    const length = whole.reduce((sum, line) => sum + line.length + 1, 0) / whole.length;
    return whole.length > 0 ? Math.round(statSync(output).size / length) : 0;
  } catch {
    return 0;
  }
}

/** Returns the resident megabytes of a process and all below it (Linux). */
function megabytesOf(pid: number): number {
  try {
    const table = execFileSync("ps", ["-eo", "pid=,ppid=,rss="], { encoding: "utf8" });
    const all = table
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]);
    const family = new Set([pid]);
    for (let size = 0; size < family.size;) {
      size = family.size;
      for (const [one, parent] of all) if (family.has(parent)) family.add(one);
    }
    const kilobytes = all.filter(([one]) => family.has(one)).map(([, , rss]) => rss);
    return Math.round(kilobytes.reduce((sum, rss) => sum + rss, 0) / 1024);
  } catch {
    return 0;
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Throws if a row is missing, there twice, out of order or in the wrong file. */
export async function checkOutput(
  { folder, output, errors }: BatchFiles,
  rows: number,
): Promise<{ scored: number; bad: number }> {
  const failures = new Set<string>();
  for await (const line of linesOf(errors)) {
    const { id } = JSON.parse(line) as { id: string };
    if (failures.has(id)) throw new Error(`errors: ${id} twice`);
    failures.add(id);
  }
  let next = 0;
  let scored = 0;
  for await (const line of linesOf(output)) {
    while (next % BAD_EVERY === BAD_AT) next += 1;
    const { id, score } = JSON.parse(line) as { id: string; score: number };
    if (id !== `row-${next}`)
      throw new Error(`output, line ${scored + 1}: got ${id}, wanted row-${next}`);
    if (!Number.isFinite(score)) throw new Error(`output: ${id} has no score`);
    next += 1;
    scored += 1;
  }
  while (next < rows && next % BAD_EVERY === BAD_AT) next += 1;
  if (next !== rows) throw new Error(`output ends at row ${next} of ${rows}`);
  for (let i = BAD_AT; i < rows; i += BAD_EVERY) {
    if (!failures.delete(`row-${i}`)) throw new Error(`errors: row-${i} is missing`);
  }
  const [other] = failures;
  if (other !== undefined) throw new Error(`errors: ${other} is not a bad row`);
  const left = readdirSync(folder).filter((name) => name.includes("unfinished"));
  if (left.length > 0) throw new Error(`left over: ${left.join()}`);
  return { scored, bad: rows - scored };
}

function linesOf(file: string): Interface {
  return createInterface({ input: createReadStream(file), crlfDelay: Infinity });
}
