// Tested by: test/checkpoint/weight-table.test.ts
/**
 * Reads and uploads the embedding rows of a pass's tokens. The table is never bound, and never
 * whole in memory.
 *
 * Rows are cached, up to some megabytes: templates and common words return in every conversation.
 */
import { valueAt } from "../base/at.ts";
import { WeightsError } from "../errors.ts";
import { roundUp } from "../kernels/kernel.ts";
import { toFloat32 } from "./dtype.ts";
import { formBytes } from "../kernels/weight-forms.ts";
import type { StoredForm } from "../kernels/weight-forms.ts";
import type { TensorEntry } from "./checkpoint.ts";

const KEPT_BYTES = 16 * 2 ** 20;
/** Rows no further apart than this are read together. */
const GAP_BYTES = 64 * 1024;
const MAX_READ_BYTES = 2 ** 20;
/** Parallel reads. */
const READS = 8;

const FORMS: Readonly<Record<string, StoredForm>> = { F32: "f32", F16: "f16", BF16: "bf16" };

export interface TokenRows {
  readonly form: StoredForm;
  /** The rows of the distinct tokens, each padded to whole vec4s. */
  readonly values: Uint32Array;
  readonly rows: number;
  /** For each requested token, its row. */
  readonly source: Uint32Array;
}

export class EmbeddingTable {
  readonly #entry: TensorEntry;
  /** The number type of the rows in the file. */
  readonly form: StoredForm;
  readonly #vocabulary: number;
  readonly #rowBytes: number;
  readonly #paddedBytes: number;
  readonly #kept = new Map<number, Uint8Array>();

  constructor(entry: TensorEntry) {
    const [vocabulary = 0, hidden = 0] = entry.shape;
    const form = FORMS[entry.dtype];
    if (!form) {
      throw new WeightsError({
        where: entry.name,
        what: "dtype is not supported",
        got: entry.dtype,
      });
    }
    this.#entry = entry;
    this.form = form;
    this.#vocabulary = vocabulary;
    this.#rowBytes = hidden * formBytes[form];
    this.#paddedBytes = roundUp(hidden, 4) * formBytes[form];
  }

  /** @throws WeightsError if the tokenizer gives an id that the table has no row for. */
  async rows(ids: Uint32Array, signal?: AbortSignal): Promise<TokenRows> {
    const distinct = [...new Set(ids)].toSorted((a, b) => a - b);
    const highest = distinct.at(-1);
    if (highest !== undefined && highest >= this.#vocabulary) {
      throw new WeightsError({
        where: this.#entry.name,
        what: "the tokenizer gives a token that the table has no row for",
        got: highest,
        expected: `ids below ${this.#vocabulary}`,
        todo: "Use the tokenizer that was published with the weights",
      });
    }
    await this.#read(
      distinct.filter((id) => !this.#kept.has(id)),
      signal,
    );
    const values = new Uint8Array(distinct.length * this.#paddedBytes);
    const rowOf = new Map<number, number>();
    for (const [row, id] of distinct.entries()) {
      values.set(valueAt(this.#kept, id), row * this.#paddedBytes);
      rowOf.set(id, row);
    }
    this.#forget();
    return {
      form: this.form,
      values: new Uint32Array(values.buffer),
      rows: distinct.length,
      source: ids.map((id) => valueAt(rowOf, id)),
    };
  }

  /** Returns the rows of tokens in f32, in the order of the ids. */
  async floats(ids: readonly number[], signal?: AbortSignal): Promise<Float32Array[]> {
    const { values, source } = await this.rows(Uint32Array.from(ids), signal);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return [...source].map((row) => {
      const begin = row * this.#paddedBytes;
      return toFloat32(bytes.subarray(begin, begin + this.#rowBytes), this.#entry.dtype);
    });
  }

  /** Reads rows; neighbours are read together. */
  async #read(ids: readonly number[], signal?: AbortSignal): Promise<void> {
    const runs: { first: number; last: number; ids: number[] }[] = [];
    for (const id of ids) {
      const run = runs.at(-1);
      const isNear = run && (id - run.last) * this.#rowBytes <= GAP_BYTES;
      if (run && isNear && (id - run.first + 1) * this.#rowBytes <= MAX_READ_BYTES) {
        run.last = id;
        run.ids.push(id);
      } else {
        runs.push({ first: id, last: id, ids: [id] });
      }
    }
    const readRuns = async (): Promise<void> => {
      for (let run = runs.pop(); run; run = runs.pop()) {
        const bytes = new Uint8Array((run.last - run.first + 1) * this.#rowBytes);
        await this.#entry.file.read(this.#entry.begin + run.first * this.#rowBytes, bytes, signal);
        for (const id of run.ids) {
          const begin = (id - run.first) * this.#rowBytes;
          this.#kept.set(id, bytes.slice(begin, begin + this.#rowBytes));
        }
      }
    };
    await Promise.all(Array.from({ length: READS }, readRuns));
  }

  /** Evicts the rows that were read longest ago. */
  #forget(): void {
    for (const id of this.#kept.keys()) {
      if (this.#kept.size * this.#rowBytes <= KEPT_BYTES) {
        return;
      }
      this.#kept.delete(id);
    }
  }
}
