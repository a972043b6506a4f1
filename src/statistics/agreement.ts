// Tested by: test/adapt/agreement.test.ts
/**
 * How far raters agree beyond chance: Cohen's κ and Krippendorff's α, held to scikit-learn and to
 * the package krippendorff.
 */

/**
 * Returns Cohen's κ of two raters who labelled the same items. NaN for no items, or if both use
 * one label only.
 */
export function cohenKappa<T>(first: readonly T[], second: readonly T[]): number {
  const n = first.length;
  const counts = new Map<T, [number, number]>();
  let equal = 0;
  for (const [i, a] of first.entries()) {
    const b = second[i] as T;
    if (a === b) equal += 1;
    for (const [side, label] of [a, b].entries()) {
      const pair = counts.get(label) ?? [0, 0];
      pair[side === 0 ? 0 : 1] += 1;
      counts.set(label, pair);
    }
  }
  let chance = 0;
  for (const [a, b] of counts.values()) chance += (a / n) * (b / n);
  return (equal / n - chance) / (1 - chance);
}

/** How far apart two labels are. */
export type Level = "nominal" | "ordinal" | "interval";

/**
 * Returns Krippendorff's α. NaN if no item has two labels or all labels are one.
 * @param ratings a list a rater, with a number (or undefined) for each item
 */
export function krippendorffAlpha(
  ratings: readonly (readonly (number | undefined)[])[],
  level: Level = "nominal",
): number {
  const items = Math.max(0, ...ratings.map((rater) => rater.length));
  const values = [...new Set(ratings.flat().filter((value) => value !== undefined))].toSorted(
    (a, b) => a - b,
  );
  const k = values.length;
  const indexOf = new Map(values.map((value, index) => [value, index]));
  const pairs = Array.from({ length: k }, () => new Float64Array(k));
  for (let item = 0; item < items; item++) {
    const given = ratings.flatMap((rater) => indexOf.get(rater[item] ?? NaN) ?? []);
    if (given.length < 2) continue;
    for (const [i, a] of given.entries()) {
      for (const [j, b] of given.entries()) {
        const row = pairs[a];
        if (i !== j && row) row[b] = (row[b] ?? NaN) + 1 / (given.length - 1);
      }
    }
  }
  const totals = pairs.map((row) => row.reduce((sum, value) => sum + value, 0));
  const all = totals.reduce((sum, value) => sum + value, 0);
  let observed = 0;
  let expected = 0;
  for (let a = 0; a < k; a++) {
    for (let b = 0; b < k; b++) {
      const distance = distanceOf(level, values, totals, a, b);
      observed += (pairs[a]?.[b] ?? NaN) * distance;
      expected += ((totals[a] ?? NaN) * (totals[b] ?? NaN) * distance) / (all - 1);
    }
  }
  return 1 - observed / expected;
}

function distanceOf(
  level: Level,
  values: readonly number[],
  totals: readonly number[],
  a: number,
  b: number,
): number {
  if (a === b) return 0;
  if (level === "nominal") return 1;
  if (level === "interval") return ((values[a] ?? NaN) - (values[b] ?? NaN)) ** 2;
  const [low, high] = a < b ? [a, b] : [b, a];
  const between = totals.slice(low, high + 1).reduce((sum, total) => sum + total, 0);
  return (between - ((totals[low] ?? NaN) + (totals[high] ?? NaN)) / 2) ** 2;
}
