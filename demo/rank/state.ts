/** What the Rank view knows: the responses as they were pasted, and the last ranking. */
import type { ScoredImage } from "../../src/types.ts";
import type { PageFault } from "../base/faults.ts";
import type { Part } from "../base/page.ts";
import type { Picture } from "../draft/state.ts";
import { readPasted } from "./pasted.ts";

export interface RankResult {
  readonly model: string;
  /** The file of the own head that judged; undefined for the published one. */
  readonly ownHead: string | undefined;
  readonly prompt: string;
  readonly picture: Picture | undefined;
  /** The size at which the model saw the picture. */
  readonly image: ScoredImage | undefined;
  readonly responses: readonly string[];
  /** In the order of the responses. */
  readonly values: readonly number[];
}

/** What the pasted text says, read when it changes. */
export type ReadText = ReturnType<typeof readPasted>;

export interface RankState {
  /** One response a line, or JSON. */
  readonly text: string;
  readonly read: ReadText;
  readonly running: { readonly done: number; readonly total: number } | undefined;
  readonly result: RankResult | undefined;
  readonly fault: PageFault | undefined;
}

export const rank: Part<RankState> = {
  name: "rank",
  first: () => ({
    text: "",
    read: readPasted(""),
    running: undefined,
    result: undefined,
    fault: undefined,
  }),
};
