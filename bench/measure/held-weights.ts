/**
 * Weights made on the spot, in any form, declared as a model declares its own.
 *
 * A name always gives the same weights (`values.ts`), so that a peer makes the same weights by
 * the same names. If nothing is compared, matrices repeat one pattern: billions of weights are then
 * made as fast as they are uploaded.
 */
import type { Device } from "../../src/gpu/device.ts";
import { COPY_DST, STORAGE } from "../../src/gpu/usage.ts";
import { roundUp } from "../../src/kernels/kernel.ts";
import type { Form, Weight, WeightPart } from "../../src/kernels/kernel.ts";
import { QUANT_BLOCK, rowByteLength, rowValues } from "../../src/kernels/weight-forms.ts";
import { PlacedWeights } from "../../src/pass/placed-weights.ts";
import type { Declare, Ingredient } from "../../src/checkpoint/weight-table.ts";
import { normValues, weightIntegers, WEIGHT_LOWEST, WEIGHT_STEP, weightValues } from "./values.ts";

/** Parts are cut between rows that are a multiple of this, as `WeightTable` cuts them. */
const PART_ROWS = 8;
/** Bytes that are written repeatedly if matrices repeat. */
const PATTERN_BYTES = 2 ** 20;

export interface HeldOptions {
  readonly repeats?: boolean;
}

export class HeldWeights extends PlacedWeights implements Declare {
  readonly #device: Device;
  readonly #form: Form;
  readonly #repeats: boolean;

  constructor(device: Device, form: Form, { repeats = false }: HeldOptions = {}) {
    super(device);
    this.#repeats = repeats;
    this.#device = device;
    this.#form = form;
  }

  matrix(
    group: string,
    label: string,
    ingredients: readonly Ingredient[],
    columns: number,
  ): Weight {
    const rows = ingredients.reduce((sum, own) => sum + own.rows, 0);
    if (this.#repeats) return this.#hold(group, label, undefined, rows, columns);
    const joined = new Uint8Array(rows * columns);
    let at = 0;
    for (const own of ingredients) {
      joined.set(weightIntegers(own.name, own.rows * columns), at);
      at += own.rows * columns;
    }
    return this.#hold(group, label, joined, rows, columns);
  }

  gateUp(
    group: string,
    label: string,
    names: readonly [string, string],
    rows: number,
    columns: number,
  ): Weight {
    const joinedRows = 2 * roundUp(rows, 4);
    if (this.#repeats) return this.#hold(group, label, undefined, joinedRows, columns);
    const [gate, up] = names.map((name) => weightIntegers(name, rows * columns));
    const joined = new Uint8Array(joinedRows * columns);
    for (let row = 0; row < rows; row++) {
      const from = row * columns;
      const to = (Math.floor(row / 4) * 8 + (row % 4)) * columns;
      if (gate) joined.set(gate.subarray(from, from + columns), to);
      if (up) joined.set(up.subarray(from, from + columns), to + 4 * columns);
    }
    return this.#hold(group, label, joined, joinedRows, columns);
  }

  /** Norms are about 1; biases too, which is as good as any. */
  vector(group: string, label: string, ingredients: readonly Ingredient[]): Weight {
    const values = ingredients.flatMap(({ name, rows }) => [...normValues(name, rows)]);
    return this.#vector(group, label, Float32Array.from(values));
  }

  gateUpBias(group: string, label: string, names: readonly [string, string], rows: number): Weight {
    return this.vector(
      group,
      label,
      names.map((name) => ({ name, rows })),
    );
  }

  zeros(group: string, label: string, length: number): Weight {
    return this.#vector(group, label, new Float32Array(length));
  }

  has(): boolean {
    return true;
  }

  #vector(group: string, label: string, values: Float32Array<ArrayBuffer>): Weight {
    const columns = values.length;
    const byteLength = roundUp(columns * 4, 16);
    const key = `${group}/${label}#0`;
    this.#upload(key, values, byteLength);
    const part: WeightPart = { kind: "weight", key, group, firstRow: 0, rows: columns, byteLength };
    return { label, group, form: "f32", rows: 1, columns, parts: [part] };
  }

  #hold(
    group: string,
    label: string,
    integers: Uint8Array | undefined,
    rows: number,
    columns: number,
  ): Weight {
    const form = this.#form;
    const rowBytes = rowByteLength(form, columns);
    const fitting = this.#device.gpu.limits.maxStorageBufferBindingSize / rowBytes / PART_ROWS;
    const perPart = Math.max(PART_ROWS, Math.floor(fitting) * PART_ROWS);
    const parts: WeightPart[] = [];
    for (let firstRow = 0; firstRow < rows; firstRow += perPart) {
      const own = Math.min(perPart, rows - firstRow);
      const key = `${group}/${label}#${parts.length}`;
      const byteLength = roundUp(own * rowBytes, 16);
      const slice = integers?.subarray(firstRow * columns, (firstRow + own) * columns);
      if (slice) this.#upload(key, pack(form, slice, own, columns), byteLength);
      else this.#repeat(key, own, columns, byteLength);
      parts.push({ kind: "weight", key, group, firstRow, rows: own, byteLength });
    }
    return { label, group, form, rows, columns, parts };
  }

  /** A part of the form's integers, or values, that repeat, and the same scale for every block. */
  #repeat(key: string, rows: number, columns: number, byteLength: number): void {
    const form = this.#form;
    const buffer = this.make({ key, byteLength }, STORAGE | COPY_DST);
    const write = (from: number, to: number, pattern: ArrayBufferView<ArrayBuffer>): void => {
      for (let at = from; at < to; at += pattern.byteLength) {
        const bytes = Math.min(pattern.byteLength, to - at);
        this.#device.gpu.queue.writeBuffer(buffer, at, pattern.buffer, 0, bytes);
      }
    };
    const isBlocks = form === "q8" || form === "q4";
    const scaleBytes = isBlocks ? (rows * rowValues(form, columns) * 4) / QUANT_BLOCK : 0;
    const scalesAt = rows * rowByteLength(form, columns) - scaleBytes;
    const values = weightIntegers(key, PATTERN_BYTES / 4);
    write(0, scalesAt, isBlocks ? weightIntegers(key, PATTERN_BYTES) : pack(form, values, 1, 0));
    if (isBlocks) {
      const scales = new Uint32Array(PATTERN_BYTES / 4).fill(scaleWord(form));
      write(scalesAt, scalesAt + scaleBytes, scales);
    }
  }

  #upload(key: string, values: ArrayBufferView<ArrayBuffer>, byteLength: number): void {
    const buffer = this.make({ key, byteLength }, STORAGE | COPY_DST);
    this.#device.gpu.queue.writeBuffer(buffer, 0, values.buffer, 0, values.byteLength);
  }
}

/** The word that encodes the step and the lowest value of each block. */
function scaleWord(form: "q8" | "q4"): number {
  const words = new Uint32Array(
    Float32Array.of(127 * WEIGHT_STEP, WEIGHT_STEP, WEIGHT_LOWEST).buffer,
  );
  const [q8 = 0, step = 0, lowest = 0] = words;
  return form === "q8" ? q8 : (lowest | (step >>> 16)) >>> 0;
}

/** Integers [rows, columns] in the form's GPU layout: see shaders/lib/weight-*.wgsl. */
function pack(
  form: Form,
  integers: Uint8Array,
  rows: number,
  columns: number,
): ArrayBufferView<ArrayBuffer> {
  if (form === "f32") return weightValues(integers);
  if (form === "bf16") {
    const bits = new Uint32Array(weightValues(integers).buffer);
    return Uint16Array.from(bits, (value) => value >>> 16);
  }
  if (columns % QUANT_BLOCK !== 0) {
    throw new Error(`blocks of a benchmark's weights are whole, got ${columns} columns`);
  }
  const padded = rows * rowValues(form, columns);
  const bytes = new Uint8Array(roundUp(rows * rowByteLength(form, columns), 16));
  const words = new Uint32Array(bytes.buffer);
  if (form === "q8") {
    for (let i = 0; i < padded; i++) bytes[i] = (integers[i] ?? 0) - 8;
    words.fill(scaleWord(form), padded / 4, padded / 4 + padded / QUANT_BLOCK);
    return bytes;
  }
  if (form !== "q4") throw new Error(`benchmarks have no weights in ${form}`);
  for (let i = 0; i < padded; i++) {
    const byte = (i >> 3) * 4 + (i & 3);
    bytes[byte] = (bytes[byte] ?? 0) | ((integers[i] ?? 0) << (i & 4));
  }
  words.fill(scaleWord(form), padded / 8, padded / 8 + padded / QUANT_BLOCK);
  return bytes;
}
