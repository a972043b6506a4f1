/**
 * Weights from their files to the GPU: repacked or quantised there, bit for bit as the twin does
 * it, from every type of file, stacked and interleaved, in parts and in chunks.
 */
import { beforeAll, expect, test } from "vitest";
import type { Device } from "../../src/gpu/device.ts";
import { readBack } from "../../src/gpu/read-back.ts";
import { COPY_DST, COPY_SRC, STORAGE } from "../../src/gpu/usage.ts";
import type { Weight } from "../../src/kernels/kernel.ts";
import { rowByteLength, rowValues } from "../../src/kernels/weight-forms.ts";
import type { WeightForm } from "../../src/types.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { CHUNK_BYTES } from "../../src/residency/read-plan.ts";
import { Uploader } from "../../src/residency/upload.ts";
import { WeightTable } from "../../src/checkpoint/weight-table.ts";
import { quantise } from "../../testing/reference/quantise.ts";
import { compareBits } from "../../testing/compare.ts";
import { testDevice } from "../../testing/gpu/gpu.ts";
import { memorySource } from "../../testing/files/node-source.ts";
import { safetensors } from "../../testing/checkpoint/safetensors-bytes.ts";
import { exactValues, f16Bits } from "./matmul-cases.ts";

type Dtype = "F32" | "BF16" | "F16";

interface TestTensor {
  readonly dtype: Dtype;
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const GROUP = "decoder.layer.0";
const NO_LIMIT = 2 ** 30;

/**
 * [rows, columns], among them rows of odd bytes, part blocks and a vocabulary of shapes that tiles
 * do not fit.
 */
const SHAPES = [
  [1, 4],
  [3, 20],
  [5, 33],
  [7, 250],
  [64, 64],
  [9, 3584],
] as const;

for (const form of ["q8", "q4"] as const) {
  test.each(["F32", "BF16", "F16"] as const)(
    `${form}: from %s, six shapes → the twin's bits`,
    async (dtype) => {
      for (const [rows, columns] of SHAPES) {
        // All mantissa bits in F32, so that scales and halves are rounded.
        const exact = exactValues(rows * columns, columns);
        const values = dtype === "F32" ? exact.map((v, i) => v * (1 + i * 1e-5) + 1e-4) : exact;
        const [got] = await uploaded([{ dtype, rows, columns, values }], "stacked", form);
        const { bytes } = quantise(form, values, rows, columns);
        expect(got).toEqualBits(bytes, { name: `${form} of ${columns}`, shape: [bytes.length] });
      }
    },
  );

  test(`${form}: hostile blocks → the twin's bits`, async () => {
    const values = hostileBlocks();
    const rows = values.length / 32;
    const [got] = await uploaded([{ dtype: "F32", rows, columns: 32, values }], "stacked", form);
    const made = quantise(form, values, rows, 32);
    expect(got).toEqualBits(made.bytes, { name: form, shape: [made.bytes.length] });
    const steps = form === "q8" ? 127 : 15;
    for (let row = 0; row < rows; row++) {
      const block = values.subarray(row * 32, row * 32 + 32);
      const span =
        form === "q8" ? Math.max(...block.map(Math.abs)) : Math.max(...block) - Math.min(...block);
      const highest = Math.max(...block.map(Math.abs));
      // Half a step, which a bf16 rounds up by 1/128 at most; the lowest value reaches down by
      // 1/128 of itself.
      const limit = ((span + highest / 128) / steps / 2) * (1 + 1 / 64) + 2 ** -100;
      block.forEach((value, k) => {
        expect(Math.abs(made.values[row * 32 + k]! - value)).toBeLessThanOrEqual(limit);
      });
    }
  });

  test(`${form}: gate and up of 11 rows, three stacked, both in parts → the twin's bits`, async () => {
    const columns = 40;
    const gateUp = [1, 2].map((seed) => bf16Tensor(11, columns, seed));
    const qkv = [3, 4, 5].map((seed) => bf16Tensor(seed * 3, columns, seed));
    for (const [join, tensors] of [
      ["interleaved", gateUp],
      ["stacked", qkv],
    ] as const) {
      for (const limit of [NO_LIMIT, 8 * rowByteLength(form, columns) + 16]) {
        const got = await uploaded(tensors, join, form, limit);
        const whole = joined(tensors, join);
        const partRows = limit === NO_LIMIT ? whole.length / columns : 8;
        expect(got.length).toBe(Math.ceil(whole.length / columns / partRows));
        for (const [i, bits] of got.entries()) {
          const rows = whole.subarray(i * partRows * columns, (i + 1) * partRows * columns);
          const { bytes } = quantise(form, rows, rows.length / columns, columns);
          expect(bits).toEqualBits(bytes, { name: `${join} part ${i}`, shape: [bytes.length] });
        }
      }
    }
  });

  test(`${form}: halves rounded down on purpose → found; up → not`, async () => {
    // Steps of 1, and a half of each: 127.5 is past q8's last integer, but is 0.5 above its
    // neighbour.
    const values = Float32Array.from({ length: 32 }, (_, i) =>
      i === 0 ? (form === "q8" ? 127 : 15) : 0.5 * (i % 5),
    );
    // What rounding halves down would make of them: a half is then not quite one.
    const down = values.map((value) => (value % 1 === 0.5 ? value - 2 ** -20 : value));
    const { bytes } = quantise(form, values, 1, 32);
    const isFound = async (given: Float32Array): Promise<boolean> => {
      const tensor: TestTensor = { dtype: "F32", rows: 1, columns: 32, values: given };
      const [got] = await uploaded([tensor], "stacked", form);
      return !compareBits(got!, bytes, { name: form, shape: [bytes.length] }).pass;
    };
    expect([await isFound(values), await isFound(down)]).toEqual([false, true]);
  });
}

test("stored: rows of 33 and 250, every type, stacked and interleaved → moved, padded with zeros", async () => {
  for (const dtype of ["F32", "BF16", "F16"] as const) {
    for (const join of ["stacked", "interleaved"] as const) {
      for (const columns of [33, 250, 252]) {
        const tensors = [1, 2].map((seed) => ({ ...bf16Tensor(11, columns, seed), dtype }));
        const [got] = await uploaded(tensors, join, "stored");
        const wanted = stored(joined(tensors, join), columns, dtype);
        expect(got).toEqualBits(wanted, { name: `${dtype} ${join}`, shape: [wanted.length] });
      }
    }
  }
});

test("stored: F16 beside BF16 → both widened to f32", async () => {
  const tensors = [bf16Tensor(6, 21, 1), { ...bf16Tensor(7, 21, 2), dtype: "F16" as const }];
  const [got] = await uploaded(tensors, "stacked", "stored");
  const wanted = stored(joined(tensors, "stacked"), 21, "F32");
  expect(got).toEqualBits(wanted, { name: "widened", shape: [wanted.length] });
});

test("stored: gate and up longer than a chunk → every row in its place", async () => {
  const columns = 1022;
  const rows = Math.ceil(CHUNK_BYTES / columns / 2) + 9;
  const tensors = [1, 2].map((seed) => bf16Tensor(rows, columns, seed));
  const [got] = await uploaded(tensors, "interleaved", "stored");
  const wanted = stored(joined(tensors, "interleaved"), columns, "BF16");
  expect(got).toEqualBits(wanted, { name: "two chunks", shape: [wanted.length] });
});

async function declare(
  tensors: readonly TestTensor[],
  join: "stacked" | "interleaved",
  form: WeightForm,
  limit: number,
): Promise<{ table: WeightTable; weight: Weight }> {
  const file = fileOf(tensors);
  const checkpoint = await openCheckpoint(memorySource({ "model.safetensors": file }));
  const table = new WeightTable(checkpoint, limit, form);
  const columns = tensors[0]!.columns;
  const ingredients = tensors.map(({ rows }, i) => ({ name: `t${i}`, rows }));
  const weight =
    join === "stacked"
      ? table.matrix(GROUP, "weight", ingredients, columns)
      : table.gateUp(GROUP, "weight", ["t0", "t1"], tensors[0]!.rows, columns);
  table.check();
  return { table, weight };
}

/** The bits of each part on the GPU. */
async function uploaded(
  tensors: readonly TestTensor[],
  join: "stacked" | "interleaved",
  form: WeightForm,
  limit: number = NO_LIMIT,
): Promise<Uint32Array[]> {
  const { table, weight } = await declare(tensors, join, form, limit);
  const parts: Uint32Array[] = [];
  const { liveBytes } = device;
  for (const part of weight.parts) {
    expect(part.byteLength).toBeLessThanOrEqual(limit);
    const buffer = device.buffer(part.key, part.byteLength, STORAGE | COPY_DST | COPY_SRC);
    const uploader = new Uploader(device, table);
    await uploader.upload([part], () => buffer);
    uploader.destroy();
    const [bytes] = await readBack(device, [{ buffer, byteLength: part.byteLength }]);
    parts.push(new Uint32Array(bytes!));
    device.release(buffer);
  }
  expect(device.liveBytes).toBe(liveBytes);
  return parts;
}

function bf16Tensor(rows: number, columns: number, seed: number): TestTensor {
  return { dtype: "BF16", rows, columns, values: exactValues(rows * columns, seed) };
}

function fileOf(tensors: readonly TestTensor[]): Uint8Array {
  let end = 0;
  const bodies = tensors.map(({ dtype, values }) => new Uint8Array(bitsOf(values, dtype).buffer));
  const entries = tensors.map(({ dtype, rows, columns }, i) => {
    const begin = end;
    end += bodies[i]!.byteLength;
    return [`t${i}`, { dtype, shape: [rows, columns], data_offsets: [begin, end] }];
  });
  const body = new Uint8Array(end);
  let at = 0;
  for (const bytes of bodies) {
    body.set(bytes, at);
    at += bytes.byteLength;
  }
  return safetensors(JSON.stringify(Object.fromEntries(entries)), body);
}

function bitsOf(values: Float32Array, dtype: Dtype): Uint32Array | Uint16Array {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  if (dtype === "F32") return bits;
  return dtype === "BF16"
    ? Uint16Array.from(bits, (b) => b >>> 16)
    : Uint16Array.from(values, f16Bits);
}

/**
 * The rows as the weight has them: one tensor after the other, or in fours with zeros to whole
 * fours.
 */
function joined(tensors: readonly TestTensor[], join: "stacked" | "interleaved"): Float32Array {
  const { rows, columns } = tensors[0]!;
  if (join === "stacked") {
    return Float32Array.from(tensors.flatMap(({ values }) => [...values]));
  }
  const result = new Float32Array(Math.ceil(rows / 4) * 8 * columns);
  for (const [which, { values }] of tensors.entries()) {
    for (let row = 0; row < rows; row++) {
      const at = Math.floor(row / 4) * 8 + which * 4 + (row % 4);
      result.set(values.subarray(row * columns, (row + 1) * columns), at * columns);
    }
  }
  return result;
}

/** The bits of rows padded to whole vec4s, and of the whole to 16 bytes. */
function stored(values: Float32Array, columns: number, dtype: Dtype): Uint32Array {
  const rows = values.length / columns;
  const stride = rowValues("f32", columns);
  const padded = new Float32Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    padded.set(values.subarray(row * columns, (row + 1) * columns), row * stride);
  }
  const bits = new Uint8Array(bitsOf(padded, dtype).buffer);
  const whole = new Uint8Array(Math.ceil(bits.byteLength / 16) * 16);
  whole.set(bits);
  return new Uint32Array(whole.buffer);
}

/** Blocks of 32 that a quantiser may stumble over. */
function hostileBlocks(): Float32Array {
  const block = (at: (i: number) => number): number[] =>
    Array.from({ length: 32 }, (_, i) => at(i));
  return Float32Array.from([
    ...block(() => 0),
    ...block(() => 1 / 3),
    ...block(() => -70_000.5),
    ...block((i) => (i - 16) * 1e5),
    ...block((i) => (i - 16) * 1e-30),
    ...block((i) => (i - 16) * 1e-36),
    ...block((i) => (i === 7 ? 1000 : i * 1e-3)),
    ...block((i) => -1 - i / 32),
    ...block((i) => 5 + i / 1024),
    // Halves between integers of a step of 1, and next to them.
    ...block((i) => (i === 0 ? 127 : i - 0.5)),
    ...block((i) => (i === 0 ? -127 : (i - 16.5) * (1 + 2 ** -23))),
    ...block((i) => (i === 0 ? 15 : (i % 15) + 0.5 * (1 - 2 ** -23))),
  ]);
}
