// Tested by: test/cli/main.test.ts
/** Writes numbers as results have them. */

/** Rounds to nine digits: they are enough to restore every f32. */
export function shortest(value: number): number {
  return Number(value.toPrecision(9));
}
