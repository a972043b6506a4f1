// Tested by: test/cli/commands/export-web.gpu.test.ts
/**
 * Makes the bytes of a part of a quantised weight in GPU layout, some rows at a time: the integers
 * of all rows, then the scales.
 */
import type { TensorEntry } from "../../src/checkpoint/checkpoint.ts";
import { dtypeBytes, toFloat32 } from "../../src/checkpoint/dtype.ts";
import type { Ingredient, Recipe, WeightTable } from "../../src/checkpoint/weight-table.ts";
import type { WeightsError } from "../../src/errors.ts";
import type { WeightPart } from "../../src/kernels/kernel.ts";
import { isQuantised, QUANT_BLOCK, rowValues } from "../../src/kernels/weight-forms.ts";
import { notFinite } from "../../src/residency/finite.ts";
import { quantiseRows } from "./quantise-rows.ts";

/** Values that are in memory together. */
const SLAB_VALUES = 2 ** 20;

/** Adjacent rows of a tensor, and which rows of a slab they are. */
interface Run {
  readonly ingredient: Ingredient;
  readonly first: number;
  readonly rows: number;
  /** The slab's row of the run's row `i`. */
  readonly place: (i: number) => number;
}

/** Gives the bytes of a part, piece by piece. @throws WeightsError for NaN and infinities */
export async function* partBytes(
  table: WeightTable,
  part: WeightPart,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const recipe = table.recipes.get(part.key);
  if (recipe === undefined) throw new Error(`${part.key} was not declared`);
  const { form, columns } = recipe.weight;
  if (!isQuantised(form)) throw new Error(`${part.key} is not quantised`);
  const stride = rowValues(form, columns);
  const blocks = stride / QUANT_BLOCK;
  const wordsOfRow = stride / (form === "q8" ? 4 : 8);
  // Whole groups of eight rows: gate and up alternate in fours.
  const slabRows = Math.max(8, Math.floor(SLAB_VALUES / stride / 8) * 8);
  const scales = new Uint32Array(part.rows * blocks);
  let written = 0;
  for (let row = 0; row < part.rows; row += slabRows) {
    const rows = Math.min(slabRows, part.rows - row);
    const values = new Float32Array(rows * stride);
    const runs = runsOf(recipe, part.firstRow + row, rows);
    for (const run of runs) {
      const entry = table.entry(run.ingredient.name);
      const tensor = await readRows(entry, columns, run, signal);
      for (let i = 0; i < run.rows; i++) {
        const own = tensor.subarray(i * columns, (i + 1) * columns);
        values.set(own, run.place(i) * stride);
      }
    }
    const words = new Uint32Array(rows * wordsOfRow);
    const own = scales.subarray(row * blocks, (row + rows) * blocks);
    const bad = quantiseRows(form, values, words, own);
    if (bad >= 0) throw badTensor(table, runs, Math.floor(bad / blocks));
    written += words.byteLength;
    yield new Uint8Array(words.buffer);
  }
  yield new Uint8Array(scales.buffer);
  written += scales.byteLength;
  yield new Uint8Array(part.byteLength - written);
}

/** Returns where rows `[first, first + rows)` of a weight come from. */
function runsOf({ ingredients, join }: Recipe, first: number, rows: number): Run[] {
  if (join === "interleaved") {
    return ingredients.flatMap((ingredient, index) => {
      const begin = first / 2;
      const end = Math.min(ingredient.rows, (first + rows) / 2);
      const place = (i: number): number => Math.floor(i / 4) * 8 + index * 4 + (i % 4);
      return begin < end ? [{ ingredient, first: begin, rows: end - begin, place }] : [];
    });
  }
  let offset = 0;
  return ingredients.flatMap((ingredient) => {
    const begin = Math.max(first, offset);
    const end = Math.min(first + rows, offset + ingredient.rows);
    const from = begin - offset;
    offset += ingredient.rows;
    const place = (i: number): number => begin - first + i;
    return begin < end ? [{ ingredient, first: from, rows: end - begin, place }] : [];
  });
}

async function readRows(
  { file, begin, dtype }: TensorEntry,
  columns: number,
  { first, rows }: Run,
  signal: AbortSignal,
): Promise<Float32Array> {
  const bytesOfRow = columns * dtypeBytes(dtype);
  const bytes = new Uint8Array(rows * bytesOfRow);
  await file.read(begin + first * bytesOfRow, bytes, signal);
  if (dtype === "F32") return new Float32Array(bytes.buffer);
  if (dtype !== "BF16") return toFloat32(bytes, dtype);
  const halves = new Uint16Array(bytes.buffer);
  const bits = new Uint32Array(halves.length);
  for (const [i, half] of halves.entries()) bits[i] = half << 16;
  return new Float32Array(bits.buffer);
}

function badTensor(table: WeightTable, runs: readonly Run[], row: number): WeightsError {
  const isOf = (run: Run): boolean =>
    Array.from({ length: run.rows }, (_, i) => run.place(i)).includes(row);
  const { name = "" } = runs.find(isOf)?.ingredient ?? {};
  return notFinite(table.entry(name).file.path, name);
}
