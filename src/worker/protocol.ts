// Tested by: test/worker/engine.test.ts
/** What the client of a worker and the engine in it say to each other, beside `call-line.ts`. */
import type { AdapterFacts } from "../gpu/device.ts";
import type { LoadOptions } from "../load/options.ts";
import type { OwnHead } from "../load/own-head.ts";
import type { ModelMemory, RewardModel } from "../reward-model.ts";
import type { Kernels, Progress } from "../types.ts";

/** Options of a load that can be sent. */
export type SentLoadOptions = Omit<
  LoadOptions,
  "store" | "kernelMemory" | "gpu" | "decodeImage" | "signal" | "onProgress" | "onWarning"
> & {
  /** True for the store of this site, or the name of another one. */
  readonly store?: boolean | string | undefined;
};

/** What is known of a loaded model without asking again. */
export interface ModelFacts {
  readonly name: string;
  /** The name in config.json. */
  readonly architecture: string;
  /** False for text models, which see no picture. */
  readonly hasVision: boolean;
  readonly adapter: AdapterFacts;
  readonly head: OwnHead | undefined;
  readonly headName: string;
  readonly kernels: Kernels;
  readonly readsSteps: boolean;
  readonly ranksImages: boolean;
  readonly pictureFields: RewardModel["pictureFields"];
  readonly inputQuota: number;
  readonly memory: ModelMemory;
}

/** Calls of a model that take a request or two, and options. */
export const METHODS = [
  "score",
  "rank",
  "rankImages",
  "compare",
  "scoreSteps",
  "decide",
  "features",
  "trace",
  "measureInputUsage",
  "pieces",
  "keepQuantised",
  "decode",
] as const;

export type Method = (typeof METHODS)[number];

export interface EngineRequests {
  readonly load: {
    readonly call: "load";
    /** The client's number for the model. */
    readonly model: number;
    readonly from: unknown;
    readonly options: SentLoadOptions;
    /** Whether other clients of the same engine may get the same model. */
    readonly isShared: boolean;
  };
  readonly run: {
    readonly call: "run";
    readonly model: number;
    readonly method: Method;
    readonly args: readonly unknown[];
    /** Undefined for a call without options. */
    readonly options: object | undefined;
    /** Whether the caller wants to know what is done. */
    readonly reports: boolean;
  };
  /** A call that a worker of one's own answers beside those of a model. */
  readonly ask: {
    readonly call: "ask";
    readonly model: number;
    readonly name: string;
    readonly request: unknown;
  };
  readonly dispose: { readonly call: "dispose"; readonly model: number };
  readonly availability: {
    readonly call: "availability";
    readonly from: unknown;
    readonly options: object;
  };
  /** The first call of a client of a shared engine: a lock that it holds as long as it lives. */
  readonly watch: { readonly call: "watch"; readonly lock: string };
}

/** What comes before an answer. */
export type EngineReply =
  | { readonly reply: "progress"; readonly progress: Progress }
  | { readonly reply: "done"; readonly done: number; readonly total: number }
  /** Also without a call: a loaded model warns as long as it lives. */
  | { readonly reply: "warning"; readonly model: number; readonly message: string };

/** The answer to `run`. */
export interface RunResult {
  readonly value: unknown;
  readonly memory: ModelMemory;
}

/** What the page and its own workers say while they start. */
export type SetupMessage =
  | { readonly fetchPort: MessagePort }
  | { readonly servePort: MessagePort }
  | { readonly base: string };
