/** What the Models view asks the worker, and what comes back. */
import type { Inspection } from "../../src/load/inspect.ts";
import type { StoredModel } from "../../src/store/model-store.ts";

export interface KeptModels {
  readonly models: readonly StoredModel[];
  readonly usedBytes: number | undefined;
  readonly quotaBytes: number | undefined;
}

/** What is to be deleted of a kept model. */
export interface Deletion {
  readonly name: string;
  /** True if its quantised copies stay: it loads from them. */
  readonly keepsCopies: boolean;
}

/** Whether a kept model is as it was stored. */
export interface KeptVerdict {
  readonly ok: boolean;
  readonly damagedBytes: number;
}

declare module "../engine/protocol.ts" {
  interface LibraryRequests {
    readonly inspect: { readonly from: ModelPlace; readonly token: string | undefined };
    /** Downloads a model into the store, without the GPU. */
    readonly download: { readonly choice: ModelChoice };
    readonly kept: object;
    readonly verify: { readonly name: string };
    readonly repair: { readonly name: string };
    readonly remove: Deletion;
  }

  interface LibraryResults {
    readonly inspect: Inspection;
    readonly download: undefined;
    readonly kept: KeptModels;
    readonly verify: KeptVerdict;
    readonly repair: KeptVerdict;
    readonly remove: KeptModels;
  }
}
