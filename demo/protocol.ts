/**
 * What the page and its worker say to each other.
 *
 * The page calls (`load`, `score`, …) and may abort a call by its id. The worker answers each call with any number of
 * `progress`, `done` and `warning` replies and exactly one `result` or `error`. Everything survives a structured clone:
 * errors travel as their code and message, because a clone drops the class of an error.
 */
import type {
  Conversation,
  Kernels,
  Progress,
  ScoredImage,
  StageTimesMs,
  WeightForm,
} from "../src/types.ts";
import type { ReportRequest, ReportResult } from "./report-protocol.ts";
import type { StoredModel } from "../src/store/model-store.ts";

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
}

/** The GPU that does the work. */
export interface AdapterName {
  readonly name: string;
  /** True where the CPU plays the GPU. */
  readonly software: boolean;
}

export interface LoadedModel {
  readonly name: string;
  readonly adapter: AdapterName;
  readonly kernels: Kernels;
  /** As config.json names it. */
  readonly architecture: string;
  /** False for text models, which see no picture. */
  readonly hasVision: boolean;
}

/** Where a model's folder is: `org/name@revision`, an address, or what a person chose on this machine. */
export type ModelPlace = string | FileSystemDirectoryHandle | readonly File[];

/** A model and how it is to be loaded. */
export interface ModelChoice {
  readonly from: ModelPlace;
  /** Access token of the hub. It lives in this tab's memory and nowhere else. */
  readonly token?: string | undefined;
  /** Whether the download is kept for the next visit. */
  readonly keep: boolean;
  readonly weights: WeightForm;
  /** GPU bytes that weights and activations may take. */
  readonly memoryBudgetBytes: number;
}

/** What the weights of a model take on the GPU in one form. */
export interface FormNeed {
  readonly form: WeightForm;
  /** All of them at once. */
  readonly totalBytes: number;
  /** The least with which they can pass through: two groups, one that computes and one that is read. */
  readonly leastBytes: number;
}

/** What is known of a model before it is loaded: sizes and headers, not a byte of a weight. */
export interface Inspection {
  readonly name: string;
  readonly architecture: string;
  readonly hasVision: boolean;
  readonly files: readonly { readonly path: string; readonly byteLength: number }[];
  /** True where the files are on this machine and need no download. */
  readonly isLocal: boolean;
  /** Bytes of it that this browser has kept; undefined where it may keep nothing. */
  readonly keptBytes: number | undefined;
  /** What the browser says of this site's space. */
  readonly freeBytes: number | undefined;
  readonly needs: readonly FormNeed[];
  /** What this adapter binds at most; larger matrices are split by rows. */
  readonly maxBindingBytes: number;
}

export interface KeptModels {
  readonly models: readonly StoredModel[];
  readonly usedBytes: number | undefined;
  readonly quotaBytes: number | undefined;
}

/** What is to be deleted of a kept model. */
export interface Deletion {
  readonly name: string;
  /** True where its quantised copies stay: it loads from them. */
  readonly keepsCopies: boolean;
}

/** Whether a kept model is as it was stored. */
export interface KeptVerdict {
  readonly ok: boolean;
  readonly damagedBytes: number;
}

/** Who must act: the four classes of the engine, a defect of the page, or nobody (the user stopped it). */
export type FaultCode = "input" | "weights" | "unsupported" | "gpu" | "defect" | "aborted";

export interface PageFault {
  readonly code: FaultCode;
  readonly message: string;
}

/** What each call takes. */
export interface Requests {
  readonly load: { readonly choice: ModelChoice };
  readonly score: { readonly conversations: readonly Conversation[] };
  readonly inspect: { readonly from: ModelPlace; readonly token: string | undefined };
  readonly kept: object;
  readonly verify: { readonly name: string };
  readonly repair: { readonly name: string };
  readonly remove: Deletion;
  readonly report: { readonly request: ReportRequest };
  /** The picture of a row of the last report. */
  readonly reportPicture: { readonly row: number };
}

/** What each call gives back. */
export interface Results {
  readonly load: LoadedModel;
  readonly score: readonly ResponseScore[];
  readonly inspect: Inspection;
  readonly kept: KeptModels;
  readonly verify: KeptVerdict;
  readonly repair: KeptVerdict;
  readonly remove: KeptModels;
  readonly report: ReportResult;
  readonly reportPicture: { readonly picture: Blob };
}

export type CallName = keyof Requests;

/** A call with its id. */
export type CallOf<K extends CallName> = K extends CallName
  ? { readonly id: number; readonly call: K } & Requests[K]
  : never;

export type Call = CallOf<CallName> | { readonly id: number; readonly call: "abort" };

export type Reply =
  | { readonly id: number; readonly reply: "progress"; readonly progress: Progress }
  | { readonly id: number; readonly reply: "done"; readonly done: number; readonly total: number }
  | { readonly id: number; readonly reply: "warning"; readonly message: string }
  | { readonly id: number; readonly reply: "result"; readonly result: Results[CallName] }
  | { readonly id: number; readonly reply: "error"; readonly fault: PageFault };
