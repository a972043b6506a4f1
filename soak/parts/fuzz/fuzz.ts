/** Runs the fuzzers of all readers one after the other, and watches them. */

import path from "node:path";
import { Worker } from "node:worker_threads";
import { repository } from "../../../tools/repository.ts";
import { type FuzzResult, type FuzzWork, HEAD_BYTES, keep, MOST_BYTES } from "./worker.ts";
import type { Target } from "./targets.ts";

export interface FuzzOptions {
  readonly inputs: number;
  readonly seed: number;
  readonly folder: string;
  readonly targets: readonly Target[];
  readonly log: (line: string) => void;
}

export interface FuzzLine extends FuzzResult {
  readonly target: string;
}

/** An input that computes longer hangs. */
const HANG_CPU_SECONDS = 15;
/** An input that waits longer hangs: nothing that it waits for is slow. */
const HANG_SECONDS = 120;
const LOOK_MS = 1000;
/** What one input may take is far less. */
const HEAP_MB = 1024;

/** Feeds each target its share of the inputs. Yields a line for each. */
export async function* fuzzAll(options: FuzzOptions): AsyncGenerator<FuzzLine> {
  const { targets, inputs } = options;
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  for (const [i, target] of targets.entries()) {
    const own = Math.ceil((inputs * target.share) / shares);
    let line: FuzzLine = {
      target: target.name,
      inputs: 0,
      accepted: 0,
      corpus: 0,
      blocks: 0,
      slowestMs: 0,
      faults: [],
    };
    // A thread that hangs or is out of memory is replaced; it does the rest with another seed.
    for (let round = 0; line.inputs < own && line.faults.length < 20; round++) {
      const seed = options.seed * 1000 + i * 50 + round;
      line = added(line, await runThread(target, { ...options, inputs: own - line.inputs, seed }));
    }
    yield line;
  }
}

function added(a: FuzzLine, b: FuzzResult): FuzzLine {
  return {
    target: a.target,
    inputs: a.inputs + b.inputs,
    accepted: a.accepted + b.accepted,
    corpus: Math.max(a.corpus, b.corpus),
    blocks: Math.max(a.blocks, b.blocks),
    slowestMs: Math.max(a.slowestMs, b.slowestMs),
    faults: [...a.faults, ...b.faults],
  };
}

async function runThread(
  target: Target,
  { inputs, seed, folder, log }: FuzzOptions,
): Promise<FuzzResult> {
  const shared = new SharedArrayBuffer(HEAD_BYTES + MOST_BYTES);
  const head = new Int32Array(shared, 0, 2);
  const work: FuzzWork = { target: target.name, inputs, seed, folder, shared };
  const worker = new Worker(path.join(repository, "tools/run.mjs"), {
    argv: ["soak", "fuzz", "--thread"],
    workerData: work,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  let result: FuzzResult | undefined;
  let failure: string | undefined;
  worker.on("message", (message: FuzzResult) => (result = message));
  worker.on("error", (error) => (failure ??= String(error)));
  const exited = new Promise((resolve) => worker.once("exit", resolve));
  let [seen, since, cpu] = [-1, performance.now(), process.cpuUsage()];
  const timer = setInterval(() => {
    const count = Atomics.load(head, 0);
    if (count !== seen) [seen, since, cpu] = [count, performance.now(), process.cpuUsage()];
    const { user, system } = process.cpuUsage(cpu);
    const [used, waited] = [(user + system) / 1e6, (performance.now() - since) / 1000];
    // The thread loads its modules before the first input.
    if (count === 0 && waited < HANG_SECONDS) return;
    if (used < HANG_CPU_SECONDS && waited < HANG_SECONDS) return;
    failure ??= `hangs: ${used.toFixed(0)} s of the processor in ${waited.toFixed(0)} s`;
    void worker.terminate();
  }, LOOK_MS);
  await exited;
  clearInterval(timer);
  if (result !== undefined) return result;
  const done = Atomics.load(head, 0) + 1;
  const bytes = new Uint8Array(shared, HEAD_BYTES, Atomics.load(head, 1)).slice();
  const told = `${failure ?? "the thread ended"} (${keep(folder, target.name, bytes)})`;
  log(`${target.name}: ${told}`);
  return { inputs: done, accepted: 0, corpus: 0, blocks: 0, slowestMs: 0, faults: [told] };
}

export const FUZZ_HEAD: string =
  "| reader | inputs | accepted | corpus | new blocks | slowest, ms of the processor | faults |\n" +
  "|---|---:|---:|---:|---:|---:|---:|";

export function fuzzRow({
  target,
  inputs,
  accepted,
  corpus,
  blocks,
  slowestMs,
  faults,
}: FuzzLine): string {
  return `| ${target} | ${inputs} | ${accepted} | ${corpus} | ${blocks} | ${slowestMs.toFixed(0)} | ${faults.length} |`;
}
