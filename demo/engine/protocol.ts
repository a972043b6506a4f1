/**
 * What the page and its workers say to each other, beside the calls of a model: results as the page
 * shows them, and calls of the page's own. Everything survives a structured clone.
 */
import type {
  Kernels,
  ScoredImage,
  StageProgress,
  StageTimesMs,
  WeightForm,
} from "../../src/types.ts";
import type { Explanation } from "../../src/explain/types.ts";
import type { ReferenceSet } from "../../src/reference/reference-set.ts";
import type { RewardModel } from "../../src/reward-model.ts";
import type { TriedChannel } from "../../src/sealed/channels.ts";
import type { ServedCall } from "../../src/worker/serve-calls.ts";
import type { MadeRequest } from "../base/requests.ts";

/** One step of a response: the text of its tokens and the value head there. */
export interface TokenStep {
  readonly text: string;
  readonly value: number;
  /** `start` is the last token before the response, `end` a token of the template after it. */
  readonly part: "start" | "response" | "end";
}

/** One response's score with the way that led to it; the last step's value is the score. */
export interface ResponseScore {
  readonly value: number;
  readonly steps: readonly TokenStep[];
  /** Tokens of the whole conversation. */
  readonly tokens: number;
  readonly images: readonly ScoredImage[];
  readonly timesMs: StageTimesMs;
  /** Undefined without a reference set. */
  readonly reading?: ScoreReading | undefined;
  /** Of a model that judges the steps of a solution. */
  readonly solution?: SolutionScore | undefined;
}

/** A value for each step of a solution, and what they come to. */
export interface SolutionScore {
  readonly steps: readonly { readonly text: string; readonly value: number }[];
  readonly min: number;
  readonly product: number;
  readonly last: number;
}

/** What a model's reference set says of a score and of its input. */
export interface ScoreReading {
  /** Share of the reference answers with a lower score. */
  readonly percentile: number;
  /** How unlike the reference rows the input is: above 1 it is outside. */
  readonly ratio: number;
  /** What of the input is the farthest. */
  readonly part: "picture" | "question";
}

/** How the scores of a model are read, from its reference set. */
export interface Calibration {
  /** T of P(a over b) = σ((a − b) / T). */
  readonly temperature: number;
  /** Labelled pairs that it was measured on. */
  readonly pairs: number;
}

/** The GPU that does the work. */
export interface AdapterName {
  readonly name: string;
  /** True if the CPU acts as the GPU. */
  readonly software: boolean;
}

export interface LoadedModel {
  readonly name: string;
  readonly adapter: AdapterName;
  readonly kernels: Kernels;
  /** The name in config.json. */
  readonly architecture: string;
  /** False for text models, which see no picture. */
  readonly hasVision: boolean;
  /** True if it judges generated pictures by their prompts. */
  readonly ranksImages: boolean;
  /** The form in which the weights are held. */
  readonly form: WeightForm;
  /** The name of the head that is read. */
  readonly head: string;
  /** The file of the person's own head that judges; undefined for the published one. */
  readonly ownHead?: string | undefined;
  /** Tokens of the longest conversation that it takes. */
  readonly maxTokens: number;
  /** Undefined for a model without a reference set: its numbers are uncalibrated. */
  readonly calibration?: Calibration | undefined;
}

/** A model's folder: `org/name@revision`, an address, or what a person chose on this machine. */
export type ModelPlace = string | FileSystemDirectoryHandle | readonly File[];

/** A model and how it is to be loaded. */
export interface ModelChoice {
  readonly from: ModelPlace;
  /** Access token of the hub. It lives in this tab's memory and nowhere else. */
  readonly token?: string | undefined;
  /** Whether the download is kept for the next visit. */
  readonly keep: boolean;
  /** True if it is loaded only if this browser has it whole: nobody has asked for a download. */
  readonly mustBeKept?: boolean;
  readonly weights: WeightForm;
  /** GPU bytes that weights and activations may take. */
  readonly memoryBudgetBytes: number;
  /** A head of the person's own, in place of the published one. */
  readonly head?: File | undefined;
  /** GPU bytes that its weights take; undefined for those of the model that is loaded. */
  readonly heldBytes?: number | undefined;
}

/**
 * What this page's own calls of the engine take and give back, beside the calls of a model. A view
 * that asks for more adds its calls in its own folder.
 */
export interface Requests {
  /** Tries the ways from the engine to the network. */
  readonly prove: { readonly address: string };
}

export interface Results {
  readonly prove: readonly TriedChannel[];
}

/** What the library's worker is asked: it may use the network, and sees no picture and no text. */
export interface LibraryRequests {
  /** By what the scores of a model are read, once it is loaded. */
  readonly reference: Pick<ModelChoice, "from" | "weights" | "keep">;
}

export interface LibraryResults {
  readonly reference: ReferenceSet | undefined;
}

/** What comes before an answer. */
export type OwnReply =
  /** Conversations, bytes or pairs that are done, of all. */
  | { readonly reply: "done"; readonly done: number; readonly total: number }
  /** How far a download is. */
  | { readonly reply: "progress"; readonly progress: StageProgress }
  /** What an explanation knows so far. */
  | { readonly reply: "found"; readonly found: Explanation };

export type Line = ServedCall<OwnReply>;

/** A function for each call of the engine. A room of the page answers its own calls. */
export type Answers<Names extends keyof Requests> = {
  readonly [Name in Names]: (
    request: Requests[Name],
    line: Line,
    model: RewardModel,
  ) => Promise<Results[Name]>;
};

/** A function for each call of the library. */
export type LibraryAnswers<Names extends keyof LibraryRequests> = {
  readonly [Name in Names]: (
    request: LibraryRequests[Name],
    line: Line,
  ) => Promise<LibraryResults[Name]>;
};

/** What the library says unasked: requests that it made. */
export interface RequestNews {
  readonly requests: readonly MadeRequest[];
}

/** Reports how many conversations, bytes or pairs are done, of all. */
export function tellDone(line: Line): (done: number, total: number) => void {
  return (done, total) => line.tell({ reply: "done", done, total });
}
