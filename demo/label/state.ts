/** What the Label view knows: the session that is open, what a model said, and what was fitted. */
import type { PairScores } from "../../src/label/label-rows.ts";
import type { LabelStatistics } from "../../src/label/statistics.ts";
import type { Task } from "../../src/label/order.ts";
import type { Answer, Vote } from "../../src/label/session.ts";
import type { PairFormat } from "../../src/pairs/formats.ts";
import type { PageFault } from "../base/faults.ts";
import type { Page, Part } from "../base/page.ts";
import type { KeptPair, SessionRecord, VoteDraft } from "../store/label-sessions.ts";
import type { FittedHead } from "./protocol.ts";
import type { KeyMap } from "./keys.ts";

/** What one judge said of the pairs so far. */
export interface Reading {
  /** The model, its form and its head. */
  readonly judge: string;
  readonly isPublished: boolean;
  /** By the number of the pair. */
  readonly scores: readonly (PairScores | undefined)[];
  readonly differences: readonly (Float32Array | undefined)[];
  /** Pairs that the model cannot read. */
  readonly failed: ReadonlySet<number>;
}

export interface OpenSession {
  readonly record: SessionRecord;
  readonly pairs: readonly KeptPair[];
  readonly plan: readonly Task[];
  readonly votes: readonly Vote[];
  readonly draft: VoteDraft;
  /** False if the browser keeps nothing for this page. */
  readonly isKept: boolean;
  /** When the pair came to be shown, by `performance.now`. */
  readonly shownAt: number;
  /** What the last vote was about; undefined after an undo. */
  readonly last: { readonly task: Task; readonly answer: Answer } | undefined;
  readonly reading: Reading | undefined;
}

export interface FittedTaste {
  readonly fitted: FittedHead;
  /** The file; undefined if the published head stays. */
  readonly file: File | undefined;
  /** The judge that it starts from. */
  readonly judge: string;
}

export interface Raters {
  readonly files: readonly string[];
  readonly statistics: LabelStatistics;
}

export interface LabelState {
  readonly session: OpenSession | undefined;
  /** Sessions that can be continued; undefined until they are read. */
  readonly kept: readonly (SessionRecord & { readonly votes: number })[] | undefined;
  readonly rater: string;
  readonly seed: number;
  readonly isOpening: boolean;
  /** True while a vote is being kept. */
  readonly isSaving: boolean;
  /** Whether the model's opinion of the last pair is shown. */
  readonly showsModel: boolean;
  /** Pairs that a model reads in the background. */
  readonly running: { readonly done: number; readonly total: number } | undefined;
  readonly isReadingOff: boolean;
  readonly keys: KeyMap;
  /** True if single keys do something. */
  readonly keysOn: boolean;
  /** The action whose new key is waited for. */
  readonly rebinding: string | undefined;
  /** The trainer whose form pairs are saved in. */
  readonly format: PairFormat;
  /** How many pairs, ties and others the last file of pairs was made of. */
  readonly exported: readonly [string, string, string] | undefined;
  readonly isFitting: boolean;
  readonly taste: FittedTaste | undefined;
  readonly raters: Raters | undefined;
  /** Rows of the files that could not be used, and what was left out. */
  readonly notes: readonly string[];
  readonly fault: PageFault | undefined;
  /** Addresses of pictures by the number of the pair. */
  readonly pictureUrls: ReadonlyMap<number, readonly string[]>;
}

export const labelling: Part<LabelState> = {
  name: "label",
  first: () => ({
    session: undefined,
    kept: undefined,
    rater: "",
    seed: 1,
    isOpening: false,
    isSaving: false,
    showsModel: true,
    running: undefined,
    isReadingOff: false,
    keys: {},
    keysOn: true,
    rebinding: undefined,
    format: "trl",
    exported: undefined,
    isFitting: false,
    taste: undefined,
    raters: undefined,
    notes: [],
    fault: undefined,
    pictureUrls: new Map(),
  }),
};

export function changeSession(page: Page, change: Partial<OpenSession>): void {
  const { session } = page.get(labelling);
  if (session !== undefined) page.change(labelling, { session: { ...session, ...change } });
}
