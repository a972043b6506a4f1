/** Weights that are shapes alone: to record a plan of a model that nobody has to hold. */
import type { Declare, Ingredient } from "../../src/checkpoint/weight-table.ts";
import { roundUp } from "../../src/kernels/kernel.ts";
import type { Form, Weight } from "../../src/kernels/kernel.ts";
import { rowByteLength } from "../../src/kernels/weight-forms.ts";

/** @param limit bytes of the largest part, as a device's largest binding would be */
export class ShapeWeights implements Declare {
  readonly #form: Form;
  readonly #limit: number;

  constructor(form: Form, limit: number = 2 ** 31) {
    this.#form = form;
    this.#limit = limit;
  }

  matrix(
    group: string,
    label: string,
    ingredients: readonly Ingredient[],
    columns: number,
  ): Weight {
    const rows = ingredients.reduce((sum, own) => sum + own.rows, 0);
    return this.#shape(group, label, this.#form, rows, columns);
  }

  gateUp(
    group: string,
    label: string,
    _: readonly [string, string],
    rows: number,
    columns: number,
  ): Weight {
    return this.#shape(group, label, this.#form, 2 * roundUp(rows, 4), columns);
  }

  vector(group: string, label: string, ingredients: readonly Ingredient[]): Weight {
    const length = ingredients.reduce((sum, own) => sum + own.rows, 0);
    return this.#shape(group, label, "f32", 1, length);
  }

  gateUpBias(group: string, label: string, _: readonly [string, string], rows: number): Weight {
    return this.#shape(group, label, "f32", 1, 2 * roundUp(rows, 4));
  }

  zeros(group: string, label: string, length: number): Weight {
    return this.#shape(group, label, "f32", 1, length);
  }

  has(): boolean {
    return true;
  }

  #shape(group: string, label: string, form: Form, rows: number, columns: number): Weight {
    const rowBytes = rowByteLength(form, columns);
    const most = Math.max(8, Math.floor(this.#limit / rowBytes / 8) * 8);
    const parts: Weight["parts"][number][] = [];
    for (let firstRow = 0; firstRow < rows; firstRow += most) {
      const own = Math.min(most, rows - firstRow);
      const key = `${group}/${label}#${parts.length}`;
      parts.push({ kind: "weight", key, group, firstRow, rows: own, byteLength: own * rowBytes });
    }
    return { label, group, form, rows, columns, parts };
  }
}
