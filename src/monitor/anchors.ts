/**
 * Anchors: fixed inputs that are scored again after every change of engine, driver, browser or
 * model. They tell the three changes apart: traffic cannot change the score of a fixed input.
 *
 *   other token ids                        the model (its tokenizer, template or processor)
 *   another model by its own name          the model
 *   same ids, another score by little      the engine: arithmetic, kernels, a quantised form
 *   same ids, scores in another pattern    the model: its weights
 */
import { InputError } from "../errors.ts";
import type { MonitorRow } from "./row.ts";

/** How far a score may be off on the same input (docs/measured.md, "Exactness"). */
export const TOLERANCE = 2e-4;

/**
 * A change of scores up to this share of their standard deviation is the engine's, if rows do not
 * name the model: q8 weights change them by 0.003 and q4 by 0.07 (docs/measured.md), a model that
 * ranks answers with a correlation of 0.99 by 0.14.
 */
const ENGINE_SHARE = 0.12;

/** The most ids that both files share and that are anchors although no row marks them. */
const MOST_UNMARKED = 100;
const LEAST_UNMARKED = 5;
/** Below this an anchor run can miss a change of some inputs. */
export const FEWEST_ANCHORS = 20;

/** An anchor as the reference has it. */
export type Anchor = Pick<MonitorRow, "score" | "digest" | "tokens" | "model" | "engine">;

export interface AnchorResult {
  readonly anchors: number;
  readonly replays: number;
  /** Replays with other token ids, or another count of them. */
  readonly otherTokens: number;
  /** Replays whose score is off by more than the tolerance. */
  readonly changed: number;
  readonly largest: number;
  /** The root mean square of differences over the standard deviation of the anchors' scores. */
  readonly relative: number;
  /** What changed. */
  readonly verdict: "none" | "engine" | "model";
  readonly because: Because;
  /** Why, in a sentence. */
  readonly reason: string;
}

/** Why, as data: what a page says it in its own language by. */
export type Because =
  | { readonly kind: "other model" | "other tokens"; readonly count: number }
  | { readonly kind: "within tolerance" }
  /** Scores changed; rows name one model, or the change is as small as arithmetic's, or larger. */
  | { readonly kind: "same model" | "small" }
  | { readonly kind: "large"; readonly isOtherEngine: boolean };

/** Compares replays with the reference, in bounded memory. */
export class AnchorCheck {
  readonly #anchors: ReadonlyMap<string, Anchor>;
  readonly #isMarked: boolean;
  readonly #referenceRows: number;
  readonly #tolerance: number;
  readonly #seen = new Set<string>();
  #replays = 0;
  #otherTokens = 0;
  #equalDigests = 0;
  #otherModel = 0;
  #sameModel = 0;
  #otherEngine = 0;
  #changed = 0;
  #largest = 0;
  #squares = 0;

  /**
   * @param isMarked whether rows say that they are anchors; else the ids that both sides share are
   *   anchors, if they are few or have equal token ids
   * @throws InputError for a tolerance below 0
   */
  constructor(
    anchors: ReadonlyMap<string, Anchor>,
    isMarked: boolean,
    referenceRows: number,
    tolerance: number = TOLERANCE,
  ) {
    if (!(tolerance >= 0)) {
      throw new InputError({ where: "tolerance", expected: "0 or more", got: tolerance });
    }
    this.#anchors = anchors;
    this.#isMarked = isMarked;
    this.#referenceRows = referenceRows;
    this.#tolerance = tolerance;
  }

  /** Returns true if the row replays an anchor; it is compared then. */
  add(row: MonitorRow): boolean {
    const before = this.#anchors.get(row.id);
    if (before === undefined) return false;
    this.#seen.add(row.id);
    this.#replays += 1;
    const hasDigests = before.digest !== undefined && row.digest !== undefined;
    if (hasDigests && before.digest === row.digest) this.#equalDigests += 1;
    const isOther = hasDigests
      ? before.digest !== row.digest
      : before.tokens !== undefined && row.tokens !== undefined && before.tokens !== row.tokens;
    if (isOther) this.#otherTokens += 1;
    if (before.model !== undefined && row.model !== undefined) {
      if (before.model === row.model) this.#sameModel += 1;
      else this.#otherModel += 1;
    }
    if (before.engine !== undefined && row.engine !== undefined && before.engine !== row.engine) {
      this.#otherEngine += 1;
    }
    const off = Math.abs(row.score - before.score);
    this.#largest = Math.max(this.#largest, off);
    this.#squares += off * off;
    if (off > this.#tolerance * Math.max(1, Math.abs(before.score))) this.#changed += 1;
    return true;
  }

  /** Returns what the replays say; undefined without any. */
  result(): AnchorResult | undefined {
    if (this.#replays === 0 || !this.#areAnchors()) return undefined;
    const scores = [...this.#anchors.values()].map(({ score }) => score);
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const spread = Math.sqrt(
      scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / Math.max(1, scores.length - 1),
    );
    const rms = Math.sqrt(this.#squares / this.#replays);
    const relative = rms === 0 ? 0 : rms / (spread > 0 ? spread : Math.max(1, Math.abs(mean)));
    return {
      anchors: this.#seen.size,
      replays: this.#replays,
      otherTokens: this.#otherTokens,
      changed: this.#changed,
      largest: this.#largest,
      relative,
      ...this.#verdict(relative),
    };
  }

  /** Returns true if it is sure that the shared ids are a coincidence: numbers of rows, say. */
  get isCoincidence(): boolean {
    return !this.#areAnchors() && this.#seen.size > LEAST_UNMARKED;
  }

  #areAnchors(): boolean {
    if (this.#isMarked) return true;
    const shared = this.#seen.size;
    if (shared >= LEAST_UNMARKED && this.#equalDigests >= 0.5 * this.#replays) return true;
    const few = Math.min(MOST_UNMARKED, this.#referenceRows / 2);
    return shared >= LEAST_UNMARKED && shared <= few;
  }

  #verdict(relative: number): Pick<AnchorResult, "verdict" | "because" | "reason"> {
    const of = `${this.#replays} replays`;
    if (this.#otherModel > 0) {
      const reason = `${this.#otherModel} of ${of} name another model than the reference.`;
      const because = { kind: "other model", count: this.#otherModel } as const;
      return { verdict: "model", because, reason };
    }
    if (this.#otherTokens > 0) {
      const reason = `${this.#otherTokens} of ${of} became other tokens: the tokenizer, the template or the picture processor is another one.`;
      const because = { kind: "other tokens", count: this.#otherTokens } as const;
      return { verdict: "model", because, reason };
    }
    if (this.#changed === 0) {
      const reason = `All ${of} are within the tolerance.`;
      return { verdict: "none", because: { kind: "within tolerance" }, reason };
    }
    const size = `${this.#changed} of ${of} have the same tokens and another score, by ${relative.toPrecision(2)} standard deviations (root mean square)`;
    if (this.#sameModel === this.#replays) {
      const reason = `${size}, and name the same model.`;
      return { verdict: "engine", because: { kind: "same model" }, reason };
    }
    if (relative <= ENGINE_SHARE) {
      const reason = `${size}: as much as arithmetic or quantising changes.`;
      return { verdict: "engine", because: { kind: "small" }, reason };
    }
    const isOtherEngine = this.#otherEngine > 0;
    const doubt = isOtherEngine ? " The engine is another one too." : "";
    const reason = `${size}: more than arithmetic or quantising changes.${doubt}`;
    return { verdict: "model", because: { kind: "large", isOtherEngine }, reason };
  }
}
