/**
 * In Node on Dawn: the rate of loading against a bare loop that reads and writes the same bytes,
 * from a source in memory and from files on the disk; and how much of reading hides behind
 * computing if layers are streamed.
 */
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Source } from "../../src/files/source.ts";
import { testDevice, testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { syntheticCheckpoint } from "../../testing/checkpoint/synthetic-checkpoint.ts";
import { LOADED_SHAPE, loadRate, loadReport, peerLine, readPieces } from "./load-rate.ts";
import { readByNpm } from "./npm-safetensors.ts";
import { overlapReport, overlaps } from "./overlap.ts";

/** Twelve layers of 30 MB: a software adapter computes one in a second or less. */
const STREAMED_SHAPE = { layers: 12, depth: 1, hidden: 896, intermediate: 4864 };
/** Reading takes half as long as computing, as long, and twice as long. */
const SHARES = [0.5, 1, 2];
const CHUNK_BYTES = 4 * 2 ** 20;

/** Prints a line for each source. True if loading from the disk is fast enough. */
export async function measureRates(rounds: number): Promise<boolean> {
  const device = await testDevice();
  const measure = async (name: string, source: Source): Promise<boolean> => {
    const told = loadReport(name, await loadRate(device, source, readPieces, rounds));
    console.log(told.line);
    return told.isHeld;
  };
  const synthetic = syntheticCheckpoint(LOADED_SHAPE);
  // Not judged: reading is a copy there, as quick as the one that lays gate's and up's rows by
  // turns.
  await measure("in memory", synthetic);
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-load-"));
  try {
    for (const name of ["config.json", "value_head.safetensors", "model.safetensors"]) {
      await copy(synthetic, name, folder);
    }
    const disk = fileSystemSource(folder);
    const isHeld = await measure("on disk", disk);
    // Not judged either: the peer holds whole files in memory.
    const peer = await loadRate(device, disk, readByNpm(), rounds);
    console.log(peerLine("npm's safetensors", peer));
    return isHeld;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Prints a line for each speed of reading. Returns true if streaming hides enough of it.
 */
export async function measureOverlap(rounds: number): Promise<boolean> {
  const source = syntheticCheckpoint(STREAMED_SHAPE);
  const results = await overlaps(testGpu(), await testDevice(), source, SHARES, rounds);
  const told = results.map(overlapReport);
  told.forEach(({ line }) => console.log(line));
  return told.every(({ isHeld }) => isHeld);
}

async function copy(source: Source, name: string, folder: string): Promise<void> {
  const file = await source.open(name);
  if (!file) throw new Error(`${source.name} has no ${name}`);
  const target = await open(path.join(folder, name), "w");
  const memory = new Uint8Array(CHUNK_BYTES);
  for (let at = 0; at < file.byteLength; at += CHUNK_BYTES) {
    const piece = memory.subarray(0, Math.min(CHUNK_BYTES, file.byteLength - at));
    await file.read(at, piece);
    await target.write(piece);
  }
  await target.close();
}
