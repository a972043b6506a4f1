/** Runs one matmul on the GPU, with weights in any form, as the model would record it. */
import { COPY_DST, STORAGE } from "../../src/gpu/usage.ts";
import type { Device } from "../../src/gpu/device.ts";
import type { Form, Tensor, Weight, WeightPart } from "../../src/kernels/kernel.ts";
import { linear, swigluLinear } from "../../src/kernels/matmul.ts";
import type { Profile } from "../../src/kernels/profile.ts";
import { rowByteLength, rowValues } from "../../src/kernels/weight-forms.ts";
import { Arena } from "../../src/pass/arena.ts";
import { Plan } from "../../src/pass/plan.ts";
import { run } from "../../src/pass/run.ts";
import { PlacedWeights } from "../../src/pass/placed-weights.ts";
import type { WeightHolder } from "../../src/pass/weight-holder.ts";
import { quantise } from "../../testing/reference/quantise.ts";

/** Values that bf16 and f16 hold exactly, of both signs, with no period that a tile could hide. */
export function exactValues(count: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (((state >>> 16) % 255) - 127) / 128;
  });
}

/** A weight packed for the GPU, and the values that it encodes. */
export interface PackedWeight {
  readonly weight: Weight;
  readonly parts: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly values: ArrayLike<number>;
  readonly magnitudes: ArrayLike<number> | undefined;
  readonly roundings: number;
}

/** [rows, columns] in a form, in parts of `partRows` rows. */
export function packWeight(
  form: Form,
  values: Float32Array,
  rows: number,
  columns: number,
  partRows: number = rows,
): PackedWeight {
  const parts: WeightPart[] = [];
  const bytes = new Map<string, Uint8Array<ArrayBuffer>>();
  const stands = new Float64Array(rows * columns);
  for (let firstRow = 0; firstRow < rows; firstRow += partRows) {
    const own = Math.min(partRows, rows - firstRow);
    const slice = values.subarray(firstRow * columns, (firstRow + own) * columns);
    const key = `weight#${parts.length}`;
    const packed = packRows(form, slice, own, columns);
    bytes.set(key, packed.bytes);
    stands.set(packed.values, firstRow * columns);
    const byteLength = Math.ceil((own * rowByteLength(form, columns)) / 16) * 16;
    parts.push({ kind: "weight", key, group: "test", firstRow, rows: own, byteLength });
  }
  const isBlocks = form === "q8" || form === "q4";
  return {
    weight: { label: "weight", group: "test", form, rows, columns, parts },
    parts: bytes,
    values: stands,
    magnitudes: form === "q4" ? q4Magnitudes(values, rows, columns) : undefined,
    // unpack4x8snorm and unorm divide, the scale is multiplied, q4 adds its lowest value.
    roundings: isBlocks ? 8 : 0,
  };
}

function packRows(
  form: Form,
  values: Float32Array,
  rows: number,
  columns: number,
): { bytes: Uint8Array<ArrayBuffer>; values: ArrayLike<number> } {
  if (form === "q8" || form === "q4") {
    const made = quantise(form, values, rows, columns);
    return { bytes: new Uint8Array(made.bytes.buffer), values: made.values };
  }
  const stride = rowValues(form, columns);
  const padded = new Float32Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    padded.set(values.subarray(row * columns, (row + 1) * columns), row * stride);
  }
  if (form === "f32") {
    return { bytes: new Uint8Array(padded.buffer), values };
  }
  const halves = form === "bf16" ? bf16(padded) : Uint16Array.from(padded, f16Bits);
  return { bytes: new Uint8Array(halves.buffer), values };
}

function bf16(values: Float32Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  return Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
}

/** Returns the f16 bits of a value that f16 holds exactly and that is not subnormal in f16. */
export function f16Bits(value: number): number {
  if (value === 0) return 0;
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  return ((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}

/**
 * |integer * step| + |lowest| is at most three times the largest value of the block: good enough
 * for a bound.
 */
function q4Magnitudes(values: Float32Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < columns; k += 32) {
      const block = values.subarray(row * columns + k, row * columns + Math.min(k + 32, columns));
      const most = block.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      result.fill(3 * most, row * columns + k, row * columns + k + block.length);
    }
  }
  return result;
}

export interface MatmulRun {
  readonly rows: number;
  readonly x: Float32Array;
  readonly packed: PackedWeight;
  readonly bias?: Float32Array | undefined;
  readonly residual?: Float32Array | undefined;
  /** Of a SwiGLU, whose weight holds gates and ups interleaved in fours. */
  readonly gates?: number | undefined;
  /** A second weight. It is applied to the first product, as that is stored on the GPU. */
  readonly second?: PackedWeight | undefined;
}

/** The product [rows, weight.rows or gates], computed under a profile. */
export async function runMatmul(
  device: Device,
  profile: Profile,
  { rows, x, packed, bias, residual, gates, second }: MatmulRun,
): Promise<Float32Array> {
  const { weight } = packed;
  const plan = new Plan(profile);
  const tensor = paddedInput(plan, "x", x, rows);
  const parts = new Map(packed.parts);
  const biasWeight = bias && vector(bias, parts);
  const out =
    gates === undefined
      ? linear(plan, "matmul", tensor, weight, {
          bias: biasWeight,
          residual: residual && paddedInput(plan, "residual", residual, rows),
        })
      : swigluLinear(plan, "matmul", tensor, weight, gates, biasWeight);
  plan.output("out", second ? linear(plan, "second", out, renamed(second, parts)) : out);
  const holder = hold(device, parts);
  const arena = new Arena(device);
  try {
    const outputs = await run(device, arena, holder, plan);
    return outputs.get("out") ?? new Float32Array(0);
  } finally {
    arena.destroy();
    holder.destroy();
  }
}

/** A weight of one part beside those that are there. */
function renamed(packed: PackedWeight, parts: Map<string, Uint8Array<ArrayBuffer>>): Weight {
  const own = packed.weight.parts.map((part) => ({ ...part, key: `second ${part.key}` }));
  own.forEach(({ key }, i) => parts.set(key, packed.parts.get(packed.weight.parts[i]!.key)!));
  return { ...packed.weight, parts: own };
}

/** An input whose rows are padded with zeros to whole vec4s, as the tensors of a pass are. */
function paddedInput(plan: Plan, label: string, values: Float32Array, rows: number): Tensor {
  const columns = values.length / rows;
  const stride = Math.ceil(columns / 4) * 4;
  const padded = new Float32Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    padded.set(values.subarray(row * columns, (row + 1) * columns), row * stride);
  }
  const made = plan.input(label, padded, rows);
  const tensor: Tensor = { ...made, columns };
  plan.tensors[made.id] = tensor;
  plan.inputs.delete(made);
  plan.inputs.set(tensor, padded);
  return tensor;
}

function vector(values: Float32Array, parts: Map<string, Uint8Array<ArrayBuffer>>): Weight {
  const columns = values.length;
  const bytes = new Uint8Array(Math.ceil(columns / 4) * 16);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  parts.set("bias", bytes);
  const part: WeightPart = {
    kind: "weight",
    key: "bias",
    group: "test",
    firstRow: 0,
    rows: columns,
    byteLength: bytes.byteLength,
  };
  return { label: "bias", group: "test", form: "f32", rows: 1, columns, parts: [part] };
}

function hold(device: Device, parts: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): WeightHolder {
  const weights = new PlacedWeights(device);
  for (const [key, bytes] of parts) {
    const buffer = weights.make({ key, byteLength: bytes.byteLength }, STORAGE | COPY_DST);
    device.gpu.queue.writeBuffer(buffer, 0, bytes);
  }
  return weights;
}
