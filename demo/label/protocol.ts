/** What Label asks of the workers: states of pairs, a fit, and the published head. */
import type { Adaptation, LabelledPair } from "../../src/adapt/adapt.ts";
import type { CurvePoint } from "../../src/adapt/curve.ts";
import type { Conversation } from "../../src/types.ts";
import type { KnownPair } from "../../src/label/teach.ts";
import type { LinearHead } from "../../src/load/own-head.ts";

/** A conversation's score, and the state that the head read. */
export interface ReadState {
  readonly value: number;
  readonly features: Float32Array;
}

export interface FittedHead {
  readonly adaptation: Adaptation;
  readonly curve: readonly CurvePoint[];
}

declare module "../engine/protocol.ts" {
  interface Requests {
    readonly readStates: { readonly conversations: readonly Conversation[] };
    readonly teach: {
      readonly pairs: readonly (KnownPair | undefined)[];
      readonly labelled: readonly number[];
    };
    readonly fitTaste: {
      readonly pairs: readonly LabelledPair[];
      readonly isLinear: boolean;
      readonly seed: number;
    };
    /** Asked of the library: the engine cannot read files any more. */
    readonly publishedHead: { readonly choice: ModelChoice };
  }

  interface Results {
    readonly readStates: readonly ReadState[];
    readonly teach: Float64Array;
    readonly fitTaste: FittedHead;
    /** Undefined for a head that is not one linear layer. */
    readonly publishedHead: LinearHead | undefined;
  }
}
