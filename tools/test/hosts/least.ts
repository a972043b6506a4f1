/**
 * The least of several measurements. The cores are shared: what other processes add is there in one
 * try and not in the next, and what our own code takes is there in each.
 */

/** How often a measurement above its limit is taken. */
export const TRIES = 3;

export interface Measured {
  /** What is wrong besides the number; then it is not measured again. */
  readonly problem: string | undefined;
  readonly value: number;
}

/**
 * Measures until a value is below the limit, `TRIES` times at most. Returns the least value, or the
 * first problem.
 * @param tell called with all values, if it took several
 */
export async function leastOf(
  limit: number,
  measure: () => Promise<Measured>,
  tell: (values: readonly number[]) => void,
): Promise<Measured> {
  const values: number[] = [];
  let problem: string | undefined;
  while (values.length < TRIES) {
    const measured = await measure();
    values.push(measured.value);
    ({ problem } = measured);
    if (problem !== undefined || measured.value < limit) break;
  }
  if (values.length > 1) tell(values);
  return { problem, value: Math.min(...values) };
}
