/**
 * Feeds one target: files of a corpus, damaged. Inputs after which new code ran join the corpus.
 *
 * It runs in a thread of its own. The input at work is in shared memory, so that the parent has it
 * if the thread hangs or is out of memory.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import path from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { RewardError } from "../../../src/errors.ts";
import { random } from "../../../testing/store/model-fixture.ts";
import { mutate, mutateJson, pick, type Next } from "../mutate.ts";
import { Coverage } from "./coverage.ts";
import { type Target, TARGETS } from "./targets.ts";

export interface FuzzWork {
  readonly target: string;
  readonly inputs: number;
  readonly seed: number;
  /** Where inputs that break something are written. */
  readonly folder: string;
  /** Two numbers: inputs so far, bytes of the one at work. Then its bytes. */
  readonly shared: SharedArrayBuffer;
}

export interface FuzzResult {
  readonly inputs: number;
  readonly accepted: number;
  readonly corpus: number;
  readonly blocks: number;
  readonly slowestMs: number;
  readonly faults: readonly string[];
}

export const HEAD_BYTES = 8;
/** Larger inputs are not made. */
export const MOST_BYTES: number = 2 ** 20;
/** Inputs between two looks at the coverage. */
const BATCH = 32;
const MOST_CORPUS = 2000;
/**
 * Of one input; the clock of a busy machine says more, so it is measured in work of the process.
 */
const MOST_MS = 1000;
const MOST_FAULTS = 20;

/** Runs in the thread. */
export async function fuzzInThread(): Promise<void> {
  const work = workerData as FuzzWork;
  const target = TARGETS.find(({ name }) => name === work.target);
  if (target === undefined) throw new Error(`there is no target ${work.target}`);
  parentPort?.postMessage(await fuzz(target, work));
}

async function fuzz(
  target: Target,
  { inputs, seed, folder, shared }: FuzzWork,
): Promise<FuzzResult> {
  const next = random(seed);
  const corpus = [...(await target.seeds())];
  const faults = new Map<string, string>();
  for (const bytes of corpus) {
    const fault = await runOne(target, bytes);
    if (fault !== undefined) faults.set("seed", `a good file is ${fault}`);
  }
  const coverage = new Coverage();
  const head = new Int32Array(shared, 0, 2);
  const at = new Uint8Array(shared, HEAD_BYTES);
  let [accepted, slowestMs] = [0, 0];
  let batch: Uint8Array[] = [];
  for (let i = 0; i < inputs; i++) {
    const bytes = damaged(target, corpus, next);
    at.set(bytes);
    Atomics.store(head, 1, bytes.length);
    Atomics.store(head, 0, i);
    const begin = process.cpuUsage();
    const fault = await runOne(target, bytes);
    const { user, system } = process.cpuUsage(begin);
    const ms = (user + system) / 1000;
    slowestMs = Math.max(slowestMs, ms);
    if (fault === undefined) accepted += 1;
    const told = ms > MOST_MS ? `took ${ms.toFixed(0)} ms` : fault;
    if (told !== undefined && !told.startsWith(REFUSED) && faults.size < MOST_FAULTS) {
      const kind = told.replaceAll(/\d+/g, "N").slice(0, 160);
      if (!faults.has(kind)) faults.set(kind, `${told} (${keep(folder, target.name, bytes)})`);
    }
    batch.push(bytes);
    if (batch.length < BATCH) continue;
    if (coverage.newBlocks() > 0) {
      for (const one of batch) {
        if (corpus.length < MOST_CORPUS) corpus.push(one);
        else corpus[Math.floor(next() * MOST_CORPUS)] = one;
      }
    }
    batch = [];
  }
  coverage.close();
  return {
    inputs,
    accepted,
    corpus: corpus.length,
    blocks: coverage.blocks,
    slowestMs,
    faults: [...faults.values()],
  };
}

function damaged(target: Target, corpus: readonly Uint8Array[], next: Next): Uint8Array {
  const from = pick(corpus, next);
  const isJson = target.kind === "json" && next() < 0.7;
  const bytes = isJson ? mutateJson(from, next) : mutate(from, target.kind !== "bytes", next);
  return bytes.length > MOST_BYTES ? bytes.subarray(0, MOST_BYTES) : bytes;
}

const REFUSED = "refused: ";

/**
 * Feeds a reader some damaged files in this thread, without coverage. Returns what is wrong; for
 * tests.
 */
export async function fuzzHere(target: Target, inputs: number, seed: number): Promise<string[]> {
  const next = random(seed);
  const corpus = await target.seeds();
  const faults: string[] = [];
  for (const bytes of corpus) {
    const fault = await runOne(target, bytes);
    if (fault !== undefined) faults.push(`a good file is ${fault}`);
  }
  for (let i = 0; i < inputs; i++) {
    const bytes = damaged(target, corpus, next);
    const fault = await runOne(target, bytes);
    if (fault === undefined || fault.startsWith(REFUSED)) continue;
    faults.push(`${fault}: ${Buffer.from(bytes).toString("base64").slice(0, 2000)}`);
  }
  return faults;
}

/**
 * Returns undefined if it was accepted, `REFUSED` and why if it was refused as it should, else what
 * is wrong.
 */
async function runOne(target: Target, bytes: Uint8Array): Promise<string | undefined> {
  const before = createCheck(bytes);
  try {
    await target.run(bytes);
  } catch (error) {
    if (error instanceof RewardError) return `${REFUSED}${error.message}`;
    if (!(error instanceof Error)) return `threw ${String(error)}`;
    const place =
      /\/((?:src|cli|node_modules)\/[^)]*?):\d+\)?$/m.exec(error.stack ?? "")?.[1] ?? "";
    return `${error.name}: ${error.message.slice(0, 200)} at ${place}`;
  }
  return createCheck(bytes) === before ? undefined : "changed the caller's bytes";
}

/** A few bytes of it: readers do not write. */
const createCheck = (bytes: Uint8Array): number =>
  bytes.length +
  (bytes[0] ?? 0) * 3 +
  (bytes[bytes.length >> 1] ?? 0) * 5 +
  (bytes.at(-1) ?? 0) * 7;

/** Writes an input down. Returns its file. */
export function keep(folder: string, target: string, bytes: Uint8Array): string {
  mkdirSync(folder, { recursive: true });
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const name = path.join(folder, `${target.replaceAll(/[^\w]+/g, "-")}-${hash}.bin`);
  writeFileSync(name, bytes);
  return name;
}
