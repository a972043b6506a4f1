/** What the panel asks the worker: explanations that go on, and conversations to explain. */
import type { ExplainCost, ExplainRequest, Explanation } from "../../src/explain/types.ts";
import type { TokenStep } from "../engine/protocol.ts";

export interface ExplainAsk {
  /** One panel's explanation; the worker keeps its scores, so that it can go on. */
  readonly key: number;
  readonly request: ExplainRequest;
  /** How far it goes: the contrast alone, or the whole. */
  readonly upTo: "contrast" | "all";
  /** Scores more than were allowed so far, with finer parts. */
  readonly refine: boolean;
}

export interface Explained {
  readonly found: Explanation;
  readonly cost: ExplainCost;
  /** Values of the tokens of each response. */
  readonly steps: readonly (readonly TokenStep[])[];
}

declare module "../engine/protocol.ts" {
  interface Requests {
    readonly explain: { readonly ask: ExplainAsk };
  }

  interface Results {
    readonly explain: Explained;
  }
}
