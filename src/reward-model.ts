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
import { GpuError, InputError, WeightsError } from "./errors.ts";
import type { AdapterFacts } from "./gpu/device.ts";
import type { ModelConfig } from "./model/config.ts";
import { loadModel } from "./load/load.ts";
import type { LoadedModel } from "./load/load.ts";
import { runPass } from "./load/pass.ts";
import { PictureMemory } from "./load/picture-memory.ts";
import type { PictureWork } from "./load/picture-memory.ts";
import { inputFeatures } from "./load/input-states.ts";
import { prepare } from "./load/prepare.ts";
import { randomHeadMargins } from "./load/random-heads.ts";
import { decodeImage } from "./image/decode/decode.ts";
import type { Case, Prepared } from "./load/prepare.ts";
import { scoreOf } from "./load/outcome.ts";
import type { Computed } from "./load/outcome.ts";
import type { Reading } from "./load/pass.ts";
import type { Decisions } from "./decide/answers.ts";
import { isTie, preferenceProbability, rankValues } from "./preference/ranking.ts";
import type { RankedPlace } from "./preference/ranking.ts";
import { Arena } from "./pass/arena.ts";
import { findEqual, groupByPrefix, splitIntoPasses, tokensOf } from "./pass/group.ts";
import type { PackGroup } from "./pass/pack.ts";
import { checkOptions, show } from "./base/options.ts";
import {
  batchOf,
  caseOf,
  COMPARE_RULES,
  DECIDE_RULES,
  OUTPUT_RULES,
  rankConversations,
  rankedImages,
  rankInputs,
  SCORE_RULES,
  stepsCase,
} from "./text/template/requests.ts";
import { fieldsOf } from "./text/template/prompt-record.ts";
import type { PromptFields } from "./text/template/prompt-record.ts";
import { checkLoadOptions } from "./load/options.ts";
import type { LoadOptions } from "./load/options.ts";
import type {
  CompareOptions,
  ConversationInput,
  DecideOptions,
  DecideRequest,
  ImageInput,
  Kernels,
  OutputOptions,
  RankImagesRequest,
  RankInputsRequest,
  RankRequest,
  RawPixels,
  Score,
  ScoreInput,
  ScoreOptions,
  StageTimesMs,
  StepsRequest,
} from "./types.ts";
import type { OwnHead } from "./load/own-head.ts";
import type { ModelFolder } from "./files/resolve-source.ts";

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

/** Scores of one model that share its pictures: what `sharePictures` returns. */
export interface PictureSharing {
  /** As `RewardModel.score` of a list. */
  score(inputs: readonly ScoreInput[], options?: ScoreOptions): Promise<Score[]>;
  /** Decodes a picture as this model sees it. */
  decode(image: ImageInput, signal?: AbortSignal): Promise<RawPixels>;
  /**
   * Returns the margin of two conversations under heads that have the model's weights in random
   * order; undefined for a head that is not one linear layer.
   */
  randomHeads(
    pair: readonly [ConversationInput, ConversationInput],
    count: number,
    options?: { readonly seed?: number; readonly signal?: AbortSignal | undefined },
  ): Promise<number[] | undefined>;
  /**
   * What was computed so far: pictures and their tokens by the tower, all tokens by the decoder.
   */
  readonly work: PictureWork;
}

/** Loads again; `refused` says why the quantised copy is not to be read. */
type Reload = (refused: WeightsError | undefined) => Promise<LoadedModel>;

/** A lost device is replaced at most MAX_RECOVERIES times in RECOVERY_WINDOW_MS. */
const MAX_RECOVERIES = 3;
const RECOVERY_WINDOW_MS = 600_000;

/** What the pictures of a call, or of `sharePictures`, may take in JavaScript's memory. */
const PICTURE_BYTES = 256 * 2 ** 20;

export class RewardModel {
  /** The folder, as it was named. */
  readonly name: string;
  readonly config: ModelConfig;
  readonly adapter: AdapterFacts;
  /** The head of the user's that judges; undefined for the published one. */
  readonly head: OwnHead | undefined;
  #model: LoadedModel;
  #arena: Arena;
  #queue: Promise<unknown> = Promise.resolve();
  #isDisposed = false;
  /** When the model was loaded again after its device was lost. */
  #recoveries: number[] = [];
  readonly #reload: Reload;
  /** Resolves when the quantised form is stored; undefined before that work begins. */
  #keeping: Promise<boolean> | undefined;
  #leaving = new AbortController();

  private constructor(model: LoadedModel, reload: Reload) {
    this.name = model.name;
    this.config = model.config;
    this.head = model.head;
    this.adapter = model.device.adapter;
    this.#model = model;
    this.#arena = new Arena(model.device);
    this.#reload = reload;
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
    // A reload has no caller waiting for it: it takes no signal and reports no progress.
    const { signal, onProgress: _onProgress, ...kept } = options;
    const reload: Reload = (refused) => loadModel(from, kept, refused);
    const loading = loadModel(from, options);
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
  sharePictures({ maxBytes = PICTURE_BYTES }: { maxBytes?: number } = {}): PictureSharing {
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
      const expected = "a whole number of bytes above 0";
      throw new InputError({ where: "sharePictures, maxBytes", expected, got: show(maxBytes) });
    }
    let memory = new PictureMemory(maxBytes);
    let model = this.#model;
    const score = async (
      inputs: readonly ScoreInput[],
      options: ScoreOptions = {},
    ): Promise<Score[]> => {
      checkOptions("score", options, SCORE_RULES);
      return await this.#enqueue(options, async () => {
        // Weights that were loaded again may be in another form.
        if (model !== this.#model) memory = new PictureMemory(maxBytes);
        model = this.#model;
        return inputs.length === 0 ? [] : this.#scoreAll(inputs.map(caseOf), options, memory);
      });
    };
    return {
      score,
      decode: async (image, signal) =>
        await decodeImage(image, signal, this.#model.image.orientation),
      randomHeads: async (pair, count, { seed = 1, signal } = {}) =>
        await this.#enqueue({ signal }, async () => {
          const options = { features: true, signal };
          const scores = await this.#scoreAll(pair.map(caseOf), options, memory);
          const features = scores.map((one) => one.features);
          const states = [at(features, 0), at(features, 1)] as const;
          return await randomHeadMargins(this.#model, states, count, seed);
        }),
      get work() {
        return memory.work;
      },
    };
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
    return await this.#rankCases(rankedImages(request), options);
  }

  /**
   * Scores a solution step by step: a value for each step, and their least, product, last and mean.
   * @throws InputError if the model does not read steps
   */
  async scoreSteps(request: StepsRequest, options: ScoreOptions = {}): Promise<Score> {
    checkOptions("scoreSteps", options, SCORE_RULES);
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
    return await this.#enqueue(options, async () =>
      decide(this.#model, request, { temperature, labelMass, tokenIds }, (cases, isWhole) =>
        this.#compute(cases, isWhole, options),
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
    return await this.#enqueue(options, async () => {
      const { prepared } = await prepare(this.#model, [caseOf(input)], options.signal);
      const groups = [{ prefix: 0, members: [0] }];
      const { signal } = options;
      const request = { prepared, groups, isTraced: true, signal };
      const { outputs } = await runPass(this.#model, this.#arena, request);
      return new Map(outputs);
    });
  }

  /** Returns which fields of the model's own prompt hold pictures. */
  get pictureFields(): {
    readonly images: readonly string[];
    readonly pages: readonly string[];
    readonly sides: readonly string[];
  } {
    const all = this.#model.reward.passes.map(({ prompt }) => fieldsOf(prompt));
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
    return this.#model.text.pieces(list as number[]);
  }

  /** Returns the name of the head that is read, such as "value head". */
  get headName(): string {
    return this.#model.reward.origin;
  }

  /** Returns which kernels run here, and who chose them. */
  get kernels(): Kernels {
    const { profile, chosen } = this.#model;
    const { name, matmul, matmulQuantised, attention } = profile;
    return { profile: name, matmul, matmulQuantised, attention, chosen };
  }

  /** Returns the GPU bytes held now, by purpose. */
  get memory(): ModelMemory {
    const { holder, device } = this.#model;
    const { byteLength: weightBytes } = holder;
    const { byteLength: activationBytes } = this.#arena;
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
    if (this.#isDisposed) return false;
    this.#keeping ??= this.#model.keepCopy(this.#leaving.signal);
    return await this.#keeping;
  }

  /** Frees all GPU memory; calls that are queued come first, later ones are refused. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#queue.catch(() => {});
    await this.#free();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /**
   * Runs the work after earlier calls, and again on a new device if the device is lost. Aborting
   * returns immediately. The next call waits for what the aborted one still has on the GPU.
   */
  async #enqueue<T>({ signal }: ScoreOptions, work: () => Promise<T>): Promise<T> {
    if (this.#isDisposed) {
      throw new InputError({
        where: this.name,
        what: "the model was disposed of",
        todo: "Load it again",
      });
    }
    const result = this.#queue
      .catch(() => {})
      .then(async () => {
        signal?.throwIfAborted();
        try {
          return await work();
        } catch (error) {
          if (await this.#model.device.explains(error)) {
            await this.#recover(error);
          } else if (this.#model.isCopy && error instanceof WeightsError) {
            // Damage of the copy shows when it is read late: what it was made of is loaded.
            await this.#replaceModel(error);
          } else {
            throw error;
          }
          return await work();
        }
      });
    this.#queue = result;
    return await orAborted(signal, result);
  }

  /**
   * Loads the model again on a new device, a few times in a while: a GPU that keeps dying is left
   * alone.
   */
  async #recover(cause: unknown): Promise<void> {
    const now = performance.now();
    this.#recoveries = this.#recoveries.filter((time) => now - time < RECOVERY_WINDOW_MS);
    if (this.#recoveries.length >= MAX_RECOVERIES) {
      throw new GpuError({
        where: `GPU ${this.adapter.name}`,
        what: `the device was lost ${MAX_RECOVERIES + 1} times in ten minutes`,
        todo: "Close other pages that use the GPU, choose q8 or q4 weights, or a smaller memory budget",
        cause,
      });
    }
    this.#recoveries.push(now);
    await this.#replaceModel();
  }

  async #replaceModel(refused?: WeightsError): Promise<void> {
    await this.#free();
    this.#model = await this.#reload(refused);
    this.#arena = new Arena(this.#model.device);
  }

  async #free(): Promise<void> {
    this.#leaving.abort();
    await this.#keeping;
    this.#keeping = undefined;
    this.#leaving = new AbortController();
    this.#arena.destroy();
    await free(this.#model);
  }

  async #scoreMany(cases: readonly Case[], options: OutputOptions): Promise<Score[]> {
    return await this.#enqueue(options, async () =>
      cases.length === 0 ? [] : await this.#scoreAll(cases, options),
    );
  }

  async #scoreAll(
    cases: readonly Case[],
    options: OutputOptions,
    kept?: PictureMemory,
  ): Promise<Score[]> {
    const { reward } = this.#model;
    const isWhole = options.labelMass === true || reward.output.kind === "vocabulary";
    const { computed, timesMs } = await this.#compute(cases, isWhole, options, kept);
    void this.keepQuantised();
    const hasFeatures = options.features === true;
    return computed.map((own) => {
      const score = scoreOf(reward, own, timesMs());
      if (!hasFeatures) return score;
      const { inputStates } = at(own, 0).reading;
      return { ...score, features: featuresOf(own), inputFeatures: inputFeatures(inputStates) };
    });
  }

  /** Computes cases. @param isWhole whether shares of the vocabulary are asked for */
  async #compute(
    cases: readonly Case[],
    isWhole: boolean,
    options: ScoreOptions,
    kept?: PictureMemory,
  ): Promise<{ computed: Computed[][]; tokens: number; timesMs: () => StageTimesMs }> {
    const begin = performance.now();
    const { passTokens, vocabulary } = this.#model;
    const { signal } = options;
    const { prepared, owners, imagesMs, textMs } = await prepare(this.#model, cases, signal, kept);
    const keys = prepared.map(({ key }) => key);
    const firsts = findEqual(prepared.map(identityOf));
    const groups = groupByPrefix(keys, passTokens, [...new Set(firsts)]);
    const lengths = keys.map(({ length }) => length);
    const readings: Reading[] = [];
    let tokens = 0;
    const left = cases.map((_, i) => owners.filter((owner) => owner === i).length);
    let done = 0;
    let gpuMs = 0;
    const passes = splitIntoPasses(groups, lengths, passTokens);
    const isShared = passes.length > 1 && sharesPictures(passes, prepared);
    const memory = kept ?? (isShared ? new PictureMemory(PICTURE_BYTES) : undefined);
    for (const pass of passes) {
      const started = performance.now();
      const hasStates = options.features === true;
      const request = { prepared, groups: pass, hasStates, memory, signal };
      const { readingOf } = await runPass(this.#model, this.#arena, request);
      gpuMs += performance.now() - started;
      tokens += tokensOf(pass, lengths);
      const members = new Set(pass.flatMap((group) => group.members));
      for (const [i, first] of firsts.entries()) {
        if (!members.has(first)) continue;
        readings[i] = readingOf(first);
        const owner = at(owners, i);
        left[owner] = at(left, owner) - 1;
        if (left[owner] === 0) done += 1;
      }
      options.onProgress?.(done, cases.length);
    }
    const started = performance.now();
    const states = vocabulary ? readings.flatMap((reading) => reading.states.slice(0, 1)) : [];
    const hasSums = isWhole && vocabulary !== undefined && states.length > 0;
    const sums = hasSums ? (await vocabulary.logSums(states, signal)).values() : undefined;
    gpuMs += performance.now() - started;
    const computed: Computed[][] = cases.map(() => []);
    for (const [i, one] of prepared.entries()) {
      const logSum = sums?.next().value;
      at(computed, at(owners, i)).push({ prepared: one, reading: at(readings, i), logSum });
    }
    const timesMs = (): StageTimesMs => {
      const total = performance.now() - begin;
      return { images: imagesMs, text: textMs, gpu: gpuMs, total };
    };
    return { computed, tokens, timesMs };
  }
}

/** Returns what makes two computations the same: the tokens, the head and the labels. */
function identityOf({ key, pass, labels, reads }: Prepared): Uint32Array {
  const ids = labels?.ids ?? [];
  const identity = new Uint32Array(key.length + ids.length + 2);
  identity.set([pass, reads.length, ...ids]);
  identity.set(key, ids.length + 2);
  return identity;
}

/** Returns whether a picture is in more than one pass. */
function sharesPictures(
  passes: readonly (readonly PackGroup[])[],
  prepared: readonly Prepared[],
): boolean {
  const shown = passes.flatMap((pass) => {
    const members = pass.flatMap((group) => group.members);
    return [...new Set(members.flatMap((i) => at(prepared, i).pictures))];
  });
  return new Set(shown).size < shown.length;
}

/** Returns the states that the heads read, row after row. */
function featuresOf(computed: readonly Computed[]): Float32Array {
  const rows = computed.flatMap(({ reading }) => reading.states);
  const features = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  let begin = 0;
  for (const row of rows) {
    features.set(row, begin);
    begin += row.length;
  }
  return features;
}

async function free({ holder, vocabulary, device, close }: LoadedModel): Promise<void> {
  vocabulary?.destroy();
  holder.destroy();
  device.destroy();
  await close();
}
