/**
 * The order in which weights are read: every byte once, files from front to back, neighbours
 * together, gate beside up.
 */
import { expect, test } from "vitest";
import { parseConfig } from "../../src/model/config.ts";
import { modelWeights } from "../../src/model/weights.ts";
import { openCheckpoint, readJson } from "../../src/checkpoint/checkpoint.ts";
import { CHUNK_BYTES, planReadings } from "../../src/residency/read-plan.ts";
import type { Reading } from "../../src/residency/read-plan.ts";
import { StagingRing } from "../../src/residency/staging-ring.ts";
import { WeightTable } from "../../src/checkpoint/weight-table.ts";
import type { SourceFile } from "../../src/files/source.ts";
import { memoryFile, memorySource } from "../../testing/files/node-source.ts";
import { safetensors } from "../../testing/checkpoint/safetensors-bytes.ts";
import { syntheticCheckpoint } from "../../testing/checkpoint/synthetic-checkpoint.ts";

/**
 * The specification's default maxStorageBufferBindingSize: matrices of the 7B are split by rows.
 */
const BINDING_BYTES = 128 * 2 ** 20;
const GIB = 2 ** 30;
/** Of norms and biases. */
const SMALL_BYTES = 64 * 1024;

async function planOf7b(): Promise<{ table: WeightTable; readings: Reading[] }> {
  const source = syntheticCheckpoint();
  const table = new WeightTable(await openCheckpoint(source), BINDING_BYTES);
  modelWeights(table, await parseConfig(await readJson(source, "config.json")));
  table.check();
  return { table, readings: planReadings(table, [...table.groups.values()].flat()) };
}

test("read plan: a 7B in four shards → every byte once, in order, up to the ends of its shards", async () => {
  const { table, readings } = await planOf7b();
  const names = [...table.names()].filter((name) => !name.includes("embed_tokens"));
  const wanted = new Map<string, number>();
  for (const { file, begin, end } of names.map((name) => table.entry(name))) {
    wanted.set(file.path, (wanted.get(file.path) ?? 0) + end - begin);
  }
  const read = new Map<string, number>();
  const last = new Map<string, number>();
  let furthest = 0;
  for (const { blocks, stretches } of readings) {
    for (const { file, begin, byteLength } of blocks.flatMap(({ block }) => block)) {
      read.set(file.path, (read.get(file.path) ?? 0) + byteLength);
      furthest = Math.max(furthest, begin + byteLength);
    }
    const [first] = stretches;
    expect(first?.begin).toBeGreaterThanOrEqual(last.get(first?.file.path ?? "") ?? 0);
    last.set(first?.file.path ?? "", first?.begin ?? 0);
    for (const { byteLength } of stretches) {
      expect(byteLength).toBeLessThanOrEqual(CHUNK_BYTES + SMALL_BYTES);
    }
  }
  expect(read).toEqual(wanted);
  expect(furthest).toBeGreaterThan(4 * GIB);
});

test("read plan: small tensors side by side → read together; gate and up → rows of both", async () => {
  const { table, readings } = await planOf7b();
  const blocks = readings.flatMap((reading) => reading.blocks);
  // Norms and biases are stored between matrices: few are requested alone.
  const isSmall = ({ byteLength }: { byteLength: number }): boolean => byteLength <= SMALL_BYTES;
  const small = blocks.flatMap(({ block }) => block).filter(isSmall);
  expect(small.length).toBeGreaterThan(300);
  expect(readings.filter(isSmall).length).toBeLessThan(small.length / 4);
  const pairs = blocks.filter(({ block }) => block.length === 2);
  expect(pairs.length).toBeGreaterThan(28 * 33);
  for (const { block } of pairs) {
    const [gate, up] = block;
    expect([up?.rows, up?.firstRow]).toEqual([gate?.rows, (gate?.firstRow ?? 0) + 4]);
  }
  expect(table.byteLength()).toBe(
    blocks.flatMap(({ block }) => block).reduce((sum, { byteLength }) => sum + byteLength, 0),
  );
});

test("read plan: up before gate in the file, behind a norm → each strip at the place of its bytes", async () => {
  const [rows, columns] = [8, 32];
  const bytes = rows * columns * 2;
  const header = JSON.stringify({
    norm: { dtype: "BF16", shape: [columns], data_offsets: [0, columns * 2] },
    up: { dtype: "BF16", shape: [rows, columns], data_offsets: [columns * 2, columns * 2 + bytes] },
    gate: {
      dtype: "BF16",
      shape: [rows, columns],
      data_offsets: [columns * 2 + bytes, columns * 2 + 2 * bytes],
    },
  });
  const file = safetensors(header, new Uint8Array(columns * 2 + 2 * bytes));
  const source = memorySource({ "model.safetensors": file });
  const table = new WeightTable(await openCheckpoint(source), BINDING_BYTES);
  table.vector("layer", "norm", [{ name: "norm", rows: columns }]);
  table.gateUp("layer", "gate_up", ["gate", "up"], rows, columns);
  table.check();
  const readings = planReadings(table, [...table.groups.values()].flat());
  let strips = 0;
  for (const { stretches, blocks } of readings) {
    // Where in the file each byte of the reading's memory comes from.
    const origins = stretches.flatMap(({ begin, byteLength }) =>
      Array.from({ length: byteLength }, (_, i) => begin + i),
    );
    for (const { block, offsets } of blocks) {
      for (const [i, { begin, byteLength }] of block.entries()) {
        const at = offsets[i] ?? Number.NaN;
        expect([origins[at], origins[at + byteLength - 1]]).toEqual([
          begin,
          begin + byteLength - 1,
        ]);
        strips += 1;
      }
    }
  }
  expect(strips).toBe(3);
});

test("staging ring: more readings than memory → their bytes in order", async () => {
  const { readings, bytes } = tenReadings();
  const ring = new StagingRing();
  const got: number[] = [];
  await ring.readAll(readings, async (memory) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    got.push(...memory);
  });
  expect(got).toEqual([...bytes]);
});

test("staging ring: a reading fails → its error, and nothing is read into the memory any more", async () => {
  const { readings } = tenReadings();
  let underWay = 0;
  const slow = readings.map((reading, i) => ({
    ...reading,
    stretches: reading.stretches.map((stretch) => ({
      ...stretch,
      file: {
        ...stretch.file,
        async read() {
          underWay += 1;
          await new Promise((resolve) => setTimeout(resolve, i === 1 ? 1 : 20));
          underWay -= 1;
          if (i === 1) throw new Error("unplugged");
        },
      },
    })),
  }));
  await expect(new StagingRing().readAll(slow, () => {})).rejects.toThrow("unplugged");
  expect(underWay).toBe(0);
});

test("staging ring: a file that is read from front to back → one sequence for adjacent parts", async () => {
  const { readings, bytes } = tenReadings();
  const begun: string[] = [];
  let open = 0;
  const file: SourceFile = {
    ...memoryFile("numbers", bytes),
    sequence(begin, end) {
      begun.push(`${begin} to ${end}`);
      open += 1;
      let at = begin;
      return {
        async read(into) {
          const from = at;
          await new Promise((resolve) => setTimeout(resolve, 1));
          into.set(bytes.subarray(from, from + into.byteLength));
          at = from + into.byteLength;
        },
        close: () => void (open -= 1),
      };
    },
  };
  const own = readings.map((reading) => ({
    ...reading,
    stretches: reading.stretches.map((stretch) => ({ ...stretch, file })),
  }));
  // Without the fifth, two sequences; the last one alone is read by itself.
  const wanted = own.filter((_, i) => i !== 4 && i !== 8);
  const got: number[] = [];
  await new StagingRing().readAll(wanted, (memory) => void got.push(...memory));
  expect(begun).toEqual(["0 to 40", "50 to 80"]);
  expect(open).toBe(0);
  expect(got).toEqual([...bytes.subarray(0, 40), ...bytes.subarray(50, 80), ...bytes.subarray(90)]);
});

/** Readings of ten bytes each, one after the other. */
function tenReadings(): { readings: Reading[]; bytes: Uint8Array } {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
  const file = memoryFile("numbers", bytes);
  const readings = Array.from({ length: 10 }, (_, i) => {
    const stretch = { file, begin: 10 * i, byteLength: 10 };
    return { stretches: [stretch], byteLength: 10, blocks: [] };
  });
  return { readings, bytes };
}
