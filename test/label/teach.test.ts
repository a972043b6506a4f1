/** What a label teaches: against the direct formula in the features' own dimension. */
import { expect, test } from "vitest";
import { teachingValues, type KnownPair } from "../../src/label/teach.ts";
import { InputError } from "../../src/errors.ts";
import { normals } from "../adapt/numbers.ts";

const D = 5;
const flat = normals(21, 40 * D);
const margins = normals(22, 40);
const pairs = Array.from({ length: 40 }, (_, i): KnownPair => {
  return { margin: margins[i]!, difference: flat.slice(i * D, (i + 1) * D) };
});
const labelled = [0, 3, 4, 11, 17, 25];

/** W·xᵀ(λI + Σ w·x·xᵀ)⁻¹x by Gauss and Jordan in D dimensions. */
function direct(i: number): number {
  const spreads = Array.from({ length: D }, (_, k) =>
    Math.sqrt(pairs.reduce((sum, { difference }) => sum + difference[k]! ** 2, 0) / pairs.length),
  );
  const vector = (j: number): number[] => spreads.map((s, k) => pairs[j]!.difference[k]! / s);
  const weight = (m: number): number => {
    const p = 1 / (1 + Math.exp(-m));
    return p * (1 - p);
  };
  const matrix = Array.from({ length: D }, (_, r) =>
    Array.from({ length: D }, (__, c) =>
      labelled.reduce(
        (sum, j) => sum + weight(margins[j]!) * vector(j)[r]! * vector(j)[c]!,
        r === c ? 0.1 * D : 0,
      ),
    ),
  );
  const x = vector(i);
  const rows = matrix.map((row, r) => [...row, x[r]!]);
  for (let c = 0; c < D; c++) {
    for (let r = 0; r < D; r++) {
      if (r === c) continue;
      const factor = rows[r]![c]! / rows[c]![c]!;
      for (let k = 0; k <= D; k++) rows[r]![k] = rows[r]![k]! - factor * rows[c]![k]!;
    }
  }
  const solved = rows.map((row, r) => row[D]! / row[r]!);
  return weight(margins[i]!) * x.reduce((sum, value, k) => sum + value * solved[k]!, 0);
}

test("teach: 40 pairs, 6 labels → the direct formula between the limits, 0 outside and for labels", () => {
  const values = teachingValues(pairs, labelled);
  const open = pairs.flatMap((_, i) => (labelled.includes(i) ? [] : [i]));
  const sizes = open.map((i) => Math.abs(margins[i]!)).toSorted((a, b) => a - b);
  const [low, high] = [sizes[Math.floor(0.1 * 33)]!, sizes[Math.ceil(0.6 * 33)]!];
  for (const i of pairs.keys()) {
    const size = Math.abs(margins[i]!);
    const isOpen = open.includes(i) && size >= low && size <= high;
    if (isOpen) expect(Math.abs(values[i]! - direct(i))).toBeLessThan(1e-12);
    else expect(values[i]).toBe(0);
  }
  expect(values.filter((value) => value > 0).length).toBe(18);
});

test("teach: a pair like those that are labelled → teaches less than one unlike them", () => {
  const known = [1, 0, 0].map((first): KnownPair => ({
    margin: 1,
    difference: [first, 1 - first],
  }));
  const [, second] = teachingValues(known, [0]);
  const [, after] = teachingValues(known, [0, 2]);
  expect(after!).toBeLessThan(second!);
});

test("teach: nothing is known, differences of two lengths → zeros, an InputError", () => {
  expect([...teachingValues([undefined, undefined], [])]).toEqual([0, 0]);
  const odd = [pairs[0], { margin: 1, difference: [1] }];
  expect(() => teachingValues(odd, [])).toThrow(InputError);
});
