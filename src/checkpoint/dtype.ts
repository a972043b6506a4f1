/**
 * The number types of safetensors, and the conversion of small tensors to f32.
 *
 * All types of the format are known, so that every published file can be read and verified. The
 * engine computes with F32, F16 and BF16. Large tensors go to the GPU as stored: `toFloat32` is for
 * biases, heads and embedding rows.
 */
import { UnsupportedError } from "../errors.ts";

/** Bits of one element, by the name in the file (safetensors 0.8, `Dtype::bitsize`). */
export const dtypeBits: ReadonlyMap<string, number> = new Map([
  ["BOOL", 8],
  ["F4", 4],
  ["F6_E2M3", 6],
  ["F6_E3M2", 6],
  ["U8", 8],
  ["I8", 8],
  ["F8_E5M2", 8],
  ["F8_E4M3", 8],
  ["F8_E8M0", 8],
  ["F8_E4M3FNUZ", 8],
  ["F8_E5M2FNUZ", 8],
  ["I16", 16],
  ["U16", 16],
  ["F16", 16],
  ["BF16", 16],
  ["I32", 32],
  ["U32", 32],
  ["F32", 32],
  ["C64", 64],
  ["F64", 64],
  ["I64", 64],
  ["U64", 64],
]);

/** The types that the engine computes with. */
export const floatDtypes: readonly string[] = ["F32", "F16", "BF16"];

/**
 * Returns the bytes of one element of a type that the engine computes with.
 * @throws UnsupportedError for other types
 */
export function dtypeBytes(dtype: string): number {
  if (!floatDtypes.includes(dtype)) throw unsupported(dtype);
  return dtype === "F32" ? 4 : 2;
}

/**
 * Converts elements to f32 exactly; bits of NaNs are preserved as far as f32 can.
 * @param bytes little-endian, whole elements, at any alignment
 * @throws UnsupportedError for other types than F32, F16 and BF16
 */
export function toFloat32(bytes: Uint8Array, dtype: string): Float32Array<ArrayBuffer> {
  const elementBytes = dtypeBytes(dtype);
  if (bytes.byteLength % elementBytes !== 0) {
    throw new RangeError(`${bytes.byteLength} bytes are not a whole number of ${dtype} elements`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = new Uint32Array(bytes.byteLength / elementBytes);
  for (let i = 0; i < bits.length; i++) {
    if (dtype === "F32") bits[i] = view.getUint32(i * 4, true);
    else if (dtype === "BF16") bits[i] = view.getUint16(i * 2, true) << 16;
    else bits[i] = f32BitsOfF16(view.getUint16(i * 2, true));
  }
  return new Float32Array(bits.buffer);
}

/**
 * Widens an f16. It is 1 sign, 5 exponent (bias 15) and 10 mantissa bits; f32 is 1, 8 (bias 127)
 * and 23.
 */
function f32BitsOfF16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (mantissa << 13);
  if (exponent !== 0) return sign | ((exponent + 127 - 15) << 23) | (mantissa << 13);
  if (mantissa === 0) return sign;
  // Subnormal: mantissa * 2^-24. Its leading one becomes f32's implicit one.
  const leading = 31 - Math.clz32(mantissa);
  return sign | ((leading + 127 - 24) << 23) | ((mantissa << (23 - leading)) & 0x7fffff);
}

function unsupported(dtype: string): UnsupportedError {
  return new UnsupportedError({
    where: `dtype ${dtype}`,
    what: "the engine does not compute with this type",
    expected: floatDtypes.join(", "),
    todo: "Save the checkpoint in one of these types",
  });
}
