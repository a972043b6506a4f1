// Tested by: test/monitor/drift-statistics.test.ts
/** Tests of counts in tables, held to scipy.stats.chi2_contingency. */
import { chiSquareTail } from "./distributions.ts";
import type { TestResult } from "./two-samples.ts";

/**
 * Returns Pearson's chi-square of two rows of counts and its p; with one degree of freedom, Yates'
 * correction. Columns without any count are left out.
 */
export function chiSquareOfCounts(a: readonly number[], b: readonly number[]): TestResult {
  const columns = a.map((first, i) => [first, b[i] ?? 0] as const);
  const kept = columns.filter(([first, second]) => first + second > 0);
  const rows = [0, 1].map((row) => kept.reduce((sum, column) => sum + (column[row] ?? 0), 0));
  const [first = 0, second = 0] = rows;
  const all = first + second;
  const degrees = kept.length - 1;
  if (degrees < 1 || first === 0 || second === 0) return { statistic: 0, pValue: 1 };
  let statistic = 0;
  for (const column of kept) {
    const total = column[0] + column[1];
    for (const [row, count] of column.entries()) {
      const expected = (total * (rows[row] ?? 0)) / all;
      const off = Math.abs(count - expected);
      // The correction never takes a difference past zero.
      const corrected = degrees === 1 ? off - Math.min(0.5, off) : off;
      statistic += corrected ** 2 / expected;
    }
  }
  return { statistic, pValue: chiSquareTail(statistic, degrees) };
}
