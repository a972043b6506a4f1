// Tested by: test/image/decode/alpha.test.ts
/**
 * Takes the transparency out of a picture file, so that a decoder gives its colours as they are
 * stored. Python: `Image.convert("RGB")`.
 *
 *     PNG    tRNS is left out; samples of alpha become opaque, in rows that are packed again
 *     WebP   the flag, and ALPH of a lossy picture, or the bit of a lossless one
 *     GIF    the flag of the graphic control extension
 *
 * Other formats have no alpha, or a plane of it that `file.ts` leaves out.
 */
import { InputError } from "../../errors.ts";
import { concat, has, text, viewOf } from "./formats/bytes.ts";
import { formatOf } from "./header.ts";
import { PngRows } from "./formats/png-rows.ts";

/** Returns the file without transparency; the same bytes if it has none. */
export async function withoutAlpha(
  file: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { type } = formatOf(file);
  try {
    if (type === "image/png") return await opaquePng(file);
    if (type === "image/webp") return opaqueWebp(file);
    return type === "image/gif" ? opaqueGif(file) : file;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError({
      where: "picture",
      what: "its transparency cannot be taken out: the file is cut off or damaged",
      todo: "Save it again",
      cause,
    });
  }
}

/** Color types with alpha: samples of a pixel. */
const WITH_ALPHA: Readonly<Record<number, number>> = { 4: 2, 6: 4 };

async function opaquePng(file: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const samples = WITH_ALPHA[viewOf(file).getUint8(25)];
  const rows = new PngRows(file);
  if (samples === undefined) return rows.without("tRNS");
  return await rows.map((row, bytes) => {
    for (let at = (samples - 1) * bytes; at < row.length; at += samples * bytes) {
      row.fill(255, at, at + bytes);
    }
  });
}

/** VP8X: the file has alpha. */
const HAS_ALPHA = 0x10;

function opaqueWebp(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = file.slice();
  const view = viewOf(bytes);
  if (has(bytes, 12, "VP8X")) view.setUint8(20, view.getUint8(20) & ~HAS_ALPHA);
  const parts: Uint8Array[] = [bytes.subarray(0, 12)];
  for (let at = 12; at + 8 <= bytes.length;) {
    const name = text(bytes, at, 4);
    const length = view.getUint32(at + 4, true);
    const end = Math.min(bytes.length, at + 8 + length + (length % 2));
    // The 29th bit of a lossless picture: alpha is used.
    if (name === "VP8L") view.setUint8(at + 12, view.getUint8(at + 12) & ~0x10);
    if (name !== "ALPH") parts.push(bytes.subarray(at, end));
    at = end;
  }
  const whole = concat(parts);
  viewOf(whole).setUint32(4, whole.length - 8, true);
  return whole;
}

function opaqueGif(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = file.slice();
  for (let at = 13; at + 8 <= bytes.length; at++) {
    const isControl = bytes[at] === 0x21 && bytes[at + 1] === 0xf9 && bytes[at + 2] === 4;
    if (!isControl || bytes[at + 7] !== 0) continue;
    bytes[at + 3] = bytes[at + 3]! & ~1;
    break;
  }
  return bytes;
}
