/**
 * Keeps what pictures became: sizes, pixels and the tower's rows, so that a picture is computed
 * once
 * for many passes, whatever text is around it.
 *
 * The rows are kept in JavaScript's memory, so nothing of them is on the GPU between passes. The
 * pictures that were used longest ago are dropped first.
 */
import type { PatchGrid } from "../image/config.ts";
import type { Pixels } from "../image/decode/pixels.ts";
import type { ImageInput, ScoredImage } from "../types.ts";

/** A picture, decoded once even if many conversations show it. */
export interface Picture {
  /** Its number among the pictures of the call, or of the memory. */
  readonly index: number;
  /** What was given, and the pixel budget that it was given with, as JSON. */
  readonly input: ImageInput;
  readonly budget: string;
  /** As decoded if the GPU resizes it, else as the model sees it. */
  readonly pixels: Pixels;
  readonly grid: PatchGrid;
  readonly scored: ScoredImage;
}

/** The rows of a picture: for each tensor that the tower makes, [tokens, hidden] of f32. */
export type PictureRows = readonly Float32Array[];

/** What was computed with a memory. */
export interface PictureWork {
  /** Pictures that went through the tower. */
  readonly pictures: number;
  /** Their tokens. */
  readonly pictureTokens: number;
  /** Tokens that went through the decoder. */
  readonly tokens: number;
}

interface Kept {
  readonly rows: PictureRows;
  readonly byteLength: number;
}

export class PictureMemory {
  readonly #maxBytes: number;
  #byteLength = 0;
  #count = 0;
  /** In the order of their last use. */
  readonly #kept: Map<Picture, Kept> = new Map();
  readonly #known: Map<ImageInput, Map<string, Picture>> = new Map();
  #work: PictureWork = { pictures: 0, pictureTokens: 0, tokens: 0 };

  /** @param maxBytes what all kept pictures may take together */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  get work(): PictureWork {
    return this.#work;
  }

  /** Returns a number that no other picture of this memory has. */
  nextIndex(): number {
    return this.#count++;
  }

  /** Returns the picture that an input became under a pixel budget, if it is kept. */
  find(input: ImageInput, budget: string): Picture | undefined {
    return this.#known.get(input)?.get(budget);
  }

  /** Returns a picture's rows, if they are kept. */
  rowsOf(picture: Picture): PictureRows | undefined {
    const kept = this.#kept.get(picture);
    if (kept === undefined) return undefined;
    this.#kept.delete(picture);
    this.#kept.set(picture, kept);
    return kept.rows;
  }

  /** Keeps a picture's rows, and drops others if there is no room. */
  keep(picture: Picture, rows: PictureRows): void {
    const { input, budget } = picture;
    const rowBytes = rows.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const byteLength = rowBytes + picture.pixels.data.byteLength;
    if (byteLength > this.#maxBytes || this.#kept.has(picture)) return;
    for (const [oldest, { byteLength: freed }] of this.#kept) {
      if (this.#byteLength + byteLength <= this.#maxBytes) break;
      this.#drop(oldest, freed);
    }
    this.#kept.set(picture, { rows, byteLength });
    this.#byteLength += byteLength;
    const budgets = this.#known.get(input) ?? new Map<string, Picture>();
    this.#known.set(input, budgets.set(budget, picture));
  }

  /** Counts what a pass computed. */
  count(pictures: readonly Picture[], tokens: number): void {
    const { work } = this;
    this.#work = {
      pictures: work.pictures + pictures.length,
      pictureTokens: pictures.reduce((sum, { grid }) => sum + grid.tokens, work.pictureTokens),
      tokens: work.tokens + tokens,
    };
  }

  #drop(picture: Picture, byteLength: number): void {
    this.#kept.delete(picture);
    this.#byteLength -= byteLength;
    const budgets = this.#known.get(picture.input);
    budgets?.delete(picture.budget);
    if (budgets?.size === 0) this.#known.delete(picture.input);
  }
}
