/**
 * How fast weights get onto the GPU: a bare loop that reads the same bytes and writes them into as many buffers, and our
 * loading, by turns. Both end when the GPU has all of it. The same in Node and in a tab.
 */
import { parseConfig } from "../../src/model/config.ts";
import { modelWeights } from "../../src/model/forward.ts";
import type { Device } from "../../src/gpu/device.ts";
import { COPY_DST, STORAGE } from "../../src/gpu/usage.ts";
import { openCheckpoint, readJson } from "../../src/weights/checkpoint.ts";
import { ResidentWeights } from "../../src/weights/resident-weights.ts";
import type { Source, SourceFile } from "../../src/weights/source.ts";
import { WeightTable } from "../../src/weights/weight-table.ts";
import { median } from "../measure/interleave.ts";

/** Bytes of a file that follow each other. */
export interface Stretch {
  readonly file: SourceFile;
  readonly begin: number;
  readonly end: number;
}

/** Reads a stretch in order, in pieces of whole u32s; the memory of a piece is free again when `take` is back. */
export type BareRead = (
  stretch: Stretch,
  take: (piece: Uint8Array<ArrayBuffer>) => void | Promise<void>,
) => Promise<void>;

export interface LoadRate {
  readonly bytes: number;
  /** Of bytes that the GPU holds in the end, per second, medians. */
  readonly bareRate: number;
  readonly ourRate: number;
  /** Ours over the bare one: the median of the rounds, each of which runs both. */
  readonly ratio: number;
}

/** The queue of the bare loop is waited for as often as ours. */
const QUEUED_BYTES = 64 * 2 ** 20;
const BUFFER_BYTES = 64 * 2 ** 20;
/** What the bare loop of `readPieces` reads at once. */
const PIECE_BYTES = 4 * 2 ** 20;

export async function loadRate(
  device: Device,
  source: Source,
  bareRead: BareRead,
  rounds: number,
): Promise<LoadRate> {
  const table = await openTable(device, source);
  const bytes = table.byteLength();
  const stretches = stretchesOf(table);
  const bareMs: number[] = [];
  const ourMs: number[] = [];
  // The first round compiles kernels, and fills the caches of the disk.
  for (let round = -1; round < rounds; round++) {
    const bare = await timed(() => loadBare(device, stretches, bareRead));
    const ours = await timed(() => loadOurs(device, table));
    if (round < 0) continue;
    bareMs.push(bare);
    ourMs.push(ours);
  }
  const ratios = bareMs.map((bare, i) => bare / (ourMs[i] ?? Number.NaN));
  const rate = (ms: readonly number[]): number => (bytes / median(ms)) * 1000;
  return { bytes, bareRate: rate(bareMs), ourRate: rate(ourMs), ratio: median(ratios) };
}

async function openTable(device: Device, source: Source): Promise<WeightTable> {
  const checkpoint = await openCheckpoint(source);
  const table = new WeightTable(checkpoint, device.gpu.limits.maxStorageBufferBindingSize);
  modelWeights(table, parseConfig(await readJson(source, "config.json")));
  table.check();
  return table;
}

/** The bytes of all declared weights, tensors that touch as one. */
function stretchesOf(table: WeightTable): Stretch[] {
  const names = new Set(
    [...table.recipes.values()].flatMap(({ ingredients }) => ingredients.map(({ name }) => name)),
  );
  const entries = [...names].map((name) => table.entry(name));
  const inOrder = entries.toSorted(
    (a, b) => a.file.path.localeCompare(b.file.path) || a.begin - b.begin,
  );
  const stretches: { file: SourceFile; begin: number; end: number }[] = [];
  for (const { file, begin, end } of inOrder) {
    const last = stretches.at(-1);
    if (last?.file === file && last.end === begin) last.end = end;
    else stretches.push({ file, begin, end });
  }
  return stretches;
}

async function loadOurs(device: Device, table: WeightTable): Promise<void> {
  const weights = await ResidentWeights.load(device, table, {});
  await device.race(device.gpu.queue.onSubmittedWorkDone());
  weights.destroy();
}

async function loadBare(
  device: Device,
  stretches: readonly Stretch[],
  bareRead: BareRead,
): Promise<void> {
  const { queue } = device.gpu;
  const buffers: GPUBuffer[] = [];
  let at = BUFFER_BYTES;
  let queued = 0;
  for (const stretch of stretches) {
    await bareRead(stretch, async (piece) => {
      for (let done = 0; done < piece.byteLength;) {
        if (at === BUFFER_BYTES) {
          buffers.push(device.buffer("bare", BUFFER_BYTES, STORAGE | COPY_DST));
          at = 0;
        }
        const bytes = Math.min(piece.byteLength - done, BUFFER_BYTES - at);
        const buffer = buffers.at(-1);
        // Whole u32s, as WebGPU writes them.
        const written = Math.ceil(bytes / 4) * 4;
        if (buffer) queue.writeBuffer(buffer, at, piece.buffer, piece.byteOffset + done, written);
        at += written;
        done += bytes;
      }
      queued += piece.byteLength;
      if (queued >= QUEUED_BYTES) {
        await queue.onSubmittedWorkDone();
        queued = 0;
      }
    });
  }
  await queue.onSubmittedWorkDone();
  buffers.forEach((buffer) => device.release(buffer));
}

/** The bare loop's reading by the source itself, one piece after the other. */
export const readPieces: BareRead = async ({ file, begin, end }, take) => {
  const memory = new Uint8Array(PIECE_BYTES);
  for (let at = begin; at < end; at += PIECE_BYTES) {
    const piece = memory.subarray(0, Math.min(PIECE_BYTES, end - at));
    await file.read(at, piece);
    await take(piece);
  }
};

async function timed(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
