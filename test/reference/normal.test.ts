/** Distances from a fitted distribution, against numbers that can be computed by hand. */
import { expect, test } from "vitest";
import { distanceTo, fitNormal } from "../../src/reference/normal.ts";
import { random } from "../../src/statistics/random.ts";

/** Rows of independent coordinates with these deviations. */
function rowsOf(deviations: readonly number[], count: number): Float32Array[] {
  const source = random(7);
  const draw = (): number => source.below(2 ** 32) / 2 ** 32;
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  return Array.from({ length: count }, () =>
    Float32Array.from(deviations, (deviation) => 3 + deviation * normal()),
  );
}

test.each([
  ["more rows than dimensions", 400],
  ["fewer rows than dimensions", 60],
])(
  "normal: %s → variances descend, directions are orthonormal, rows are at about 1",
  (_, count) => {
    const deviations = Array.from({ length: 80 }, (__, i) => 5 * 0.93 ** i);
    const rows = rowsOf(deviations, count);
    const fitted = fitNormal(rows);
    const { variances, directions, mean, restVariance } = fitted;
    expect([...variances]).toEqual([...variances].toSorted((a, b) => b - a));
    expect(Math.sqrt(variances[0]!)).toBeGreaterThan(4);
    expect(variances.length).toBe(Math.min(50, Math.floor(count / 3)));
    const size = mean.length;
    for (const a of [0, 1, variances.length - 1]) {
      for (const b of [0, 1, variances.length - 1]) {
        let product = 0;
        for (let i = 0; i < size; i++)
          product += directions[a * size + i]! * directions[b * size + i]!;
        expect(Math.abs(product - (a === b ? 1 : 0))).toBeLessThan(1e-5);
      }
    }
    expect(restVariance).toBeGreaterThan(0);
    const distances = rows.map((row) => distanceTo(fitted, row));
    const typical = distances.reduce((sum, each) => sum + each, 0) / count;
    expect(typical).toBeGreaterThan(0.5);
    expect(typical).toBeLessThan(1.2);
  },
);

test("distance: all directions kept → Mahalanobis' by the covariance itself, over √dimensions", () => {
  const rows = rowsOf([2, 0.5, 1], 300);
  const normal = fitNormal(rows);
  expect(normal.variances).toHaveLength(3);
  // The inverse of the 3 × 3 covariance by the adjugate.
  const m = [0, 1, 2].map((i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
  const cov = [0, 1, 2].map((i) =>
    [0, 1, 2].map(
      (j) =>
        rows.reduce((sum, row) => sum + (row[i]! - m[i]!) * (row[j]! - m[j]!), 0) / rows.length,
    ),
  );
  const c = (i: number, j: number): number => cov[i % 3]![j % 3]!;
  const cofactor = (i: number, j: number): number =>
    c(i + 1, j + 1) * c(i + 2, j + 2) - c(i + 1, j + 2) * c(i + 2, j + 1);
  const determinant = [0, 1, 2].reduce((sum, j) => sum + c(0, j) * cofactor(0, j), 0);
  const row = Float32Array.of(5, 2, -1);
  let square = 0;
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      square += ((row[i]! - m[i]!) * (row[j]! - m[j]!) * cofactor(j, i)) / determinant;
    }
  }
  expect(distanceTo(normal, row)).toBeCloseTo(Math.sqrt(square / 3), 4);
});

test("normal: too few rows, rows without spread → an InputError", () => {
  expect(() => fitNormal(rowsOf([1, 1], 7))).toThrow("8 rows of a kind or more, got 7");
  const same = Array.from({ length: 20 }, () => Float32Array.of(1, 2));
  expect(() => fitNormal(same)).toThrow("all rows are the same");
});
