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
import { at } from "../base/at.ts";
import { checkOptions, isAnything, isCount, isFunction, oneOf } from "../base/options.ts";
import type { Rule, Rules } from "../base/options.ts";
import { isObject, kindOf } from "../base/json.ts";
import { InputError, RewardError } from "../errors.ts";
import { decodeImage } from "../image/decode/decode.ts";
import { spearman } from "../statistics/correlation.ts";
import { random } from "../statistics/random.ts";
import type { RawPixels } from "../types.ts";
import { blankOf, blurOf, boxOf, gridOf, hideBoxes, splitCell } from "./cells.ts";
import type { Box, Cell, CellGrid } from "./cells.ts";
import { differencesOf, replaced } from "./difference.ts";
import { exactShapley, sampledShapley } from "./shapley.ts";
import { NOT_TESTED, RANDOM_HEADS, testTruth } from "./truth.ts";
import type { Truth } from "./truth.ts";
import type {
  Contrast,
  Counterfactual,
  ExplainCost,
  ExplainedUnit,
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
import { sizeFor, unitsOf, without } from "./units.ts";
import type { UnitSize } from "./units.ts";
import { BudgetSpent, Pieces, Scored } from "./variants.ts";
import type { Variant } from "./variants.ts";

const DEFAULT_BUDGET = 500;
const DEFAULT_CELLS = 4;
/** Units that a text is cut into at least, if it has as many words. */
const WANTED_UNITS = 5;
/** More units than this are joined with their neighbours: each costs a score. */
const MOST_UNITS = 48;
/** Players up to which `auto` enumerates Shapley values: 2⁵ coalitions. */
const AUTO_PLAYERS = 5;
/** Players up to which `shapley` enumerates; more are sampled. */
const EXACT_PLAYERS = 8;
/** Cells that are looked at more closely, at most, and their share of the strongest. */
const FINER_CELLS = 4;
const FINER_SHARE = 0.5;
/** Cells of one call: each picture that is hidden in part goes through the tower. */
const CELLS_A_CALL = 4;
/** Units that a deletion which flips the order may have. */
const MOST_REMOVED = 8;
/** Sampled orders stop when the largest standard error is below this share of the margin. */
const SURE = 0.05;
/** Steps of a run, for its progress. */
const STEPS = 8;

const isSide: Rule = {
  expected: "a whole number from 2 to 16",
  fits: (value) => Number.isInteger(value) && Number(value) >= 2 && Number(value) <= 16,
};
const isSeed: Rule = { expected: "a whole number", fits: (value) => Number.isSafeInteger(value) };

const RULES: Rules<ExplainOptions> = {
  budget: isCount,
  units: oneOf("auto", "sentence", "clause", "word"),
  method: oneOf("auto", "leave-out", "shapley"),
  hide: oneOf("mean", "blur"),
  cells: isSide,
  otherPicture: isAnything,
  decode: isFunction,
  seed: isSeed,
};

/** A picture of the request, decoded, and the grid on which its cells are hidden. */
interface ShownPicture {
  readonly pixels: RawPixels;
  readonly grid: CellGrid;
  readonly blurred: () => RawPixels;
}

/** What a run has found so far. */
interface Found {
  values: readonly number[];
  contrast: Contrast[];
  responses: TextUnit[];
  prompt: TextUnit[];
  /** Cells with their places on the grid. */
  cells: (PictureUnit & { readonly cell: Cell })[];
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
  readonly #options: ExplainOptions;
  readonly #scores: ExplainScores;
  readonly #notes: Set<string> = new Set();
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
    const responses = this.#request.responses;
    await scored.scores(this.#originals(), signal);
    const sides = responses.length;
    const size = this.#sizeOf(responses);
    const units = responses.reduce((sum, text) => sum + this.#cut(text, size).length, 0);
    const promptUnits = pieces.texts.reduce(
      (sum, { text }) => sum + this.#cut(text, this.#sizeOf([text])).length,
      0,
    );
    const cells = pieces.pictures.length * ((this.#options.cells ?? DEFAULT_CELLS) ** 2 + 16);
    const [a, b] = responses;
    const contrast = b === undefined ? 0 : 2 * differencesOf(a, b).length;
    const pictures = pieces.pictures.length === 0 ? 0 : 3;
    const truth = 63 * 2 * sides;
    const all =
      sides +
      contrast +
      2 * units +
      (cells + promptUnits + pictures) * sides +
      MOST_REMOVED +
      truth;
    const scores = Math.min(this.#budget, all);
    const each = scored.milliseconds / Math.max(1, scored.count);
    return {
      scores,
      tokens: scored.tokens === 0 ? undefined : Math.round((scored.tokens / scored.count) * scores),
      seconds: (each * Math.max(0, scores - scored.count)) / 1000,
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
    const { scored, pieces } = await this.#open();
    const originals = await scored.scores(this.#originals(), signal);
    found.values = originals.map(({ value }) => value);
    found.trace = originals.flatMap(traceOf);
    found.step = 1;
    yield;
    for await (const contrast of this.#contrast(scored, found, signal)) {
      found.contrast = contrast;
      yield;
    }
    found.step = 2;
    const pictures = await this.#shown(originals, signal);
    found.picture = await this.#wholes(scored, pictures, found, signal);
    found.step = 3;
    if (found.picture) yield;
    for await (const units of this.#leaveOut(scored, found, signal)) {
      found.responses = units;
      yield;
    }
    found.step = 4;
    for await (const cells of this.#hideCells(scored, pictures, found, signal)) {
      found.cells = cells;
      yield;
    }
    found.step = 5;
    found.prompt = await this.#leaveOutPrompt(scored, pieces, found, signal);
    found.step = 6;
    yield;
    found.counterfactual = await this.#counterfactual(scored, found, signal);
    found.step = 7;
    if (found.counterfactual) yield;
    found.truth = await this.#truth(scored, found, signal);
    found.step = STEPS;
    yield;
  }

  async #open(): Promise<{ scored: Scored; pieces: Pieces }> {
    this.#pieces ??= await Pieces.read(this.#request);
    this.#scored ??= new Scored(this.#scores, this.#pieces, this.#budget);
    return { scored: this.#scored, pieces: this.#pieces };
  }

  #originals(): Variant[] {
    return this.#request.responses.map((response) => ({ response }));
  }

  /** Returns the margins of variants that differ in more than one response's text. */
  async #margins(
    scored: Scored,
    changes: readonly Omit<Variant, "response">[],
    signal: AbortSignal | undefined,
  ): Promise<number[]> {
    const variants = changes.flatMap((change) =>
      this.#request.responses.map((response) => ({ ...change, response })),
    );
    const values = await scored.values(variants, signal);
    const sides = this.#request.responses.length;
    return changes.map((_, i) => marginOf(values.slice(i * sides, (i + 1) * sides)));
  }

  async *#contrast(
    scored: Scored,
    { values }: Found,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Contrast[]> {
    const [a, b] = this.#request.responses;
    if (b === undefined) return;
    const differences = differencesOf(a, b);
    const variants = differences.flatMap((one): Variant[] => {
      const [inA, inB] = [a.slice(one.a.start, one.a.end), b.slice(one.b.start, one.b.end)];
      return [{ response: replaced(a, one.a, inB) }, { response: replaced(b, one.b, inA) }];
    });
    const swapped = await scored.values(variants, signal);
    const [ofA, ofB] = [at(values, 0), at(values, 1)];
    const contrast = differences.map((one, i): Contrast => ({
      a: a.slice(one.a.start, one.a.end),
      b: b.slice(one.b.start, one.b.end),
      spans: { a: [one.a.start, one.a.end], b: [one.b.start, one.b.end] },
      effect: (ofA - at(swapped, 2 * i) + at(swapped, 2 * i + 1) - ofB) / 2,
    }));
    yield strongestFirst(contrast);
  }

  /** Decodes the pictures; undefined for those that cannot be here. */
  async #shown(
    originals: readonly ExplainScore[],
    signal: AbortSignal | undefined,
  ): Promise<readonly (ShownPicture | undefined)[]> {
    const { pieces } = await this.#open();
    this.#pictures ??= Promise.all(
      pieces.pictures.map(async ({ image }, i): Promise<ShownPicture | undefined> => {
        const pixels = await this.#decode(image, signal).catch((error: unknown) => {
          if (!(error instanceof RewardError) || signal?.aborted === true) throw error;
          this.#notes.add(`picture ${i + 1} is not explained: ${error.message}`);
          return undefined;
        });
        if (pixels === undefined) return undefined;
        const grid = gridOf(pixels, originals[0]?.images?.[i]);
        let blurred: RawPixels | undefined;
        return { pixels, grid, blurred: () => (blurred ??= blurOf(pixels)) };
      }),
    );
    try {
      return await this.#pictures;
    } catch (error) {
      this.#pictures = undefined;
      throw error;
    }
  }

  async #decode(
    image: Parameters<typeof decodeImage>[0],
    signal?: AbortSignal,
  ): Promise<RawPixels> {
    const { decode } = this.#options;
    if (decode) return await decode(image, signal);
    if (this.#scores.decode) return await this.#scores.decode(image, signal);
    return await decodeImage(image, signal);
  }

  /** Replaces all pictures together: by grey, by blurred ones, by another one. */
  async #wholes(
    scored: Scored,
    pictures: readonly (ShownPicture | undefined)[],
    { values }: Found,
    signal: AbortSignal | undefined,
  ): Promise<PictureShare | null> {
    const shown = [...pictures.entries()].flatMap(([i, one]) => (one ? [{ i, ...one }] : []));
    if (shown.length === 0) return null;
    const { otherPicture } = this.#options;
    const other = otherPicture === undefined ? undefined : await this.#decode(otherPicture, signal);
    const replace = (key: string, make: (one: ShownPicture) => RawPixels) => ({
      pictures: new Map(shown.map((one) => [one.i, { key, image: make(one) }])),
    });
    const changes = [
      replace("blank", ({ pixels }) => blankOf(pixels)),
      replace("blurred", ({ blurred }) => blurred()),
      ...(other ? [replace("other", () => other)] : []),
    ];
    const margins = await this.#margins(scored, changes, signal);
    const margin = marginOf(values);
    const share = (i: number): number | null =>
      margin === 0 || i >= margins.length ? null : at(margins, i) / margin;
    return { blank: share(0), blurred: share(1), other: share(2) };
  }

  #sizeOf(texts: readonly string[]): UnitSize {
    const { units = "auto" } = this.#options;
    return units === "auto" ? sizeFor(texts, WANTED_UNITS) : units;
  }

  /** Cuts a text; too many units are joined with their neighbours. */
  #cut(text: string, size: UnitSize): { start: number; end: number }[] {
    let units = unitsOf(text, size);
    while (units.length > MOST_UNITS) units = joinPairs(units);
    return units;
  }

  /** Leaves out each unit of the responses; of few units the Shapley values. */
  async *#leaveOut(
    scored: Scored,
    found: Found,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<TextUnit[]> {
    const { responses } = this.#request;
    const size = this.#sizeOf(responses);
    const done: TextUnit[] = [];
    for (const [side, text] of responses.entries()) {
      const spans = this.#cut(text, size);
      const sign = side === 0 ? 1 : -1;
      const whole = at(found.values, side);
      const unit = (i: number, effect: number, standardError: number): TextUnit => {
        const { start, end } = at(spans, i);
        const place = side === 0 ? "a" : "b";
        const cut = text.slice(start, end);
        return { in: place, text: cut, start, end, effect: sign * effect, standardError };
      };
      const values = await scored.values(
        spans.map((span) => ({ response: without(text, [span]) })),
        signal,
      );
      const single = spans.map((_, i) => unit(i, whole - at(values, i), 0));
      yield [...done, ...single];
      const fair = await this.#shapley(scored, text, spans, marginOf(found.values), signal);
      const own = fair
        ? spans.map((_, i) => unit(i, at(fair.values, i), at(fair.standardErrors, i)))
        : single;
      done.push(...own);
      yield [...done];
    }
  }

  async #shapley(
    scored: Scored,
    text: string,
    spans: readonly { start: number; end: number }[],
    margin: number,
    signal: AbortSignal | undefined,
  ): Promise<{ values: readonly number[]; standardErrors: readonly number[] } | undefined> {
    const { method = "auto", seed = 1 } = this.#options;
    const players = spans.length;
    const isWanted = method === "shapley" || (method === "auto" && players <= AUTO_PLAYERS);
    if (!isWanted || players < 2) return undefined;
    const game = async (coalitions: readonly boolean[][]): Promise<number[]> =>
      await scored.values(
        coalitions.map((present) => ({
          response: without(
            text,
            spans.filter((_, i) => present[i] !== true),
          ),
        })),
        signal,
      );
    if (players <= EXACT_PLAYERS) return await exactShapley(players, game);
    return await sampledShapley(players, game, {
      random: random(seed),
      enough: SURE * Math.abs(margin),
      mostPairs: players,
    });
  }

  /** Hides cells of the pictures: coarse ones first, then parts of the strongest. */
  async *#hideCells(
    scored: Scored,
    pictures: readonly (ShownPicture | undefined)[],
    found: Found,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Found["cells"]> {
    let cells: Found["cells"] = [];
    const most = this.#options.cells ?? DEFAULT_CELLS;
    for (const [picture, shown] of pictures.entries()) {
      if (shown === undefined) continue;
      const whole = { left: 0, top: 0, right: shown.grid.columns, bottom: shown.grid.rows };
      const hide = async (wanted: readonly Cell[], around?: Box): Promise<Found["cells"]> => {
        const boxes = wanted.map((cell) => boxOf(cell, shown.grid, shown.pixels));
        const margins = await this.#margins(
          scored,
          boxes.map((box) => this.#hidden(picture, shown, box, around)),
          signal,
        );
        const margin = marginOf(found.values);
        return wanted.map((cell, i) => ({
          in: "picture",
          picture,
          box: at(boxes, i),
          effect: margin - at(margins, i),
          standardError: 0,
          cell,
        }));
      };
      const coarse = splitCell(whole, most);
      for (let first = 0; first < coarse.length; first += CELLS_A_CALL) {
        cells = [...cells, ...(await hide(coarse.slice(first, first + CELLS_A_CALL)))];
        yield cells;
      }
      const own = strongestFirst(cells.filter((one) => one.picture === picture));
      const largest = Math.abs(own[0]?.effect ?? 0);
      for (const strong of own.slice(0, FINER_CELLS)) {
        const parts = splitCell(strong.cell, 2);
        if (parts.length < 2 || Math.abs(strong.effect) < FINER_SHARE * largest) continue;
        // Its colour is that around the whole: an object may be larger than a part.
        const finer = await hide(parts, strong.box);
        // A part that explains as much takes the place of the whole.
        cells = [...cells.filter((one) => one !== strong), ...finer];
        yield cells;
      }
    }
  }

  #hidden(
    picture: number,
    { pixels, blurred }: ShownPicture,
    box: Box,
    around?: Box,
  ): Omit<Variant, "response"> {
    const { hide = "mean" } = this.#options;
    const key = `hide ${box.join()} ${around?.join() ?? ""}`;
    const image = hideBoxes(pixels, [box], hide, blurred, around);
    return { pictures: new Map([[picture, { key, image }]]) };
  }

  async #leaveOutPrompt(
    scored: Scored,
    { texts }: Pieces,
    { values }: Found,
    signal: AbortSignal | undefined,
  ): Promise<TextUnit[]> {
    const spans = texts.flatMap(({ text }, index) =>
      this.#cut(text, this.#sizeOf([text])).map((span) => ({ ...span, index })),
    );
    const margins = await this.#margins(
      scored,
      spans.map((span) => ({
        prompt: new Map([[span.index, without(at(texts, span.index).text, [span])]]),
      })),
      signal,
    );
    const margin = marginOf(values);
    return spans.map(({ start, end, index }, i): TextUnit => {
      const { text, message, part } = at(texts, index);
      const effect = margin - at(margins, i);
      const cut = text.slice(start, end);
      return { in: "prompt", text: cut, start, end, message, part, effect, standardError: 0 };
    });
  }

  /** Looks for the smallest deletion that flips the order: units that carry it, strongest first. */
  async #counterfactual(
    scored: Scored,
    { values, responses }: Found,
    signal: AbortSignal | undefined,
  ): Promise<Counterfactual | null> {
    const margin = marginOf(values);
    if (this.#request.responses.length < 2 || margin === 0) return null;
    const sign = Math.sign(margin);
    const carrying = responses
      .filter(({ effect }) => sign * effect > 0)
      .toSorted((x, y) => sign * (y.effect - x.effect));
    let removed: TextUnit[] = [];
    let left = margin;
    for (const unit of carrying.slice(0, MOST_REMOVED)) {
      removed.push(unit);
      left = await this.#marginWithout(scored, removed, signal);
      if (sign * left < 0) break;
    }
    if (sign * left >= 0) return null;
    // What the flip does not need goes back, weakest first.
    for (const unit of removed.toReversed()) {
      if (removed.length === 1) break;
      const fewer = removed.filter((one) => one !== unit);
      const margins = await this.#marginWithout(scored, fewer, signal);
      if (sign * margins < 0) [removed, left] = [fewer, margins];
    }
    return { removed, margin: left };
  }

  async #marginWithout(
    scored: Scored,
    removed: readonly TextUnit[],
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const variants = this.#request.responses.map((text, side) => ({
      response: without(
        text,
        removed.filter((unit) => unit.in === (side === 0 ? "a" : "b")),
      ),
    }));
    return marginOf(await scored.values(variants, signal));
  }

  async #truth(scored: Scored, found: Found, signal: AbortSignal | undefined): Promise<Truth> {
    const { pieces } = await this.#open();
    const margin = marginOf(found.values);
    const sign = margin < 0 && this.#request.responses.length > 1 ? -1 : 1;
    const units = [...found.responses, ...found.prompt];
    if (units.length < 2) return NOT_TESTED;
    const heads = await this.#randomHeads(pieces, signal);
    const tested = await testTruth(
      units.map(({ effect, text }) => ({ support: sign * effect, size: text.length })),
      sign * margin,
      async (removals) => {
        const variants = removals.flatMap((removed) =>
          this.#without(
            pieces,
            removed.map((i) => at(units, i)),
          ),
        );
        const values = await scored.values(variants, signal);
        const sides = this.#request.responses.length;
        return removals.map((_, i) => sign * marginOf(values.slice(i * sides, (i + 1) * sides)));
      },
      random(this.#options.seed ?? 1),
      heads,
    );
    return { ...tested, stability: await this.#stability(scored, pieces, units, margin, signal) };
  }

  async #randomHeads(
    pieces: Pieces,
    signal: AbortSignal | undefined,
  ): Promise<readonly number[] | undefined> {
    const [a, b] = this.#originals().map((variant) => pieces.conversation(variant));
    if (a === undefined || b === undefined) return undefined;
    const { seed = 1 } = this.#options;
    return await this.#scores.randomHeads?.([a, b], RANDOM_HEADS, { seed, signal });
  }

  /** Returns the conversations without units of the responses and of the prompt. */
  #without({ texts }: Pieces, removed: readonly TextUnit[]): Variant[] {
    const prompt = new Map<number, string>();
    for (const [index, { text, message, part }] of texts.entries()) {
      const own = removed.filter(
        (unit) => unit.in === "prompt" && unit.message === message && unit.part === part,
      );
      if (own.length > 0) prompt.set(index, without(text, own));
    }
    return this.#request.responses.map((text, side) => {
      const own = removed.filter((unit) => unit.in === (side === 0 ? "a" : "b"));
      return { response: without(text, own), prompt };
    });
  }

  /**
   * Compares the units with pairs of neighbours: the correlation of what a pair does with the sum
   * of
   * what its two units do.
   */
  async #stability(
    scored: Scored,
    pieces: Pieces,
    units: readonly TextUnit[],
    margin: number,
    signal: AbortSignal | undefined,
  ): Promise<number | null> {
    const pairs = units.flatMap((unit, i): [TextUnit, TextUnit][] => {
      const next = units[i + 1];
      const isNear =
        next !== undefined &&
        next.in === unit.in &&
        next.message === unit.message &&
        next.part === unit.part;
      return isNear ? [[unit, next]] : [];
    });
    if (pairs.length < 3) return null;
    const values = await scored.values(
      pairs.flatMap((pair) => this.#without(pieces, pair)),
      signal,
    );
    const sides = this.#request.responses.length;
    const together = pairs.map(
      (_, i) => margin - marginOf(values.slice(i * sides, (i + 1) * sides)),
    );
    const rho = spearman(
      pairs.map(([first, second]) => first.effect + second.effect),
      together,
    );
    return Number.isFinite(rho) ? rho : null;
  }

  #explanation(found: Found): Explanation {
    const { values, contrast, picture, counterfactual, truth, trace, stopped } = found;
    const cells = found.cells.map(({ cell: _cell, ...unit }): ExplainedUnit => unit);
    return {
      margin: marginOf(values),
      values,
      contrast,
      units: strongestFirst([...found.responses, ...found.prompt, ...cells]),
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

function checkRequest(request: ExplainRequest): void {
  if (!isObject(request)) {
    const expected = "{ messages, responses }";
    throw new InputError({ where: "explain", expected, got: kindOf(request) });
  }
  const { responses }: { responses?: unknown } = request;
  const isList = Array.isArray(responses) && (responses.length === 1 || responses.length === 2);
  if (!isList || !responses.every((text) => typeof text === "string")) {
    const expected = "one or two texts";
    const got = Array.isArray(responses) ? `a list of ${responses.length}` : kindOf(responses);
    throw new InputError({ where: "explain, responses", expected, got });
  }
}

function marginOf(values: readonly number[]): number {
  return values.length < 2 ? at(values, 0) : at(values, 0) - at(values, 1);
}

function strongestFirst<T extends { readonly effect: number }>(list: readonly T[]): T[] {
  return list.toSorted((x, y) => Math.abs(y.effect) - Math.abs(x.effect));
}

function joinPairs(
  units: readonly { start: number; end: number }[],
): { start: number; end: number }[] {
  const joined: { start: number; end: number }[] = [];
  for (let i = 0; i < units.length; i += 2) {
    const first = at(units, i);
    joined.push({ start: first.start, end: (units[i + 1] ?? first).end });
  }
  return joined;
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
