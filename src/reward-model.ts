// Tested by: test/golden/goldens.gpu.test.ts
/**
 * RewardModel: a scoring from picture and text to number.
 *
 *   conversations → pictures and prompts → groups with common prefixes → packs
 *     → passes on the GPU → scores
 *
 * Calls queue up: the GPU computes one pass at a time, in the order of the calls.
 */
import { orAborted } from "./abort.ts";
import { at } from "./base/at.ts";
import { checkCharset } from "./base/charset.ts";
import { isObject } from "./base/json.ts";
import { checkOptions, show } from "./base/options.ts";
import { compute } from "./calls/compute.ts";
import { free, HeldModel } from "./calls/held-model.ts";
import type { Reload } from "./calls/held-model.ts";
import { scoreCases } from "./calls/score-cases.ts";
import { sharePictures } from "./calls/share-pictures.ts";
import type { PictureSharing } from "./calls/share-pictures.ts";
import type { Decisions } from "./decide/answers.ts";
import { InputError } from "./errors.ts";
import { overallProgress } from "./files/progress.ts";
import type { ModelFolder } from "./files/resolve-source.ts";
import type { AdapterFacts } from "./gpu/device.ts";
import type { Availability } from "./load/inspection/availability.ts";
import type { InspectOptions } from "./load/inspection/types.ts";
import { loadModel } from "./load/load.ts";
import type { LoadedModel } from "./load/load.ts";
import { inOwnWords } from "./load/aliases.ts";
import { checkLoadOptions } from "./load/options.ts";
import type { LoadOptions } from "./load/options.ts";
import type { OwnHead } from "./load/own-head.ts";
import { runPass } from "./load/pass.ts";
import { measure, prepare } from "./load/prepare.ts";
import type { Case } from "./load/prepare.ts";
import type { ModelConfig } from "./model/config.ts";
import { isTie, preferenceProbability, rankValues } from "./preference/ranking.ts";
import type { RankedPlace } from "./preference/ranking.ts";
import { fieldsOf, requiredFields } from "./text/template/prompt-record.ts";
import type { PromptFields } from "./text/template/prompt-record.ts";
import {
  batchOf,
  caseOf,
  COMPARE_RULES,
  DECIDE_RULES,
  MEASURE_RULES,
  OUTPUT_RULES,
  SCORE_RULES,
} from "./text/template/requests.ts";
import type {
  CompareOptions,
  DecideOptions,
  DecideRequest,
  Kernels,
  MeasureOptions,
  OutputOptions,
  RankImagesRequest,
  RankInputsRequest,
  RankRequest,
  Score,
  ScoreInput,
  ScoreOptions,
  StepsRequest,
} from "./types.ts";

/** GPU memory in bytes, by purpose. */
export interface ModelMemory {
  readonly weightBytes: number;
  /** Buffers that the tensors of passes share, kept from one pass to the next. */
  readonly activationBytes: number;
  /** Rows of weights on their way to their form, and values on their way back. */
  readonly transferBytes: number;
  /** All that lives on the device now: the three together. */
  readonly totalBytes: number;
  /** The most that lived together since the model was loaded on this device. */
  readonly peakBytes: number;
}

/** An activation, as the oracle names and shapes it. */
export interface TracedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Ranking {
  /** In the order of the responses. */
  readonly scores: readonly Score[];
  /** Best first. */
  readonly order: readonly RankedPlace[];
  /** The first of them. */
  readonly best: RankedPlace;
}

export interface Comparison {
  readonly a: Score;
  readonly b: Score;
  /** Value of a minus value of b. */
  readonly margin: number;
  /** P(a is preferred to b). */
  readonly probability: number;
  /** True if the values differ by rounding alone. */
  readonly isTie: boolean;
}

export class RewardModel {
  /** The folder, as it was named. */
  readonly name: string;
  /**
   * config.json as it was read.
   * @experimental its form may change in any version
   */
  readonly config: ModelConfig;
  readonly adapter: AdapterFacts;
  /** The head of the user's that judges; undefined for the published one. */
  readonly head: OwnHead | undefined;
  readonly #held: HeldModel;

  private constructor(model: LoadedModel, reload: Reload) {
    this.name = model.name;
    this.config = model.config;
    this.head = model.head;
    this.adapter = model.device.adapter;
    this.#held = new HeldModel(model, reload);
  }

  /**
   * Loads a published folder.
   * @param from `org/name@revision`, a folder's URL, a FileSystemDirectoryHandle, or a list of
   *   Files
   * @throws InputError, WeightsError, UnsupportedError, GpuError: see each class
   */
  static async fromPretrained(from: ModelFolder, options: LoadOptions = {}): Promise<RewardModel> {
    checkCharset();
    checkLoadOptions(options);
    const own = inOwnWords(from, options);
    // A reload has no caller waiting for it: it takes no signal and reports no progress.
    const { signal, onProgress, ...kept } = own.options;
    const reload: Reload = (refused) => loadModel(own.from, kept, refused);
    const loading = loadModel(own.from, {
      ...kept,
      signal,
      onProgress: overallProgress(onProgress),
    });
    try {
      return new RewardModel(await orAborted(signal, loading), reload);
    } catch (error) {
      // Aborting returns immediately; what the GPU still compiles and copies is freed when it
      // finishes.
      void loading.then(free, () => {});
      throw error;
    }
  }

  /**
   * Returns whether a model can be loaded here, what that would download and take on the GPU. Only
   * sizes, the configuration and the headers of the weights are read. For a model that cannot be
   * loaded, `status` is `unavailable`, and `reason` the error that loading would end with.
   */
  static async availability(
    from: ModelFolder,
    options: InspectOptions = {},
  ): Promise<Availability> {
    checkCharset();
    const { availabilityOf } = await import("./load/inspection/availability.ts");
    return await availabilityOf(from, options);
  }

  /**
   * Scores a conversation's last turn, or a case for the model's own prompt. Given several, it
   * computes their common beginnings once.
   */
  score(input: ScoreInput, options?: OutputOptions): Promise<Score>;
  score(inputs: readonly ScoreInput[], options?: OutputOptions): Promise<Score[]>;
  score(
    input: ScoreInput | readonly ScoreInput[],
    options?: OutputOptions,
  ): Promise<Score | Score[]>;
  async score(
    input: ScoreInput | readonly ScoreInput[],
    options: OutputOptions = {},
  ): Promise<Score | Score[]> {
    checkOptions("score", options, OUTPUT_RULES);
    const many = batchOf(input);
    if (many) return await this.#scoreMany(many.map(caseOf), options);
    return at(await this.#scoreMany([caseOf(input as ScoreInput)], options), 0);
  }

  /**
   * Returns a scorer for many calls about the same pictures: each picture is computed once,
   * whatever
   * text is around it. Pictures are compared as objects, so give the same one again. Nothing of
   * them stays on the GPU between calls, and there is nothing to free.
   * @throws InputError if `maxBytes` is not a whole number above 0
   */
  sharePictures({ maxBytes }: { maxBytes?: number } = {}): PictureSharing {
    return sharePictures(this.#held, maxBytes);
  }

  /**
   * Counts the tokens of an input, or of each of several, as `score` would read them: pictures,
   * template and all; of the longest pass if the model makes several. The GPU has no work, and a
   * running score is not waited for. `inputQuota` is the most that the model takes.
   * @throws InputError for an input that `score` refuses for another reason than its length
   */
  measureInputUsage(input: ScoreInput, options?: MeasureOptions): Promise<number>;
  measureInputUsage(
    inputs: readonly ScoreInput[],
    options?: MeasureOptions,
  ): Promise<readonly number[]>;
  async measureInputUsage(
    input: ScoreInput | readonly ScoreInput[],
    options: MeasureOptions = {},
  ): Promise<number | readonly number[]> {
    checkOptions("measureInputUsage", options, MEASURE_RULES);
    const many = batchOf(input);
    const cases = many ? many.map(caseOf) : [caseOf(input as ScoreInput)];
    const tokens = await measure(this.#held.model, cases, options.signal);
    return many ? tokens : at(tokens, 0);
  }

  /** Tokens of the longest input that the model takes. */
  get inputQuota(): number {
    return this.config.decoder.maxPositionEmbeddings;
  }

  /**
   * Orders responses to one prompt, or candidates for a field of the model's own prompt, best
   * first. What they share is computed once, each of them as a branch of it.
   * @throws InputError for no prompt or no response
   */
  async rank(
    request: RankRequest | RankInputsRequest,
    options: CompareOptions = {},
  ): Promise<Ranking> {
    checkOptions("rank", options, COMPARE_RULES);
    const { rankConversations, rankInputs } = await import("./text/template/rank-requests.ts");
    const cases =
      isObject(request) && "candidates" in request
        ? rankInputs(request as RankInputsRequest)
        : rankConversations(request as RankRequest).map(caseOf);
    return await this.#rankCases(cases, options);
  }

  /**
   * Orders pictures that were made for one prompt, best first.
   * @throws InputError if the model's prompt does not take `prompt` and `image`
   */
  async rankImages(request: RankImagesRequest, options: CompareOptions = {}): Promise<Ranking> {
    checkOptions("rankImages", options, COMPARE_RULES);
    const { rankedImages } = await import("./text/template/rank-requests.ts");
    return await this.#rankCases(rankedImages(request), options);
  }

  /**
   * Scores a solution step by step: a value for each step, and their least, product, last and mean.
   * @throws InputError if the model does not read steps
   */
  async scoreSteps(request: StepsRequest, options: ScoreOptions = {}): Promise<Score> {
    checkOptions("scoreSteps", options, SCORE_RULES);
    const { stepsCase } = await import("./text/template/rank-requests.ts");
    return at(await this.#scoreMany([stepsCase(request)], options), 0);
  }

  /**
   * Answers typed questions about a state and pictures: yes or no, a choice, a level. All questions
   * are branches of one prefix.
   * @param request in the shape that servers take at `/v1/systemone`, or at `/v1/decisions`
   * @throws InputError for another shape, or a model that answers no questions
   */
  async decide(request: DecideRequest, options: DecideOptions = {}): Promise<Decisions> {
    checkOptions("decide", options, DECIDE_RULES);
    const { temperature = 1, labelMass = true, tokenIds = false } = options;
    const { decide } = await import("./decide/decide.ts");
    return await this.#held.enqueue(options, async () =>
      decide(this.#held.model, request, { temperature, labelMass, tokenIds }, (cases, isWhole) =>
        compute(this.#held, cases, { ...options, isWhole }),
      ),
    );
  }

  async #rankCases(cases: readonly Case[], options: CompareOptions): Promise<Ranking> {
    const scores = await this.#scoreMany(cases, options);
    const values = scores.map(({ value }) => value);
    const order = rankValues(values, options.temperature);
    return { scores, order, best: at(order, 0) };
  }

  /**
   * Returns how far one conversation's response is ahead of another's, and how likely people are to
   * prefer it.
   */
  async compare(a: ScoreInput, b: ScoreInput, options: CompareOptions = {}): Promise<Comparison> {
    checkOptions("compare", options, COMPARE_RULES);
    const scores = await this.#scoreMany([a, b].map(caseOf), options);
    const [first, second] = [at(scores, 0), at(scores, 1)];
    return {
      a: first,
      b: second,
      margin: first.value - second.value,
      probability: preferenceProbability(first.value, second.value, options.temperature),
      isTie: isTie(first.value, second.value),
    };
  }

  /**
   * Returns the features of conversations or cases, in their order: the state that the head reads,
   * `[hidden]` f32 after the decoder's last norm; of heads that read several tokens one row each.
   * `score` with `features` gives both by one pass.
   * @throws InputError, GpuError as `score`
   */
  async features(
    inputs: readonly ScoreInput[],
    options: ScoreOptions = {},
  ): Promise<Float32Array[]> {
    checkOptions("features", options, SCORE_RULES);
    const scores = await this.#scoreMany(inputs.map(caseOf), { ...options, features: true });
    const features = scores.map((score) => score.features);
    return features.map((_, i) => at(features, i));
  }

  /**
   * Returns every activation of one conversation's pass, under the oracle's names. It helps to port
   * a model.
   */
  async trace(input: ScoreInput, options: ScoreOptions = {}): Promise<Map<string, TracedTensor>> {
    checkOptions("trace", options, SCORE_RULES);
    return await this.#held.enqueue(options, async () => {
      const { prepared } = await prepare(this.#held.model, [caseOf(input)], options.signal);
      const groups = [{ prefix: 0, members: [0] }];
      const { signal } = options;
      const request = { prepared, groups, isTraced: true, signal };
      const { outputs } = await runPass(this.#held.model, this.#held.arena, request);
      return new Map(outputs);
    });
  }

  /** Returns whether the model judges the steps of a solution: `scoreSteps` takes them. */
  get readsSteps(): boolean {
    return this.#held.model.reward.passes.every(({ prompt }) => {
      const { texts, lists } = fieldsOf(prompt);
      return lists.has("steps") && texts.has("question");
    });
  }

  /** Returns whether the model judges generated pictures by their prompts, as `rankImages` asks. */
  get ranksImages(): boolean {
    return this.#held.model.reward.passes.every(({ prompt }) => {
      const { images, texts } = fieldsOf(prompt);
      const missing = requiredFields(prompt).filter(
        (name) => !Object.hasOwn(prompt.defaults, name),
      );
      const isOwn = missing.every((name) => name === "prompt" || name === "image");
      return isOwn && images.has("image") && texts.has("prompt");
    });
  }

  /** Returns which fields of the model's own prompt hold pictures. */
  get pictureFields(): {
    readonly images: readonly string[];
    readonly pages: readonly string[];
    readonly sides: readonly string[];
  } {
    const all = this.#held.model.reward.passes.map(({ prompt }) => fieldsOf(prompt));
    const union = (of: (fields: PromptFields) => Iterable<string>): string[] => [
      ...new Set(all.flatMap((fields) => [...of(fields)])),
    ];
    return {
      images: union(({ images }) => images),
      pages: union(({ pages }) => pages),
      sides: union(({ sides }) => sides),
    };
  }

  /** Returns the text of each token, for display. */
  pieces(ids: Iterable<number>): readonly string[] {
    if (typeof ids !== "object" || ids === null) {
      throw new InputError({ where: "pieces", expected: "a list of token ids", got: show(ids) });
    }
    const list = Array.from<unknown>(ids);
    const bad = list.findIndex((id) => !Number.isInteger(id) || Number(id) < 0);
    if (bad >= 0) {
      const got = show(list[bad]);
      throw new InputError({ where: `pieces, ids[${bad}]`, expected: "a token id", got });
    }
    return this.#held.model.text.pieces(list as number[]);
  }

  /** Returns the name of the head that is read, such as "value head". */
  get headName(): string {
    return this.#held.model.reward.origin;
  }

  /** Returns which kernels run here, and who chose them. */
  get kernels(): Kernels {
    const { profile, chosen } = this.#held.model;
    const { name, matmul, matmulQuantised, attention } = profile;
    return { profile: name, matmul, matmulQuantised, attention, chosen };
  }

  /** Returns the GPU bytes held now, by purpose. */
  get memory(): ModelMemory {
    const { holder, device } = this.#held.model;
    const { byteLength: weightBytes } = holder;
    const { byteLength: activationBytes } = this.#held.arena;
    const { liveBytes: totalBytes, peakBytes } = device;
    const transferBytes = totalBytes - weightBytes - activationBytes;
    return { weightBytes, activationBytes, transferBytes, totalBytes, peakBytes };
  }

  /**
   * Waits until the store has the weights in their q8 or q4 form, so that the next visit reads
   * those. The work starts by itself after the first score; disposing of the model ends it.
   * @returns false if the form is not kept: no store, other weights, or a failure that a warning
   *   has reported
   */
  async keepQuantised(): Promise<boolean> {
    return await this.#held.keepQuantised();
  }

  /** Frees all GPU memory; calls that are queued come first, later ones are refused. */
  async dispose(): Promise<void> {
    await this.#held.dispose();
  }

  [Symbol.dispose](): void {
    void this.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #scoreMany(cases: readonly Case[], options: OutputOptions): Promise<Score[]> {
    return await this.#held.enqueue(options, async () => {
      const scores = await scoreCases(this.#held, cases, options);
      if (scores.length > 0) void this.keepQuantised();
      return scores;
    });
  }
}
