/**
 * Explains a score, or why one response is ahead of another, by intervention: leaves parts out,
 * scores what is left, and tests what it says against chance.
 *
 *   scores → contrast → pictures as wholes → units of the responses → cells of the pictures
 *     → units of the prompt → counterfactual → truth test
 *
 * Each step scores variants of the conversation. A variant that was scored is remembered, so that a
 * run which was stopped is resumed by running again.
 */
import { checkOptions, isCount } from "../base/options.ts";
import { InputError } from "../errors.ts";
import { cellScores, pictureCells, shownPictures, wholePictures } from "./pictures.ts";
import type { ShownPicture } from "./pictures.ts";
import { checkRequest, DEFAULT_BUDGET, RULES } from "./request.ts";
import { cut, marginOf, sizeOf, strongestFirst } from "./study.ts";
import type { Study } from "./study.ts";
import { contrastOf, flippingDeletion, MOST_REMOVED, promptUnits, responseUnits } from "./texts.ts";
import { differencesOf } from "./difference.ts";
import { NOT_TESTED } from "./truth.ts";
import type { Truth } from "./truth.ts";
import type {
  Contrast,
  Counterfactual,
  ExplainCost,
  ExplainOptions,
  ExplainRequest,
  ExplainScore,
  ExplainScorer,
  ExplainScores,
  Explanation,
  PictureShare,
  PictureUnit,
  RunOptions,
  TextUnit,
  TokenTrace,
} from "./types.ts";
import { BudgetSpent, Pieces, Scored } from "./variants.ts";
import type { Variant } from "./variants.ts";
import { verified } from "./verify.ts";

/** Steps of a run, for its progress. */
const STEPS = 8;
/** Scores of the truth test: three levels of 21 choices, removed and kept. */
const TRUTH_SCORES = 3 * 21 * 2;

/** What a run has found so far. */
interface Found {
  values: readonly number[];
  contrast: Contrast[];
  responses: TextUnit[];
  prompt: TextUnit[];
  cells: PictureUnit[];
  picture: PictureShare | null;
  counterfactual: Counterfactual | null;
  truth: Truth;
  trace: TokenTrace[];
  step: number;
  stopped: Explanation["stopped"];
}

/**
 * Explains one request by one scorer. It holds scores, and nothing on the GPU: there is nothing to
 * free.
 */
export class Explainer {
  readonly #request: ExplainRequest;
  readonly #scores: ExplainScores;
  readonly #notes: Set<string> = new Set();
  #options: ExplainOptions;
  #budget: number;
  #scored: Scored | undefined;
  #pieces: Pieces | undefined;
  #pictures: Promise<(ShownPicture | undefined)[]> | undefined;

  /** @throws InputError for a request or an option that cannot be */
  constructor(scorer: ExplainScorer, request: ExplainRequest, options: ExplainOptions = {}) {
    checkRequest(request);
    checkOptions("explain", options, RULES);
    this.#request = request;
    this.#options = options;
    this.#budget = options.budget ?? DEFAULT_BUDGET;
    this.#scores = scorer.sharePictures?.() ?? scorer;
  }

  /**
   * Returns what a run costs, after scoring the responses once: a part of the run that is not
   * scored again.
   */
  async cost(signal?: AbortSignal): Promise<ExplainCost> {
    const { scored, pieces } = await this.#open();
    const { responses } = this.#request;
    const options = this.#options;
    const originals = await scored.scores(this.#originals(), signal);
    const sides = responses.length;
    const size = sizeOf(options, responses);
    const units = responses.reduce((sum, text) => sum + cut(text, size).length, 0);
    const promptCount = pieces.texts.reduce(
      (sum, { text }) => sum + cut(text, sizeOf(options, [text])).length,
      0,
    );
    const cells = pieces.pictures.reduce(
      (sum, _, i) => sum + cellScores(options, originals[0]?.images?.[i]),
      0,
    );
    const [a, b] = responses;
    const contrast = b === undefined ? 0 : 2 * differencesOf(a, b).length;
    const wholes = pieces.pictures.length === 0 ? 0 : 3;
    const both = cells + promptCount + wholes + TRUTH_SCORES;
    const all = sides + contrast + 2 * units + both * sides + MOST_REMOVED;
    const scores = Math.min(this.#budget, all);
    return {
      scores,
      tokens: scored.tokens === 0 ? undefined : Math.round((scored.tokens / scored.count) * scores),
      seconds: (scored.millisecondsEach * Math.max(0, scores - scored.count)) / 1000,
    };
  }

  /** Explains to the end, or until the signal or the budget stops it. Call it again to go on. */
  async run({ signal, onProgress }: RunOptions = {}): Promise<Explanation> {
    let last: Explanation | undefined;
    for await (const explanation of this.steps(signal)) {
      last = explanation;
      onProgress?.(explanation);
    }
    if (last === undefined) throw new InputError({ where: "explain", what: "has no steps" });
    return last;
  }

  /** Lets the next run score this number of conversations more. */
  extend(scores: number): void {
    checkOptions("extend", { scores }, { scores: isCount });
    this.#budget += scores;
    if (this.#scored) this.#scored.budget = this.#budget;
  }

  /** Changes what the next run does: finer cells, sampled orders. What was scored stays known. */
  refine(options: Omit<ExplainOptions, "budget">): void {
    checkOptions("refine", options, RULES);
    this.#options = { ...this.#options, ...options };
  }

  /** Yields what is known after each step. The last one is whole, or says why it is not. */
  async *steps(signal?: AbortSignal): AsyncGenerator<Explanation, void, undefined> {
    const found: Found = {
      values: [],
      contrast: [],
      responses: [],
      prompt: [],
      cells: [],
      picture: null,
      counterfactual: null,
      truth: NOT_TESTED,
      trace: [],
      step: 0,
      stopped: undefined,
    };
    try {
      for await (const _ of this.#work(found, signal)) yield this.#explanation(found);
    } catch (error) {
      // The originals must be there: without them there is nothing to keep.
      const isStop = error instanceof BudgetSpent || signal?.aborted === true;
      if (!isStop || found.values.length === 0) throw error;
      found.stopped = error instanceof BudgetSpent ? "budget" : "signal";
      yield this.#explanation(found);
    }
  }

  async *#work(found: Found, signal: AbortSignal | undefined): AsyncGenerator<void> {
    const study = await this.#study(signal);
    const originals = await study.scored.scores(this.#originals(), signal);
    const values = originals.map(({ value }) => value);
    found.values = values;
    found.trace = originals.flatMap(traceOf);
    found.step = 1;
    yield;
    found.contrast = await contrastOf(study, values);
    found.step = 2;
    yield;
    const pictures = await this.#shown(study, originals);
    found.picture = await wholePictures(study, pictures, values);
    found.step = 3;
    if (found.picture) yield;
    for await (const units of responseUnits(study, values)) {
      found.responses = units;
      yield;
    }
    found.step = 4;
    for await (const cells of pictureCells(study, pictures, values)) {
      found.cells = cells;
      yield;
    }
    found.step = 5;
    found.prompt = await promptUnits(study, values);
    found.step = 6;
    yield;
    found.counterfactual = await flippingDeletion(study, values, found.responses);
    found.step = 7;
    if (found.counterfactual) yield;
    found.truth = await verified(study, values, [...found.responses, ...found.prompt]);
    found.step = STEPS;
    yield;
  }

  async #open(): Promise<{ scored: Scored; pieces: Pieces }> {
    this.#pieces ??= await Pieces.read(this.#request);
    this.#scored ??= new Scored(this.#scores, this.#pieces, this.#budget);
    return { scored: this.#scored, pieces: this.#pieces };
  }

  async #study(signal: AbortSignal | undefined): Promise<Study> {
    return {
      ...(await this.#open()),
      request: this.#request,
      options: this.#options,
      scores: this.#scores,
      notes: this.#notes,
      signal,
    };
  }

  #originals(): Variant[] {
    return this.#request.responses.map((response) => ({ response }));
  }

  /** Decodes the pictures once for all runs. */
  async #shown(
    study: Study,
    originals: readonly ExplainScore[],
  ): Promise<readonly (ShownPicture | undefined)[]> {
    this.#pictures ??= shownPictures(study, originals);
    try {
      return await this.#pictures;
    } catch (error) {
      this.#pictures = undefined;
      throw error;
    }
  }

  #explanation(found: Found): Explanation {
    const { values, contrast, picture, counterfactual, truth, trace, stopped } = found;
    return {
      margin: marginOf(values),
      values,
      contrast,
      units: strongestFirst([...found.responses, ...found.prompt, ...found.cells]),
      picture,
      counterfactual,
      truth,
      trace,
      scores: this.#scored?.count ?? 0,
      progress: found.step / STEPS,
      ...(stopped && { stopped }),
      notes: [...this.#notes],
    };
  }
}

/**
 * Explains a request to the end.
 * @throws InputError for a request or an option that cannot be; the scorer's own errors
 */
export async function explain(
  scorer: ExplainScorer,
  request: ExplainRequest,
  { signal, onProgress, ...options }: ExplainOptions & RunOptions = {},
): Promise<Explanation> {
  return await new Explainer(scorer, request, options).run({ signal, onProgress });
}

function traceOf({ tokenIds, tokenValues, response }: ExplainScore): TokenTrace[] {
  if (!tokenIds || !tokenValues || !response) return [];
  return [
    {
      tokenIds: Array.from(tokenIds),
      tokenValues: Array.from(tokenValues),
      response: [response.begin, response.end],
    },
  ];
}
