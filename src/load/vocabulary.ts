// Tested by: test/golden/heads.gpu.test.ts
/**
 * Shares of the whole vocabulary: every row of the output embedding times a few states.
 *
 *   rows of the file, some megabytes at a time → a buffer → matmul with the states → logits
 *
 * The embedding has up to a gigabyte, and most calls never need it. So its rows are read when they
 * are asked for the first time, and stay on the GPU if the budget has room for all of them.
 */
import { at, valueAt } from "../base/at.ts";
import type { TensorEntry } from "../checkpoint/checkpoint.ts";
import { FORMS } from "../checkpoint/weight-table.ts";
import { WeightsError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { COPY_DST, STORAGE } from "../gpu/usage.ts";
import { roundUp } from "../kernels/kernel.ts";
import type { Tensor, Weight } from "../kernels/kernel.ts";
import { linear } from "../kernels/matmul.ts";
import type { Profile } from "../kernels/profile.ts";
import { formBytes, rowByteLength } from "../kernels/weight-forms.ts";
import type { StoredForm } from "../kernels/weight-forms.ts";
import { Arena } from "../pass/arena.ts";
import { PlacedWeights } from "../pass/placed-weights.ts";
import { Plan } from "../pass/plan.ts";
import { run } from "../pass/run.ts";

/** Bytes of rows that are on the GPU together. */
const CHUNK_BYTES = 32 * 2 ** 20;
const GROUP = "vocabulary";

interface Parts {
  readonly device: Device;
  readonly profile: Profile;
  /** The output embedding [vocabulary, hidden]. */
  readonly entry: TensorEntry;
  /** GPU bytes that it may keep. */
  readonly spare: number;
}

export class Vocabulary {
  readonly #parts: Parts;
  readonly #form: StoredForm;
  /** By chunk, if all of them stay. */
  readonly #kept = new Map<number, { holder: PlacedWeights; weight: Weight }>();
  #arena: Arena | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    const form = FORMS[parts.entry.dtype];
    if (!form) {
      const { name, dtype } = parts.entry;
      throw new WeightsError({ where: name, what: "dtype is not supported", got: dtype });
    }
    this.#form = form;
  }

  /**
   * Returns the logarithm of the sum of exp(logit) over all tokens, for each state.
   * @param states [hidden] each
   */
  async logSums(states: readonly Float32Array[], signal?: AbortSignal): Promise<number[]> {
    const [rows = 0, hidden = 0] = this.#parts.entry.shape;
    const rowBytes = rowByteLength(this.#form, hidden);
    const chunkRows = Math.max(8, Math.floor(CHUNK_BYTES / rowBytes / 8) * 8);
    const isKept = rows * rowBytes <= this.#parts.spare;
    const sums = states.map(() => ({ most: -Infinity, sum: 0 }));
    for (let first = 0; first < rows; first += chunkRows) {
      signal?.throwIfAborted();
      const count = Math.min(chunkRows, rows - first);
      const chunk = this.#kept.get(first) ?? (await this.#load(first, count, signal));
      if (isKept) this.#kept.set(first, chunk);
      try {
        const logits = await this.#multiply(chunk, states, signal);
        for (const [i, total] of sums.entries()) {
          addPowers(total, logits.subarray(i * count, (i + 1) * count));
        }
      } finally {
        if (!isKept) chunk.holder.destroy();
      }
    }
    return sums.map(({ most, sum }) => most + Math.log(sum));
  }

  destroy(): void {
    for (const { holder } of this.#kept.values()) holder.destroy();
    this.#kept.clear();
    this.#arena?.destroy();
    this.#arena = undefined;
  }

  /** GPU bytes that stay between calls. */
  get byteLength(): number {
    return [...this.#kept.values()].reduce((sum, { holder }) => sum + holder.byteLength, 0);
  }

  async #load(
    first: number,
    count: number,
    signal: AbortSignal | undefined,
  ): Promise<{ holder: PlacedWeights; weight: Weight }> {
    const { device, entry } = this.#parts;
    const [, hidden = 0] = entry.shape;
    const storedRow = hidden * formBytes[this.#form];
    const paddedRow = rowByteLength(this.#form, hidden);
    const stored = new Uint8Array(count * storedRow);
    await entry.file.read(entry.begin + first * storedRow, stored, signal);
    const byteLength = roundUp(count * paddedRow, 16);
    const bytes = new Uint8Array(byteLength);
    for (let row = 0; row < count; row++) {
      bytes.set(stored.subarray(row * storedRow, (row + 1) * storedRow), row * paddedRow);
    }
    const key = `${GROUP}/${first}`;
    const part = {
      kind: "weight",
      key,
      group: GROUP,
      firstRow: 0,
      rows: count,
      byteLength,
    } as const;
    const shape = { rows: count, columns: hidden };
    const weight: Weight = { label: key, group: GROUP, form: this.#form, ...shape, parts: [part] };
    const holder = new PlacedWeights(device);
    try {
      await device.scoped(key, () => {
        const buffer = holder.make(part, STORAGE | COPY_DST);
        device.gpu.queue.writeBuffer(buffer, 0, bytes);
      });
    } catch (error) {
      holder.destroy();
      throw error;
    }
    return { holder, weight };
  }

  /** Returns the logits [states, rows] of a chunk. */
  async #multiply(
    { holder, weight }: { holder: PlacedWeights; weight: Weight },
    states: readonly Float32Array[],
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const { device, profile } = this.#parts;
    this.#arena ??= new Arena(device);
    const plan = new Plan(profile);
    const width = roundUp(weight.columns, 4);
    const values = new Float32Array(states.length * width);
    for (const [i, state] of states.entries()) values.set(state, i * width);
    const rows = plan.input("vocabulary.states", values, states.length);
    const x: Tensor = { ...rows, columns: weight.columns };
    plan.output("logits", linear(plan, "vocabulary.logits", x, weight));
    return valueAt(await run(device, this.#arena, holder, plan, { signal }), "logits");
  }
}

/** Adds the powers of logits to a sum that is kept relative to the largest of them. */
function addPowers(total: { most: number; sum: number }, logits: Float32Array): void {
  let most = total.most;
  for (const logit of logits) most = Math.max(most, logit);
  let sum = total.most === -Infinity ? 0 : total.sum * Math.exp(total.most - most);
  for (let i = 0; i < logits.length; i++) sum += Math.exp(at(logits, i) - most);
  total.most = most;
  total.sum = sum;
}
