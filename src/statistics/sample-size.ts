// Tested by: test/evaluate/ab.test.ts
/** How many rows it takes to find a difference. */

// Two-sided 5 %, and a power of 80 %.
const Z_LEVEL = 1.959963984540054;
const Z_POWER = 0.8416212335729143;

/**
 * Returns how many rows it takes to find a mean difference of this size with 95 % confidence in
 * four of five tries.
 */
export function rowsForMeanDifference(difference: number, deviation: number): number {
  return Math.ceil(((Z_LEVEL + Z_POWER) * deviation) ** 2 / difference ** 2);
}

/**
 * Returns how many rows the sign test needs to separate a share of wins from one half with 95 %
 * confidence, in four of five tries.
 * @param winShare wins among rows with a winner
 * @param decidedShare rows with a winner among all rows
 */
export function rowsForWinShare(winShare: number, decidedShare: number): number {
  const spread = Z_LEVEL / 2 + Z_POWER * Math.sqrt(winShare * (1 - winShare));
  return Math.ceil((spread / (winShare - 0.5)) ** 2 / decidedShare);
}
