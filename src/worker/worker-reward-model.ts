// Tested by: test/worker/worker.browser.test.ts
/**
 * WorkerRewardModel: a `RewardModel` that lives in a worker, so that the page's own thread stays
 * free for people. The calls, their answers and their errors are the same.
 */
import { InputError } from "../errors.ts";
import type { Decisions } from "../decide/answers.ts";
import type { ModelFolder } from "../files/resolve-source.ts";
import type { Availability } from "../load/inspection/availability.ts";
import type { LoadOptions } from "../load/options.ts";
import type {
  Comparison,
  ModelMemory,
  Ranking,
  RewardModel,
  TracedTensor,
} from "../reward-model.ts";
import type {
  CompareOptions,
  DecideOptions,
  DecideRequest,
  ImageInput,
  MeasureOptions,
  OutputOptions,
  RankImagesRequest,
  RankInputsRequest,
  RankRequest,
  RawPixels,
  Score,
  ScoreInput,
  ScoreOptions,
  StepsRequest,
} from "../types.ts";
import { Engine } from "./engine.ts";
import type { EngineModel } from "./engine.ts";
import type { EngineReply, Method, ModelFacts, RunResult, SentLoadOptions } from "./protocol.ts";
import { makeSendable } from "./sendable.ts";
import { startEngine } from "./start-engine.ts";
import type { StartOptions, WorkerOption } from "./started-engine.ts";

/** The calls that a model in this thread, in a worker or anywhere else has. */
export type Scorer = Pick<
  RewardModel,
  | "score"
  | "rank"
  | "rankImages"
  | "compare"
  | "decide"
  | "scoreSteps"
  | "features"
  | "trace"
  | "measureInputUsage"
  | "keepQuantised"
  | "dispose"
> &
  Disposable &
  AsyncDisposable &
  Omit<ModelFacts, "architecture" | "hasVision">;

export type WorkerLoadOptions = SentLoadOptions &
  Pick<LoadOptions, "signal" | "onProgress" | "onWarning"> & {
    /**
     * A worker that calls `serveRewardModel`; by default the ready one of the package. Models that
     * are given the same one live in one worker.
     */
    readonly worker?: WorkerOption | undefined;
    /**
     * Whether the engine runs where no request can be made once the model is loaded. Each such
     * model has workers of its own, made of a blob: the page's policy must allow `worker-src
     * blob:`.
     */
    readonly sealed?: boolean | undefined;
    /**
     * Whether the tabs of this site share one engine, and equal models in it, by a SharedWorker. A
     * browser without one gives each tab its own, with a warning.
     */
    readonly shared?: boolean | undefined;
    /** How long the worker may be silent before it is started again: 60,000 by default. */
    readonly silenceMs?: number | undefined;
  };

type Progressed = ScoreOptions & {
  /**
   * What is moved to the worker in place of being copied: bitmaps, buffers. A call that moves
   * something is not tried again in a new worker.
   */
  readonly transfer?: readonly Transferable[] | undefined;
};
/** Options of a call of one's own. */
export type AskOptions<Reply> = Pick<Progressed, "signal" | "transfer"> & {
  /** Called with what the worker tells before its answer, until the signal aborts. */
  readonly onReply?: ((reply: Reply) => void) | undefined;
};

type With<Options> = Options & Pick<Progressed, "transfer">;

/** One engine for all models that name the same worker. */
const engines = new Map<unknown, Engine>();

function engineOf(options: StartOptions, silenceMs: number | undefined): Engine {
  const { worker, sealed, shared } = options;
  const start = async (round: number) => await startEngine(options, round);
  if (sealed === true) return new Engine(start, silenceMs);
  const place = worker instanceof URL ? worker.href : (worker ?? "");
  const key = typeof place === "string" ? `${shared === true} ${place}` : place;
  const made = engines.get(key) ?? new Engine(start, silenceMs, () => engines.delete(key));
  engines.set(key, made);
  return made;
}

export class WorkerRewardModel implements Scorer {
  readonly #engine: Engine;
  readonly #model: EngineModel;
  /** Whether addresses of pictures are read here: a sealed worker cannot. */
  readonly #readsAddresses: boolean;
  #facts: ModelFacts;

  private constructor(engine: Engine, model: EngineModel, facts: ModelFacts, isSealed: boolean) {
    this.#engine = engine;
    this.#model = model;
    this.#facts = facts;
    this.#readsAddresses = isSealed;
  }

  /**
   * Loads a published folder in a worker.
   * @param from as `RewardModel.fromPretrained` takes it, but for a `Source`, which cannot be sent
   * @throws InputError, WeightsError, UnsupportedError, GpuError: see each class. UnsupportedError
   *   also if the page may start no worker
   */
  static async fromPretrained(
    from: Exclude<ModelFolder, { open: unknown }>,
    options: WorkerLoadOptions = {},
  ): Promise<WorkerRewardModel> {
    const { worker, sealed, shared, silenceMs, signal, onProgress, onWarning, ...sent } =
      checked(options);
    signal?.throwIfAborted();
    const warn = onWarning ?? (() => {});
    if (shared === true && typeof SharedWorker !== "function") {
      warn("shared: this browser has no SharedWorker. This tab has its own engine.");
    }
    const engine = engineOf({ worker, sealed, shared }, silenceMs);
    const { head } = sent;
    const request = {
      from: whole(from),
      options: {
        ...sent,
        ...(head === undefined ? {} : { head: whole(head) }),
      },
      isShared: shared === true,
    };
    const onReply = (reply: EngineReply): void => {
      if (reply.reply === "progress") onProgress?.(reply.progress);
    };
    const loading = engine.load(request, warn, { signal, onReply });
    const model = await withSendErrors("fromPretrained", loading);
    if (!model.facts) throw new Error("worker: loaded without facts");
    return new WorkerRewardModel(engine, model, model.facts, sealed === true);
  }

  /**
   * Returns whether a model can be loaded here, and what that takes, before anything is
   * downloaded: as `RewardModel.availability`, in a worker.
   */
  static async availability(
    from: Exclude<ModelFolder, { open: unknown }>,
    options: WorkerLoadOptions = {},
  ): Promise<Availability> {
    const { worker, shared, silenceMs, signal, ...rest } = checked(options);
    const { token, endpoint, store, revision } = rest;
    const engine = engineOf({ worker, shared }, silenceMs);
    const ask = { call: "availability" as const, from: whole(from) };
    const asked = engine.ask<Availability>(
      { ...ask, options: { token, endpoint, store, revision } },
      { signal },
    );
    return await withSendErrors("availability", asked);
  }

  /** Scores as `RewardModel.score`. */
  score(input: ScoreInput, options?: With<OutputOptions>): Promise<Score>;
  score(inputs: readonly ScoreInput[], options?: With<OutputOptions>): Promise<Score[]>;
  score(
    input: ScoreInput | readonly ScoreInput[],
    options?: With<OutputOptions>,
  ): Promise<Score | Score[]>;
  async score(
    input: ScoreInput | readonly ScoreInput[],
    options: With<OutputOptions> = {},
  ): Promise<Score | Score[]> {
    return await this.#run("score", [input], options);
  }

  /** Orders responses as `RewardModel.rank`. */
  async rank(
    request: RankRequest | RankInputsRequest,
    options: With<CompareOptions> = {},
  ): Promise<Ranking> {
    return await this.#run("rank", [request], options);
  }

  /** Orders pictures as `RewardModel.rankImages`. */
  async rankImages(
    request: RankImagesRequest,
    options: With<CompareOptions> = {},
  ): Promise<Ranking> {
    return await this.#run("rankImages", [request], options);
  }

  /** Compares as `RewardModel.compare`. */
  async compare(
    a: ScoreInput,
    b: ScoreInput,
    options: With<CompareOptions> = {},
  ): Promise<Comparison> {
    return await this.#run("compare", [a, b], options);
  }

  /** Scores steps as `RewardModel.scoreSteps`. */
  async scoreSteps(request: StepsRequest, options: ScoreOptions = {}): Promise<Score> {
    return await this.#run("scoreSteps", [request], options);
  }

  /** Answers questions as `RewardModel.decide`. */
  async decide(request: DecideRequest, options: With<DecideOptions> = {}): Promise<Decisions> {
    return await this.#run("decide", [request], options);
  }

  /** Returns features as `RewardModel.features`. */
  async features(
    inputs: readonly ScoreInput[],
    options: With<ScoreOptions> = {},
  ): Promise<Float32Array[]> {
    return await this.#run("features", [inputs], options);
  }

  /** Returns activations as `RewardModel.trace`. */
  async trace(
    input: ScoreInput,
    options: With<ScoreOptions> = {},
  ): Promise<Map<string, TracedTensor>> {
    return await this.#run("trace", [input], options);
  }

  /** Counts tokens as `RewardModel.measureInputUsage`. */
  measureInputUsage(input: ScoreInput, options?: MeasureOptions): Promise<number>;
  measureInputUsage(
    inputs: readonly ScoreInput[],
    options?: MeasureOptions,
  ): Promise<readonly number[]>;
  async measureInputUsage(
    input: ScoreInput | readonly ScoreInput[],
    options: MeasureOptions = {},
  ): Promise<number | readonly number[]> {
    return await this.#run("measureInputUsage", [input], options);
  }

  /** Decodes a picture as the model sees it: with it, `explain` goes over this model too. */
  async decode(image: ImageInput, signal?: AbortSignal): Promise<RawPixels> {
    return await this.#run("decode", [image], undefined, signal);
  }

  /** Returns the text of each token, for display. In another thread this takes a moment. */
  async pieces(ids: Iterable<number>): Promise<readonly string[]> {
    return await this.#run("pieces", [[...ids]], undefined);
  }

  /** Waits until the store has the weights in their form, as `RewardModel.keepQuantised`. */
  async keepQuantised(): Promise<boolean> {
    return await this.#run("keepQuantised", [], undefined);
  }

  /**
   * Asks a call of a worker of one's own: one of those that it gave to `serveRewardModel`. What is
   * sent and what comes back must survive a structured clone. After an abort the worker's answer
   * decides, for it may have a part of the result.
   * @param name the call's name there
   * @throws InputError if the worker has no such call; what the call itself throws
   */
  async ask<Result, Reply = never>(
    name: string,
    request: unknown,
    { signal, onReply, transfer }: AskOptions<Reply> = {},
  ): Promise<Result> {
    signal?.throwIfAborted();
    const asked = this.#engine.run<Result>(
      this.#model,
      { call: "ask", model: this.#model.request.model, name, request },
      {
        signal,
        transfer,
        waitsForAnswer: true,
        onReply: onReply as ((reply: unknown) => void) | undefined,
      },
    );
    return await withSendErrors(name, asked);
  }

  /** Frees the model. The worker ends with its last one. */
  async dispose(): Promise<void> {
    await this.#engine.dispose(this.#model);
  }

  [Symbol.dispose](): void {
    void this.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  get name(): string {
    return this.#facts.name;
  }
  /** The name in config.json. */
  get architecture(): string {
    return this.#facts.architecture;
  }
  /** False for text models, which see no picture. */
  get hasVision(): boolean {
    return this.#facts.hasVision;
  }
  get adapter(): ModelFacts["adapter"] {
    return this.#facts.adapter;
  }
  get head(): ModelFacts["head"] {
    return this.#facts.head;
  }
  get headName(): string {
    return this.#facts.headName;
  }
  get kernels(): ModelFacts["kernels"] {
    return this.#facts.kernels;
  }
  get readsSteps(): boolean {
    return this.#facts.readsSteps;
  }
  get ranksImages(): boolean {
    return this.#facts.ranksImages;
  }
  get pictureFields(): ModelFacts["pictureFields"] {
    return this.#facts.pictureFields;
  }
  get inputQuota(): number {
    return this.#facts.inputQuota;
  }
  /** GPU bytes by purpose, as they were after the last call. */
  get memory(): ModelMemory {
    return this.#facts.memory;
  }

  async #run<Result>(
    method: Method,
    args: readonly unknown[],
    options: Partial<Progressed> | undefined,
    abort?: AbortSignal,
  ): Promise<Result> {
    if (options !== undefined && (typeof options !== "object" || options === null)) {
      throw new InputError({
        where: `${method}, options`,
        expected: "an object",
        got: typeof options,
      });
    }
    const { signal = abort, onProgress, transfer, ...sent } = options ?? {};
    signal?.throwIfAborted();
    const sendable = await makeSendable(args, this.#readsAddresses);
    try {
      const running = this.#engine.run<RunResult>(
        this.#model,
        {
          call: "run",
          model: this.#model.request.model,
          method,
          args: sendable.value as readonly unknown[],
          options: options && sent,
          reports: onProgress !== undefined,
        },
        {
          signal,
          transfer,
          onReply: (reply) => {
            if (reply.reply === "done") onProgress?.(reply.done, reply.total);
          },
        },
      );
      const result = await withSendErrors(method, running);
      this.#facts = { ...(this.#model.facts ?? this.#facts), memory: result.memory };
      return result.value as Result;
    } finally {
      sendable.close();
    }
  }
}

/** Options that are objects with methods stay in their thread. */
const UNSENT = {
  store: "true, or the store's name: the worker opens it",
  kernelMemory: "nothing: the worker has its own",
  gpu: "nothing: the worker has its own",
  decodeImage: "nothing: the worker's browser decodes",
};

function checked(options: WorkerLoadOptions): WorkerLoadOptions {
  for (const [name, expected] of Object.entries(UNSENT)) {
    const value: unknown = Reflect.get(options, name);
    if ((typeof value === "object" && value !== null) || typeof value === "function") {
      throw new InputError({ where: name, expected, got: `a value of type ${typeof value}` });
    }
  }
  return options;
}

/** Returns the whole address of one that is relative to the page: a worker has another place. */
function whole<T>(from: T): T | string {
  // Turbopack's URLs of files are relative ones.
  if (from instanceof URL) return URL.parse(from.href, document.baseURI)?.href ?? from.href;
  if (typeof from !== "string" || !/^\.{0,2}\//.test(from)) return from;
  return URL.parse(from, document.baseURI)?.href ?? from;
}

/** Words the browser's error for what cannot be sent to another thread. */
async function withSendErrors<T>(where: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "DataCloneError") throw error;
    throw new InputError({
      where,
      what: "cannot be sent to a worker",
      got: error.message.replace(/\.$/, ""),
      todo: "Give texts, numbers, files, and pictures that are open and that this page may read",
      cause: error,
    });
  }
}
