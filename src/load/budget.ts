// Tested by: test/load/folder.test.ts
/** How the GPU memory that a caller allows is shared out. */

/** Bytes that weights and activations may take together, if the caller does not say. */
export const DEFAULT_BUDGET_BYTES: number = 6 * 2 ** 30;

/** The share of the budget that is for weights; activations take the rest. */
export const WEIGHTS_SHARE = 0.8;
