/**
 * Whether a picture file is all there. Firefox decodes what is left of a PNG, JPEG, GIF or BMP that was cut off, paints the rest
 * white or grey, and reports nothing: the score would be that of another picture. Of WebP and AVIF every browser tells.
 */
import type { ImageHeader } from "./header.ts";

/**
 * Reads through a file to where its picture ends; runs in BMP, which hardly anything writes, are taken on trust.
 * @throws RangeError where the file ends before
 */
export function readToEnd(bytes: Uint8Array, { type, width, height }: ImageHeader): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === "image/png") readPng(view);
  if (type === "image/jpeg") readJpeg(view);
  if (type === "image/gif") readGif(view);
  if (type === "image/bmp") readBmp(view, width, height);
}

/** From chunk to chunk, each a length, a name, as many bytes and a checksum, to `IEND`. */
function readPng(view: DataView): void {
  let at = 8;
  while (view.getUint32(at + 4) !== 0x49454e44) at += 12 + view.getUint32(at);
}

/** From segment to segment to the first scan, then to the end's marker. A thumbnail, which has its own, lies in a segment. */
function readJpeg(view: DataView): void {
  let at = 2;
  while (view.getUint16(at) !== 0xffda) {
    const marker = view.getUint16(at);
    const isSegment = marker >= 0xffc0 && marker < 0xffff; // more of 0xff fills up
    at += isSegment ? 2 + view.getUint16(at + 2) : 1;
  }
  while (view.getUint16(at) !== 0xffd9) at++;
}

/** The first picture and the extensions before it: each ends with an empty block. */
function readGif(view: DataView): void {
  const tableBytes = (at: number): number => {
    const flags = view.getUint8(at);
    return flags & 128 ? 6 << (flags & 7) : 0;
  };
  let at = 13 + tableBytes(10);
  let isPicture = false;
  while (!isPicture) {
    isPicture = view.getUint8(at) === 0x2c;
    at += isPicture ? 11 + tableBytes(at + 9) : 2;
    while (view.getUint8(at) > 0) at += 1 + view.getUint8(at);
    at++;
  }
}

/** Rows of whole words of four bytes. */
function readBmp(view: DataView, width: number, height: number): void {
  const isOld = view.getUint32(14, true) === 12;
  const hasRuns = !isOld && [1, 2].includes(view.getUint32(30, true));
  const rowBytes = 4 * Math.ceil((width * view.getUint16(isOld ? 24 : 28, true)) / 32);
  if (!hasRuns) view.getUint8(view.getUint32(10, true) + rowBytes * height - 1);
}
