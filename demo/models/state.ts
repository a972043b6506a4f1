/**
 * The state of the Models view: the chosen model, what was found of it, the models that this
 * browser keeps.
 */
import { DEFAULT_BUDGET_BYTES } from "../../src/load/budget.ts";
import type { Inspection } from "../../src/load/inspect.ts";
import type { WeightForm } from "../../src/types.ts";
import type { PageFault } from "../base/faults.ts";
import type { Part } from "../base/page.ts";
import type { ModelPlace } from "../engine/protocol.ts";
import type { Deletion, KeptModels } from "./protocol.ts";

export type PlaceKind = "embedded" | "hub" | "disk" | "url";

/** A model that was looked at, and can be loaded. */
export interface Seen {
  readonly from: ModelPlace;
  readonly token: string | undefined;
  readonly inspection: Inspection;
}

/** What is being done to a kept model, or was found out about it. */
export interface KeptNote {
  readonly name: string;
  readonly text: string;
  readonly isRunning: boolean;
  /** True if a check found damage: it can be repaired. */
  readonly isDamaged: boolean;
}

export interface ModelsState {
  readonly place: PlaceKind;
  readonly hubId: string;
  /** In memory only. */
  readonly token: string;
  readonly url: string;
  /** What was chosen on this machine, and how it is called. */
  readonly chosen: { readonly from: ModelPlace; readonly label: string } | undefined;
  readonly isLooking: boolean;
  readonly seen: Seen | undefined;
  readonly fault: PageFault | undefined;
  /** Undefined: the recommended one. */
  readonly form: WeightForm | undefined;
  readonly budgetGiB: number;
  readonly keep: boolean;
  /** Undefined before the store was asked, or if the browser has none. */
  readonly kept: KeptModels | undefined;
  readonly keptFault: PageFault | undefined;
  readonly note: KeptNote | undefined;
  /** What waits for a second press to be deleted. */
  readonly doomed: Deletion | undefined;
  /** What the browser answered when it was asked to keep the store. */
  readonly isPersistent: boolean | undefined;
}

export const BUDGETS_GIB: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 48, 96];
export const GIB: number = 2 ** 30;

export const models: Part<ModelsState> = {
  name: "models",
  first: () => ({
    place: "hub",
    hubId: "",
    token: "",
    url: "",
    chosen: undefined,
    isLooking: false,
    seen: undefined,
    fault: undefined,
    form: undefined,
    budgetGiB: DEFAULT_BUDGET_BYTES / GIB,
    keep: true,
    kept: undefined,
    keptFault: undefined,
    note: undefined,
    doomed: undefined,
    isPersistent: undefined,
  }),
};
