/**
 * Finds weights that are not numbers, NaN and infinities, while they are uploaded.
 *
 * A quantised block of them would become other numbers, and the score a plausible one. So kernels
 * that quantise set a word for each tensor, which is read at the end of an upload. Vectors are
 * checked here.
 */
import { at, valueAt } from "../base/at.ts";
import { GpuError, WeightsError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { readBack } from "../gpu/read-back.ts";
import { COPY_DST, COPY_SRC, STORAGE } from "../gpu/usage.ts";
import type { StoredForm } from "../kernels/weight-forms.ts";
import type { Strip } from "./read-plan.ts";

/** Words of faults are allocated for this many tensors together; a 7B quantises 400. */
const GROWTH = 1024;

export class FiniteCheck {
  readonly #device: Device;
  /** The number of each tensor that was quantised since the last check. */
  readonly #numbers = new Map<string, { readonly fault: number; readonly path: string }>();
  /** Tensors that passed the check: streamed ones are uploaded again in every pass. */
  readonly #sound = new Set<string>();
  #faults: GPUBuffer | undefined;

  constructor(device: Device) {
    this.#device = device;
  }

  /** Returns the word that the rows of a tensor set. */
  numberOf({ tensor, part, file }: Strip): number {
    if (tensor === undefined) {
      throw new GpuError({ where: part.key, what: "was packed before, and is quantised again" });
    }
    if (this.#sound.has(tensor)) return 0;
    const known = this.#numbers.get(tensor);
    if (known) return known.fault;
    // Word 0 is for tensors that were checked.
    const fault = this.#numbers.size + 1;
    this.#numbers.set(tensor, { fault, path: file.path });
    return fault;
  }

  /** Returns the words, as many as were numbered. A set word stays set until the next check. */
  buffer(): GPUBuffer {
    const words = Math.ceil((this.#numbers.size + 1) / GROWTH) * GROWTH;
    const held = this.#faults;
    if (held && held.size >= words * 4) return held;
    const made = this.#device.buffer("flags of NaN and infinity", words * 4, USAGE);
    if (held) {
      const encoder = this.#device.gpu.createCommandEncoder({ label: "faults of weights" });
      encoder.copyBufferToBuffer(held, 0, made, 0, held.size);
      this.#device.gpu.queue.submit([encoder.finish()]);
      this.#device.release(held);
    }
    this.#faults = made;
    return made;
  }

  /**
   * Waits for quantised tensors.
   * @throws WeightsError that names a tensor with NaN or infinity
   */
  async check(): Promise<void> {
    if (this.#numbers.size === 0 || !this.#faults) return;
    const byteLength = (this.#numbers.size + 1) * 4;
    const read = await readBack(this.#device, [{ buffer: this.#faults, byteLength }]);
    const words = new Uint32Array(at(read, 0));
    for (const [tensor, { fault, path }] of this.#numbers) {
      if (words[fault] !== 0) throw notFinite(path, tensor);
    }
    this.#numbers.forEach((_, tensor) => this.#sound.add(tensor));
    this.#numbers.clear();
  }

  destroy(): void {
    if (this.#faults) this.#device.release(this.#faults);
    this.#faults = undefined;
    this.#numbers.clear();
  }
}

const USAGE = STORAGE | COPY_SRC | COPY_DST;

/** Bits of the exponent, which are all set in a NaN and in an infinity. */
const EXPONENTS: ReadonlyMap<StoredForm, number> = new Map([
  ["f32", 0x7f80_0000],
  ["bf16", 0x7f80],
  ["f16", 0x7c00],
]);

/**
 * Checks the values of a vector.
 * @throws WeightsError that names its tensor
 */
export function checkVector({ tensor, dtype, file }: Strip, rows: Uint8Array): void {
  if (tensor === undefined) return;
  const exponent = valueAt(EXPONENTS, dtype);
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  const each = dtype === "f32" ? 4 : 2;
  for (let begin = 0; begin + each <= rows.byteLength; begin += each) {
    const bits = each === 4 ? view.getUint32(begin, true) : view.getUint16(begin, true);
    if ((bits & exponent) === exponent) throw notFinite(file.path, tensor);
  }
}

/** Returns the error of a tensor with NaN or infinity. */
export function notFinite(path: string, tensor: string): WeightsError {
  return new WeightsError({
    where: `${path}, tensor "${tensor}"`,
    what: "holds NaN or infinity",
    expected: "finite numbers",
    todo: "Download the file again; if it is as published, training went wrong",
  });
}
