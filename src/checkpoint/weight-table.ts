/**
 * The weights that a model declares, bound to the tensors of its checkpoint.
 *
 * A declared weight is made of one or more tensors. Their rows are stacked (q, k and v become one
 * matrix) or interleaved in fours (gate and up). This table decides the weight's GPU layout, its
 * form and its parts; `upload.ts` moves the bytes. Declaring never fails: `check` reports all
 * tensors that are missing or misshapen together.
 */
import { roundUp } from "../kernels/kernel.ts";
import type { Form, Weight, WeightPart } from "../kernels/kernel.ts";
import { isQuantised, rowByteLength } from "../kernels/weight-forms.ts";
import type { StoredForm } from "../kernels/weight-forms.ts";
import type { WeightForm } from "../types.ts";
import { isSameShape, requireTensors } from "./checkpoint.ts";
import type { Checkpoint, TensorEntry } from "./checkpoint.ts";

/** How the rows of several tensors make one matrix. */
export type Join = "stacked" | "interleaved";

/** A tensor's share of a weight. */
export interface Ingredient {
  readonly name: string;
  readonly rows: number;
  /** The tensor's shape in the file, if it is not [rows, columns] or, for a vector, [rows]. */
  readonly shape?: readonly number[];
}

export interface Recipe {
  readonly weight: Weight;
  readonly ingredients: readonly Ingredient[];
  readonly join: Join;
  /** A vector has one value per row, side by side, always f32. */
  readonly isVector: boolean;
  /**
   * True if the checkpoint already stores the parts in GPU layout, under their keys: see
   * `store/copies/quantised-source.ts` and `exported.ts`.
   */
  readonly isPacked: boolean;
}

/** Called by a model to declare its weights. */
export interface Declare {
  /** Declares a matrix [Σ rows, columns] from tensors of [rows, columns] each. */
  matrix(group: string, label: string, ingredients: readonly Ingredient[], columns: number): Weight;
  /**
   * Declares gate and up, [rows, columns] each, interleaved in fours and padded with zero rows: see
   * `swigluLinear`.
   */
  gateUp(
    group: string,
    label: string,
    names: readonly [string, string],
    rows: number,
    columns: number,
  ): Weight;
  /** Declares a vector from tensors of [length] each, widened to f32. */
  vector(group: string, label: string, ingredients: readonly Ingredient[]): Weight;
  /** Declares gate's and up's biases, [rows] each, interleaved like their matrix. */
  gateUpBias(group: string, label: string, names: readonly [string, string], rows: number): Weight;
  /** Declares a vector of zeros, for a bias that the checkpoint does not have. */
  zeros(group: string, label: string, length: number): Weight;
  /** Tells whether the checkpoint has a tensor of that name. */
  has(name: string): boolean;
}

/** The groups whose matrices the load option `weights` converts. All others stay as stored. */
const DECODER = "decoder.layer.";
const VISION = "vision.";

/** Rows of a part are a multiple of this, so that interleaved fours stay together. */
const PART_ROWS = 8;

/** The dtype of parts that a checkpoint stores in GPU layout. */
export const PACKED_DTYPE = "U8";

/** The engine's names of the dtypes that it computes with. */
export const FORMS: Readonly<Record<string, StoredForm>> = { F32: "f32", F16: "f16", BF16: "bf16" };

export class WeightTable implements Declare {
  readonly #checkpoint: Checkpoint;
  readonly #maxBindingBytes: number;
  readonly #decoderForm: WeightForm;
  readonly #expected: { name: string; shape: readonly number[] }[] = [];
  /** Parts that the checkpoint stores in GPU layout. */
  readonly #packed: { name: string; shape: readonly number[] }[] = [];
  /** By the key of each part. */
  readonly recipes: Map<string, Recipe> = new Map();
  /** The parts of each group, in the order of declaration. */
  readonly groups: Map<string, WeightPart[]> = new Map();

  /** @param decoderForm the form of the matrices in the decoder's layers */
  constructor(checkpoint: Checkpoint, maxBindingBytes: number, decoderForm: WeightForm = "stored") {
    this.#checkpoint = checkpoint;
    // An export has its parts cut already.
    this.#maxBindingBytes = Math.min(maxBindingBytes, checkpoint.exported?.partBytes ?? Infinity);
    this.#decoderForm = decoderForm;
  }

  matrix(
    group: string,
    label: string,
    ingredients: readonly Ingredient[],
    columns: number,
  ): Weight {
    return this.#declare({ group, label, ingredients, join: "stacked", columns });
  }

  gateUp(
    group: string,
    label: string,
    names: readonly [string, string],
    rows: number,
    columns: number,
  ): Weight {
    const ingredients = names.map((name) => ({ name, rows }));
    return this.#declare({ group, label, ingredients, join: "interleaved", columns });
  }

  vector(group: string, label: string, ingredients: readonly Ingredient[]): Weight {
    return this.#declare({ group, label, ingredients, join: "stacked", columns: undefined });
  }

  gateUpBias(group: string, label: string, names: readonly [string, string], rows: number): Weight {
    const ingredients = names.map((name) => ({ name, rows }));
    return this.#declare({ group, label, ingredients, join: "interleaved", columns: undefined });
  }

  zeros(group: string, label: string, length: number): Weight {
    return this.#declare(
      { group, label, ingredients: [], join: "stacked", columns: undefined },
      length,
    );
  }

  has(name: string): boolean {
    return this.#checkpoint.tensors.has(name);
  }

  /** Expects a tensor that is not a weight: the embedding table, whose rows are read on demand. */
  expect(name: string, shape: readonly number[]): void {
    this.#expected.push({ name, shape });
  }

  /** Returns the checkpoint with the tensors of the weights. */
  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  /** Returns the shape of a tensor; undefined if the checkpoint has none of that name. */
  shapeOf(name: string): readonly number[] | undefined {
    return this.#checkpoint.tensors.get(name)?.shape;
  }

  /** Returns the names of all declared tensors. */
  names(): Set<string> {
    return new Set([...this.#expected, ...this.#packed].map(({ name }) => name));
  }

  /** Returns the bytes in files of the declared weights. */
  byteLength(): number {
    const names = new Set(
      [...this.recipes].flatMap(([key, { ingredients, isPacked }]) =>
        isPacked ? [key] : ingredients.map(({ name }) => name),
      ),
    );
    return [...names].reduce((sum, name) => sum + this.entry(name).end - this.entry(name).begin, 0);
  }

  /**
   * Checks all declared tensors.
   * @throws WeightsError that lists every tensor that is missing, misshapen or of an unsupported
   *   dtype
   */
  check(): void {
    requireTensors(this.#checkpoint, this.#expected);
    requireTensors(this.#checkpoint, this.#packed, [PACKED_DTYPE]);
  }

  /** Returns the tensor, which `check` has found. */
  entry(name: string): TensorEntry {
    const entry = this.#checkpoint.tensors.get(name);
    if (!entry) {
      throw new Error(`${name} was not checked`);
    }
    return entry;
  }

  #declare(
    { group, label, ingredients, join, columns }: Declaration,
    rows: number = countRows(ingredients, join),
  ): Weight {
    const isVector = columns === undefined;
    const form = isVector ? "f32" : this.#formOf(group, ingredients);
    const rowBytes = isVector ? 4 : rowByteLength(form, columns);
    const fitting = Math.floor(this.#maxBindingBytes / rowBytes / PART_ROWS) * PART_ROWS;
    const perPart = isVector ? rows : Math.max(PART_ROWS, fitting);
    const expected = ingredients.map(({ name, rows: own, shape }) => ({
      name,
      shape: shape ?? (columns === undefined ? [own] : [own, columns]),
    }));
    const isStored = expected.every(({ name, shape }) => isSameShape(this.shapeOf(name), shape));
    const parts: WeightPart[] = [];
    for (let firstRow = 0; firstRow < rows; firstRow += perPart) {
      const own = Math.min(perPart, rows - firstRow);
      const byteLength = roundUp(own * rowBytes, 16);
      const key = `${group}/${label}#${parts.length}`;
      parts.push({ kind: "weight", key, group, firstRow, rows: own, byteLength });
      // Rows that no tensor confirms may be any number: `check` says what is wrong with them.
      if (!isStored && !this.has(key)) break;
    }
    const weight: Weight = isVector
      ? { label, group, form, rows: 1, columns: rows, parts }
      : { label, group, form, rows, columns, parts };
    const isPacked = isQuantised(form) && parts.every(({ key }) => this.has(key));
    if (isPacked) {
      this.#packed.push(
        ...parts.map(({ key, byteLength }) => ({ name: key, shape: [byteLength] })),
      );
    } else {
      expected.forEach(({ name, shape }) => this.expect(name, shape));
    }
    const recipe: Recipe = { weight, ingredients, join, isVector, isPacked };
    parts.forEach((part) => this.recipes.set(part.key, recipe));
    this.groups.set(group, [...(this.groups.get(group) ?? []), ...parts]);
    return weight;
  }

  #formOf(group: string, ingredients: readonly Ingredient[]): Form {
    const form = this.#decoderForm;
    if (form !== "stored" && group.startsWith(DECODER)) return form;
    // Measured: beside a decoder in q4, a vision tower in q8 hardly adds to the drift. Beside a
    // decoder in q8, the outliers of a tower in q4 would add to it.
    if (form === "q4" && group.startsWith(VISION)) return "q8";
    return this.#storedForm(ingredients);
  }

  /** Returns the form in the file; tensors of different dtypes are widened to f32. */
  #storedForm(ingredients: readonly Ingredient[]): StoredForm {
    const types = new Set(ingredients.map(({ name }) => this.#checkpoint.tensors.get(name)?.dtype));
    const [only] = types;
    return (types.size === 1 && only && FORMS[only]) || "f32";
  }
}

interface Declaration {
  readonly group: string;
  readonly label: string;
  readonly ingredients: readonly Ingredient[];
  readonly join: Join;
  /** Undefined for vectors. */
  readonly columns: number | undefined;
}

function countRows(ingredients: readonly Ingredient[], join: Join): number {
  return ingredients.reduce(
    (sum, { rows }) => sum + (join === "stacked" ? rows : roundUp(rows, 4)),
    0,
  );
}
