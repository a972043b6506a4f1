/**
 * Whether a model fits this device, and in which form: bytes against the budget that a person
 * gives.
 */
import { WEIGHTS_SHARE } from "../../src/load/budget.ts";
import type { FormNeed } from "../../src/load/inspect.ts";
import type { WeightForm } from "../../src/types.ts";

/** `tight`: even the two groups that must be there together are more than the budget. */
export type FitKind = "resident" | "streamed" | "tight";

export interface Fit {
  readonly form: WeightForm;
  readonly kind: FitKind;
  /** Bytes of all weights in this form. */
  readonly totalBytes: number;
  /** Bytes of weights that are on the GPU at a time. */
  readonly heldBytes: number;
}

export function fitOf({ form, totalBytes, leastBytes }: FormNeed, budgetBytes: number): Fit {
  const room = budgetBytes * WEIGHTS_SHARE;
  if (totalBytes <= room) {
    return { form, kind: "resident", totalBytes, heldBytes: totalBytes };
  }
  const kind = leastBytes <= room ? "streamed" : "tight";
  return { form, kind, totalBytes, heldBytes: Math.max(leastBytes, Math.floor(room)) };
}

/** Returns the most exact form that stays on the GPU whole; if none does, the smallest one. */
export function recommended(fits: readonly Fit[]): Fit | undefined {
  return fits.find(({ kind }) => kind === "resident") ?? fits.at(-1);
}
