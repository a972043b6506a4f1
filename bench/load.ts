/**
 * The rate of loading against a bare loop that reads and writes the same bytes: from a source in memory and from files on
 * the disk, in Node on Dawn.
 */
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Source } from "../src/weights/source.ts";
import { testDevice } from "../test/support/gpu.ts";
import { fileSystemSource } from "../test/support/node-source.ts";
import { syntheticCheckpoint } from "../test/support/synthetic-checkpoint.ts";
import { loadRate, readPieces } from "./load/load-rate.ts";
import type { LoadRate } from "./load/load-rate.ts";

/** One layer of the 7B and four blocks of its vision tower, 0.7 GB, without most of the vocabulary, which is not loaded. */
const SHAPE = { layers: 1, depth: 4, vocabulary: 1024 };
const CHUNK_BYTES = 4 * 2 ** 20;

/** By source. */
export async function loadRates(rounds: number): Promise<Map<string, LoadRate>> {
  const device = await testDevice();
  const synthetic = syntheticCheckpoint(SHAPE);
  const rates = new Map<string, LoadRate>();
  rates.set("in memory", await loadRate(device, synthetic, readPieces, rounds));
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-load-"));
  try {
    for (const name of ["config.json", "value_head.safetensors", "model.safetensors"]) {
      await copy(synthetic, name, folder);
    }
    rates.set("on disk", await loadRate(device, fileSystemSource(folder), readPieces, rounds));
  } finally {
    await rm(folder, { recursive: true });
  }
  return rates;
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
