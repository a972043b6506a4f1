/**
 * Measures the rate of loading weights onto the GPU. Our loading and a bare loop take turns; the
 * loop reads the same bytes and writes them into the same buffers. Both end when the GPU has all
 * bytes. Node and a tab run the same code.
 *
 * The buffers are created and filled once before. On a software adapter they are fresh memory of
 * the machine. Its kernel needs a third of a second to two seconds to provide 0.7 GB, which would
 * hide everything else.
 */
import type { Device } from "../../src/gpu/device.ts";
import { COPY_DST, COPY_SRC, STORAGE } from "../../src/gpu/usage.ts";
import { PlacedWeights } from "../../src/pass/placed-weights.ts";
import type { Source, SourceFile } from "../../src/files/source.ts";
import { Uploader } from "../../src/residency/upload.ts";
import type { WeightTable } from "../../src/checkpoint/weight-table.ts";
import { median } from "../measure/interleave.ts";
import { timed } from "../measure/timed.ts";
import { openTable } from "./open-table.ts";

/** Bytes of a file that follow each other. */
export interface Stretch {
  readonly file: SourceFile;
  readonly begin: number;
  readonly end: number;
}

/** Reads a stretch in order, in pieces; the memory of a piece is free again when `take` is back. */
export type BareRead = (
  stretch: Stretch,
  take: (piece: Uint8Array<ArrayBuffer>) => void | Promise<void>,
) => Promise<void>;

export interface LoadRate {
  readonly bytes: number;
  /** Bytes on the GPU in the end, per second; medians. */
  readonly bareRate: number;
  readonly ourRate: number;
  /** Our rate divided by the bare rate: the median of the rounds. Each round runs both. */
  readonly ratio: number;
}

/**
 * The model that is loaded: one layer of the 7B and four blocks of its vision tower, without most
 * of its unread vocabulary.
 */
export const LOADED_SHAPE = { layers: 1, depth: 4, vocabulary: 1024 };
/** The least share of the bare loop's rate, in the same run. */
const WANTED = 0.7;

/** The queue of the bare loop is waited for as often as ours. */
const QUEUED_BYTES = 64 * 2 ** 20;
/** The bytes of one read in the bare loop of `readPieces`. */
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
  const parts = [...table.groups.values()].flat();
  const weights = new PlacedWeights(device);
  const buffers = parts.map((part) => weights.make(part, STORAGE | COPY_DST | COPY_SRC));
  const bare = (): Promise<void> => loadBare(device, buffers, stretches, bareRead);
  const ours = async (): Promise<void> => {
    const uploader = new Uploader(device, table);
    await uploader.upload(parts, (part) => weights.buffer(part));
    await device.race(device.gpu.queue.onSubmittedWorkDone());
    uploader.destroy();
  };
  const bareMs: number[] = [];
  const ourMs: number[] = [];
  // The first round compiles kernels, and fills the caches of the disk.
  for (let round = -1; round < rounds; round++) {
    const { ms: bareTook } = await timed(bare);
    const { ms: oursTook } = await timed(ours);
    if (round < 0) continue;
    bareMs.push(bareTook);
    ourMs.push(oursTook);
  }
  weights.destroy();
  const ratios = bareMs.map((ms, i) => ms / (ourMs[i] ?? Number.NaN));
  const rate = (ms: readonly number[]): number => (bytes / median(ms)) * 1000;
  return { bytes, bareRate: rate(bareMs), ourRate: rate(ourMs), ratio: median(ratios) };
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

/** Fills the buffers with the bytes as they arrive, in their order. */
async function loadBare(
  device: Device,
  all: readonly GPUBuffer[],
  stretches: readonly Stretch[],
  bareRead: BareRead,
): Promise<void> {
  const { queue } = device.gpu;
  let [buffer, ...others] = all;
  let at = 0;
  let queued = 0;
  for (const stretch of stretches) {
    await bareRead(stretch, async (piece) => {
      for (let done = 0; buffer !== undefined && done < piece.byteLength;) {
        const bytes = Math.min(piece.byteLength - done, buffer.size - at);
        // Whole u32s, as WebGPU writes them: the bytes of one that a piece ends in are left out.
        const written = Math.floor(bytes / 4) * 4;
        queue.writeBuffer(buffer, at, piece.buffer, piece.byteOffset + done, written);
        done += bytes;
        at += written;
        if (at === buffer.size) {
          [buffer, ...others] = others;
          at = 0;
        }
      }
      queued += piece.byteLength;
      if (queued >= QUEUED_BYTES) {
        await queue.onSubmittedWorkDone();
        queued = 0;
      }
    });
  }
  await queue.onSubmittedWorkDone();
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

/** Returns the rates as a line, and true if our rate reaches its limit. */
export function loadReport(
  source: string,
  { bytes, bareRate, ourRate, ratio }: LoadRate,
): { line: string; isHeld: boolean } {
  const megabytes = (value: number): string => (value / 1e6).toFixed(0);
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  const line =
    `${source.padEnd(10)} ${megabytes(bytes)} MB: bare ${megabytes(bareRate)} MB/s, ours ${megabytes(ourRate)} MB/s: ` +
    `${percent(ratio)} (wanted ${percent(WANTED)})`;
  return { line, isHeld: ratio >= WANTED };
}

/** Returns a line that compares our rate with a peer's, which took the place of the bare loop. */
export function peerLine(peer: string, { bytes, bareRate, ourRate, ratio }: LoadRate): string {
  const megabytes = (value: number): string => (value / 1e6).toFixed(0);
  return (
    `on disk    ${megabytes(bytes)} MB: ${peer} ${megabytes(bareRate)} MB/s, ` +
    `ours ${megabytes(ourRate)} MB/s: ${ratio.toFixed(2)} times as fast`
  );
}
