/** What Rank knows of a file of prompts: its rows, what they scored, and how they are shown. */
import type { RowPictures } from "../../base/row-pictures.ts";
import type { PageFault } from "../../base/faults.ts";
import type { Part } from "../../base/page.ts";
import type { ResponseScore } from "../../engine/protocol.ts";
import type { Judge } from "../../engine/state.ts";
import type { RowFilter, RowOrder } from "../../language/en/table.ts";
import type { PairFormat } from "../../../src/pairs/formats.ts";
import type { DropReason } from "../../../src/pairs/select.ts";
import type { RowPicture } from "../../../src/rows/media.ts";
import type { Conversation } from "../../../src/types.ts";

/** A prompt of the table with its responses. */
export interface PromptRow {
  /** Its place in the table, from 0. */
  readonly number: number;
  readonly id: string | number;
  /** The file and the row, for messages. */
  readonly where: string;
  /** The last question, as it is shown. */
  readonly prompt: string;
  /** The turns up to the responses; pictures as the row names them. */
  readonly messages: Conversation;
  readonly responses: readonly Conversation[];
  /** The responses as they are shown. */
  readonly texts: readonly string[];
  /** True if every response is one text: only such can be pairs for training. */
  readonly isPlain: boolean;
  readonly pictures: readonly RowPicture[];
  readonly group: string | undefined;
}

/** A row that cannot be ranked, and why. */
export interface WrongRow {
  readonly where: string;
  readonly reason: string;
}

export interface PromptTable {
  /** The names of the files. */
  readonly title: string;
  /** The tables, and the pictures that rows name. */
  readonly files: readonly File[];
  readonly rows: readonly PromptRow[];
  readonly wrong: readonly WrongRow[];
  /** Columns that were not read, in words. */
  readonly notes: readonly string[];
  readonly groups: readonly string[];
  readonly pictures: RowPictures;
  /** Addresses of pictures that were not fetched yet. */
  readonly far: readonly string[];
}

/** What became of a row: its scores, in the order of the responses, or why it has none. */
export type RowResult = { readonly scores: readonly ResponseScore[] } | { readonly fault: string };

export interface TableState {
  readonly table: PromptTable | undefined;
  /** Rows that were read and checked, of all. */
  readonly reading: { readonly done: number; readonly total: number } | undefined;
  /** What rows became, by their number. */
  readonly results: ReadonlyMap<number, RowResult>;
  /** What gave the scores; undefined before the first one. */
  readonly judge: Judge | undefined;
  readonly running:
    | {
        readonly done: number;
        readonly total: number;
        readonly rowsPerSecond: number | undefined;
      }
    | undefined;
  /** Pictures that were fetched, of all; undefined while none is. */
  readonly fetching: { readonly done: number; readonly total: number } | undefined;
  readonly filter: RowFilter;
  readonly order: RowOrder;
  /** Undefined for all groups. */
  readonly group: string | undefined;
  readonly shownPage: number;
  /** The number of the row that is open. */
  readonly open: number | undefined;
  /** Addresses of the pictures of rows that are shown; undefined for one that cannot be found. */
  readonly urls: ReadonlyMap<number, readonly (string | undefined)[]>;
  readonly format: PairFormat;
  readonly select: "best-worst" | "all";
  /** Least difference of the scores of a pair, as it was written. */
  readonly margin: string;
  /** What the last act came to, in words, and how many pairs were dropped why. */
  readonly told:
    | {
        readonly text: string;
        readonly dropped: readonly (readonly [DropReason, number])[];
      }
    | undefined;
  readonly fault: PageFault | undefined;
}

export const ranking: Part<TableState> = {
  name: "rank-table",
  first: () => ({
    table: undefined,
    reading: undefined,
    results: new Map(),
    judge: undefined,
    running: undefined,
    fetching: undefined,
    filter: "all",
    order: "table",
    group: undefined,
    shownPage: 0,
    open: undefined,
    urls: new Map(),
    format: "trl",
    select: "best-worst",
    margin: "0",
    told: undefined,
    fault: undefined,
  }),
};

interface KeepingRows {
  /** Keeps what rows became before they are shown: what a person has seen is not lost. */
  readonly keep:
    | ((results: readonly (readonly [number, RowResult])[]) => Promise<void>)
    | undefined;
}

export const keepingRows: Part<KeepingRows> = {
  name: "rank-keeping",
  first: () => ({ keep: undefined }),
};

/** Rows of a page of the table: more would make it slow to draw. */
export const ROWS_SHOWN = 50;
