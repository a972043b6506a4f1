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
import { GpuError, InputError, WeightsError } from "./errors.ts";
import type { AdapterFacts } from "./gpu/device.ts";
import type { ModelConfig } from "./model/config.ts";
import { loadModel } from "./load/load.ts";
import type { LoadedModel } from "./load/load.ts";
import { runPass } from "./load/pass.ts";
import { PictureMemory } from "./load/picture-memory.ts";
import type { PictureWork } from "./load/picture-memory.ts";
import { prepare } from "./load/prepare.ts";
import type { Prepared } from "./load/prepare.ts";
import { isTie, preferenceProbability, rankValues } from "./preference/ranking.ts";
import type { RankedPlace } from "./preference/ranking.ts";
import { Arena } from "./pass/arena.ts";
import { findEqual, groupByPrefix, splitIntoPasses } from "./pass/group.ts";
import type { PackGroup } from "./pass/pack.ts";
import { checkOptions, show } from "./base/options.ts";
import {
  batchOf,
  COMPARE_RULES,
  rankConversations,
  SCORE_RULES,
} from "./text/template/requests.ts";
import { checkLoadOptions } from "./load/options.ts";
import type { LoadOptions } from "./load/options.ts";
import type {
  CompareOptions,
  ConversationInput,
  Kernels,
  RankRequest,
  Score,
  ScoreOptions,
  StageTimesMs,
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
  score(conversations: readonly ConversationInput[], options?: ScoreOptions): Promise<Score[]>;
  /** What was computed so far: pictures and their tokens by the tower, all tokens by the decoder. */
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

  /** Scores a conversation's last turn. Given several, it computes their common beginnings once. */
  score(conversation: ConversationInput, options?: ScoreOptions): Promise<Score>;
  score(conversations: readonly ConversationInput[], options?: ScoreOptions): Promise<Score[]>;
  score(
    input: ConversationInput | readonly ConversationInput[],
    options?: ScoreOptions,
  ): Promise<Score | Score[]>;
  async score(
    input: ConversationInput | readonly ConversationInput[],
    options: ScoreOptions = {},
  ): Promise<Score | Score[]> {
    checkOptions("score", options, SCORE_RULES);
    const many = batchOf(input);
    if (many) return await this.#scoreMany(many, options);
    return at(await this.#scoreMany([input as ConversationInput], options), 0);
  }

  /**
   * Returns a scorer for many calls about the same pictures: each picture is computed once, whatever
   * text is around it. Pictures are told apart as objects, so give the same one again. Nothing of
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
      conversations: readonly ConversationInput[],
      options: ScoreOptions = {},
    ): Promise<Score[]> => {
      checkOptions("score", options, SCORE_RULES);
      return await this.#enqueue(options, async () => {
        // Weights that were loaded again may be in another form.
        if (model !== this.#model) memory = new PictureMemory(maxBytes);
        model = this.#model;
        return conversations.length === 0 ? [] : this.#scoreAll(conversations, options, memory);
      });
    };
    return {
      score,
      get work() {
        return memory.work;
      },
    };
  }

  /**
   * Orders responses to one prompt, best first. Pictures and prompt are computed once, the
   * responses as branches of them.
   * @throws InputError for no prompt or no response
   */
  async rank(request: RankRequest, options: CompareOptions = {}): Promise<Ranking> {
    checkOptions("rank", options, COMPARE_RULES);
    const scores = await this.#scoreMany(rankConversations(request), options);
    const values = scores.map(({ value }) => value);
    const order = rankValues(values, options.temperature);
    return { scores, order, best: at(order, 0) };
  }

  /**
   * Returns how far one conversation's response is ahead of another's, and how likely people are to
   * prefer it.
   */
  async compare(
    a: ConversationInput,
    b: ConversationInput,
    options: CompareOptions = {},
  ): Promise<Comparison> {
    checkOptions("compare", options, COMPARE_RULES);
    const scores = await this.#scoreMany([a, b], options);
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
   * Returns the features of conversations, in their order: the state that the head reads, `[hidden]`
   * f32 after the decoder's last norm; of heads that read several tokens one row each. `score` with
   * `features` gives both by one pass.
   * @throws InputError, GpuError as `score`
   */
  async features(
    conversations: readonly ConversationInput[],
    options: ScoreOptions = {},
  ): Promise<Float32Array[]> {
    checkOptions("features", options, SCORE_RULES);
    const scores = await this.#scoreMany(conversations, { ...options, features: true });
    const features = scores.map((score) => score.features);
    return features.map((_, i) => at(features, i));
  }

  /**
   * Returns every activation of one conversation's pass, under the oracle's names. It helps to port
   * a model.
   */
  async trace(
    conversation: ConversationInput,
    options: ScoreOptions = {},
  ): Promise<Map<string, TracedTensor>> {
    checkOptions("trace", options, SCORE_RULES);
    return await this.#enqueue(options, async () => {
      const { prepared } = await prepare(this.#model, [conversation], options.signal);
      const groups = [{ prefix: 0, members: [0] }];
      const { signal } = options;
      const request = { prepared, groups, isTraced: true, signal };
      const { outputs } = await runPass(this.#model, this.#arena, request);
      return new Map(outputs);
    });
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
    return this.#model.weights.head.record.name;
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

  async #scoreMany(
    conversations: readonly ConversationInput[],
    options: ScoreOptions,
  ): Promise<Score[]> {
    return await this.#enqueue(options, async () =>
      conversations.length === 0 ? [] : await this.#scoreAll(conversations, options),
    );
  }

  async #scoreAll(
    conversations: readonly ConversationInput[],
    options: ScoreOptions,
    kept?: PictureMemory,
  ): Promise<Score[]> {
    const begin = performance.now();
    const { passTokens } = this.#model;
    const { prepared, imagesMs, textMs } = await prepare(
      this.#model,
      conversations,
      options.signal,
      kept,
    );
    const keys = prepared.map(({ key }) => key);
    const firsts = findEqual(keys);
    const groups = groupByPrefix(keys, passTokens, [...new Set(firsts)]);
    const lengths = keys.map(({ length }) => length);
    const stateTokens = options.features
      ? prepared.map((each) => readTokens(each, this.#model))
      : [];
    const scores: Score[] = [];
    let done = 0;
    const passes = splitIntoPasses(groups, lengths, passTokens);
    const isShared = passes.length > 1 && sharesPictures(passes, prepared);
    const memory = kept ?? (isShared ? new PictureMemory(PICTURE_BYTES) : undefined);
    for (const pass of passes) {
      const started = performance.now();
      const request = { prepared, groups: pass, stateTokens, memory, signal: options.signal };
      const { valuesOf, statesOf } = await runPass(this.#model, this.#arena, request);
      const now = performance.now();
      const timesMs = { images: imagesMs, text: textMs, gpu: now - started, total: now - begin };
      const members = new Set(pass.flatMap((group) => group.members));
      for (const [i, first] of firsts.entries()) {
        if (!members.has(first)) continue;
        const score = toScore(at(prepared, i), this.#model, valuesOf(first), timesMs);
        scores[i] = stateTokens.length === 0 ? score : { ...score, features: statesOf(first) };
        done += 1;
      }
      options.onProgress?.(done, conversations.length);
    }
    void this.keepQuantised();
    return scores;
  }
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

async function free({ holder, device, close }: LoadedModel): Promise<void> {
  holder.destroy();
  device.destroy();
  await close();
}

/** Returns the tokens whose values make the score. */
function readTokens({ prompt }: Prepared, { config, weights }: LoadedModel): readonly number[] {
  return weights.head.record.read({ ids: prompt.ids, padTokenId: config.padTokenId });
}

function toScore(
  prepared: Prepared,
  model: LoadedModel,
  tokenValues: Float32Array,
  timesMs: StageTimesMs,
): Score {
  const { prompt, pictures } = prepared;
  const { ids, response } = prompt;
  const read = readTokens(prepared, model);
  const value = model.weights.head.record.score(read.map((token) => at(tokenValues, token)));
  if (!Number.isFinite(value)) {
    throw new GpuError({
      where: "score",
      what: "the pass gave no finite number",
      got: String(value),
      todo: "Report this with the adapter's name; the weights or the GPU's arithmetic are at fault",
    });
  }
  const images = pictures.map(({ scored }) => scored);
  return { value, tokenIds: ids, tokenValues, response, images, timesMs };
}
