// Tested by: test/cli/main.test.ts
/** Numbers as they stand in results. */

/** Nine digits give every f32 back. */
export function shortest(value: number): number {
  return Number(value.toPrecision(9));
}
