/**
 * Runs a 7B on the GPU of this machine: streamed under a budget, resident with fewer layers, and
 * after a crash.
 *
 * The weights are made up (see `synthetic-checkpoint.ts`): the test compares scores with each
 * other, not with a reference.
 */
import { RewardModel } from "../../src/reward-model.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import type { Conversation, Score } from "../../src/types.ts";
import type { SourceFile } from "../../src/files/source.ts";
import { faultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import type { FaultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { syntheticCheckpoint } from "../../testing/checkpoint/synthetic-checkpoint.ts";
import type { SyntheticCheckpoint } from "../../testing/checkpoint/synthetic-checkpoint.ts";

export interface Soak7bOptions {
  readonly layers: number;
  readonly shortLayers: number;
  readonly budgetBytes: number;
  /**
   * True to score the whole model once more, with a crash in the middle: it takes twice as
   * long.
   */
  readonly isCrashed: boolean;
  readonly log: (line: string) => void;
}

const conversation: Conversation = [
  { role: "user", content: "What is 3 plus 4?" },
  { role: "assistant", content: "3 plus 4 is 7." },
];

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const CHUNK_BYTES = 4 * MIB;

const decimals = (value: number, digits = 2): string => value.toFixed(digits);
const gib = (bytes: number): string => `${decimals(bytes / GIB)} GiB`;

/** Runs all of it. Returns what is wrong; nothing is right. */
export async function soak7b({
  layers,
  shortLayers,
  budgetBytes,
  isCrashed,
  log,
}: Soak7bOptions): Promise<string[]> {
  const faults: string[] = [];
  const expectTrue = (isTrue: boolean, what: string): void => {
    log(`${isTrue ? "ok  " : "FAIL"} ${what}`);
    if (!isTrue) faults.push(what);
  };
  const short = syntheticCheckpoint({ layers: shortLayers });
  const resident = await scoreOnce(
    short,
    { residency: "resident", memoryBudgetBytes: 16 * GIB },
    log,
  );
  const streamed = await scoreOnce(
    short,
    { residency: "streamed", memoryBudgetBytes: 2 ** 16 },
    log,
  );
  expectTrue(
    same(resident.values, streamed.values),
    `${shortLayers} layers: streamed and resident give the same bits`,
  );

  const source = syntheticCheckpoint({ layers });
  log(`${layers} layers: ${gib(source.totalBytes)} in ${source.shards.length} files`);
  const whole = await scoreOnce(
    source,
    { residency: "streamed", memoryBudgetBytes: budgetBytes },
    log,
    isCrashed,
  );
  expectTrue(
    whole.peakGpuBytes <= budgetBytes,
    `GPU at most ${gib(whole.peakGpuBytes)} of ${gib(budgetBytes)}`,
  );
  expectTrue(
    whole.heapGrowthBytes <= 128 * MIB,
    `JavaScript heap grew by ${decimals(whole.heapGrowthBytes / MIB, 0)} MiB at most (wanted 128)`,
  );
  if (isCrashed) {
    expectTrue(whole.devices === 2, `a crash in mid-score: ${whole.devices} devices`);
    expectTrue(same(whole.values, whole.again), "after a crash in mid-score: the same bits");
  }
  expectTrue(whole.left === 0, `${whole.left} buffers left after dispose`);
  return faults;
}

interface SoakScore {
  readonly values: Float32Array;
  readonly again: Float32Array;
  readonly peakGpuBytes: number;
  readonly heapGrowthBytes: number;
  readonly devices: number;
  readonly left: number;
}

/** Loads and scores. If requested, scores once more with a crash in the middle. */
async function scoreOnce(
  checkpoint: SyntheticCheckpoint,
  options: LoadOptions,
  log: (line: string) => void,
  isCrashed = false,
): Promise<SoakScore> {
  const faulty = faultyGpu(testGpu());
  const counted = countReads(checkpoint);
  const heap = watchHeap();
  const begin = performance.now();
  const model = await RewardModel.fromPretrained(counted.source, { gpu: faulty.gpu, ...options });
  const loaded = performance.now();
  const callsBefore = faulty.calls;
  const first = await model.score(conversation);
  const done = performance.now();
  const growth = heap.stop();
  const rawRate = await readRate(checkpoint, Math.min(counted.bytes(), 4 * GIB));
  const seconds = (done - begin) / 1000;
  const rate = counted.bytes() / seconds;
  log(
    `${options.residency}: score ${first.value} of ${first.tokenIds.length} tokens; load ${decimals((loaded - begin) / 1000)} s, ` +
      `score ${decimals((done - loaded) / 1000)} s; read ${gib(counted.bytes())} in all, ${decimals(rate / 1e6, 0)} MB/s ` +
      `while computing (a raw read: ${decimals(rawRate / 1e6, 0)} MB/s); ` +
      `GPU ${gib(faulty.peakBytes)}, heap +${decimals(growth.bytes / MIB, 0)} MiB ` +
      `(array buffers ${decimals(growth.bufferBytes / MIB, 0)} of them)`,
  );
  let again = first;
  if (isCrashed) {
    again = await crashInTheMiddle(model, faulty, faulty.calls - callsBefore, log);
  }
  const { peakBytes } = faulty;
  await model.dispose();
  return {
    values: first.tokenValues,
    again: again.tokenValues,
    peakGpuBytes: peakBytes,
    heapGrowthBytes: growth.bytes,
    devices: faulty.devices,
    left: faulty.liveBuffers,
  };
}

async function crashInTheMiddle(
  model: RewardModel,
  faulty: FaultyGpu,
  calls: number,
  log: (line: string) => void,
): Promise<Score> {
  const begin = performance.now();
  faulty.arm({ kind: "lost", at: Math.ceil(calls / 2) });
  const score = await model.score(conversation);
  const seconds = (performance.now() - begin) / 1000;
  log(`crash: score ${score.value} after ${decimals(seconds)} s and ${faulty.devices} devices`);
  return score;
}

function same(a: Float32Array, b: Float32Array): boolean {
  return a.length > 0 && a.length === b.length && a.every((value, i) => value === b[i]);
}

/** A checkpoint that counts the bytes read of it. */
function countReads(checkpoint: SyntheticCheckpoint): {
  source: SyntheticCheckpoint;
  bytes(): number;
} {
  let bytes = 0;
  const open = async (path: string): Promise<SourceFile | undefined> => {
    const file = await checkpoint.open(path);
    return (
      file && {
        ...file,
        async read(begin, into, signal) {
          await file.read(begin, into, signal);
          bytes += into.byteLength;
        },
      }
    );
  };
  return { source: { ...checkpoint, open }, bytes: () => bytes };
}

/** Bytes per second of reading the shards alone, chunk by chunk. */
async function readRate(checkpoint: SyntheticCheckpoint, wanted: number): Promise<number> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  const begin = performance.now();
  let bytes = 0;
  for (const file of checkpoint.shards) {
    for (let at = 0; at + CHUNK_BYTES <= file.byteLength && bytes < wanted; at += CHUNK_BYTES) {
      await file.read(at, chunk);
      bytes += CHUNK_BYTES;
    }
  }
  return (bytes / (performance.now() - begin)) * 1000;
}

interface HeapGrowth {
  readonly bytes: number;
  /** Of array buffers, at the same moment. */
  readonly bufferBytes: number;
}

/** Growth above it is measured after a collection. */
const GARBAGE_BYTES = 96 * MIB;

function growthSince(before: NodeJS.MemoryUsage): HeapGrowth {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const bufferBytes = arrayBuffers - before.arrayBuffers;
  return { bytes: heapUsed - before.heapUsed + bufferBytes, bufferBytes };
}

/**
 * Measures the largest growth of JavaScript's memory, with array buffers and garbage, until `stop`.
 */
function watchHeap(): { stop(): HeapGrowth } {
  globalThis.gc?.();
  const before = process.memoryUsage();
  let most: HeapGrowth = { bytes: 0, bufferBytes: 0 };
  const look = (): void => {
    let grown = growthSince(before);
    // On a slow machine Dawn's polls leave garbage by the minute: that is not held.
    if (grown.bytes > most.bytes && grown.bytes > GARBAGE_BYTES) {
      globalThis.gc?.();
      grown = growthSince(before);
    }
    if (grown.bytes > most.bytes) most = grown;
  };
  const timer = setInterval(look, 20);
  return {
    stop() {
      clearInterval(timer);
      look();
      return most;
    },
  };
}
