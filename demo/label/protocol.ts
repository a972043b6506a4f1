/** What Label asks of the workers: what teaches most, a fit, and the published head. */
import type { Adaptation, LabelledPair } from "../../src/adapt/adapt.ts";
import type { CurvePoint } from "../../src/adapt/curve.ts";
import type { KnownPair } from "../../src/label/teach.ts";
import type { LinearHead } from "../../src/load/own-head.ts";

export interface FittedHead {
  readonly adaptation: Adaptation;
  readonly curve: readonly CurvePoint[];
}

declare module "../engine/protocol.ts" {
  interface Requests {
    readonly teach: {
      readonly pairs: readonly (KnownPair | undefined)[];
      readonly labelled: readonly number[];
    };
    readonly fitTaste: {
      readonly pairs: readonly LabelledPair[];
      readonly isLinear: boolean;
      readonly seed: number;
    };
  }

  interface Results {
    readonly teach: Float64Array;
    readonly fitTaste: FittedHead;
  }

  interface LibraryRequests {
    /** The engine cannot read files any more. */
    readonly publishedHead: { readonly choice: ModelChoice };
  }

  interface LibraryResults {
    /** Undefined for a head that is not one linear layer. */
    readonly publishedHead: LinearHead | undefined;
  }
}
