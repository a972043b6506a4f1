/**
 * Reads safetensors files for tests: whole, as float32. Written apart from src/checkpoint, so that
 * it can judge it.
 */
import { readFileSync } from "node:fs";

/** A tensor, widened to float32 without rounding. */
export interface FileTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** All tensors of a file by name. Knows F32, F16 and BF16. */
export function readSafetensors(path: string): ReadonlyMap<string, FileTensor> {
  const bytes = new Uint8Array(readFileSync(path));
  const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes));
  const header: Record<string, Entry> = JSON.parse(text);
  const tensors = new Map<string, FileTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const [begin, end] = entry.data_offsets;
    const data = bytes.slice(8 + headerBytes + begin, 8 + headerBytes + end);
    tensors.set(name, { shape: entry.shape, values: widen(entry.dtype, data) });
  }
  return tensors;
}

function widen(dtype: string, data: Uint8Array<ArrayBuffer>): Float32Array {
  switch (dtype) {
    case "F32":
      return new Float32Array(data.buffer);
    case "BF16": {
      const wide = Uint32Array.from(new Uint16Array(data.buffer), (bits) => bits << 16);
      return new Float32Array(wide.buffer);
    }
    case "F16":
      return Float32Array.from(new Uint16Array(data.buffer), widenHalf);
    default:
      throw new Error(`readSafetensors: dtype ${dtype}, wanted F32, F16 or BF16`);
  }
}

/** The value of an IEEE half. */
function widenHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
