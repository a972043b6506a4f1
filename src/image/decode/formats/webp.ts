// Tested by: test/image/decode/pillow-headers.test.ts
/** WebP files: chunks of RIFF. Chunks count as libwebp's demuxer takes them. */
import { bytesOf, has, text, viewOf } from "./bytes.ts";
import type { Format, PlainFile, Size } from "./format.ts";

/** Flags of the `VP8X` chunk: which chunks the file says it has. */
const HAS_EXIF = 0x08;
const HAS_XMP = 0x04;

export const webp: Format = {
  type: "image/webp",
  matches: (bytes) => has(bytes, 0, "RIFF") && has(bytes, 8, "WEBP"),
  size: webpSize,
  open: openWebp,
};

function webpSize(view: DataView): Size | undefined {
  const bytes = bytesOf(view);
  if (has(bytes, 12, "VP8X")) {
    const uint24 = (at: number): number =>
      view.getUint16(at, true) + view.getUint8(at + 2) * 65_536;
    return [uint24(24) + 1, uint24(27) + 1];
  }
  if (has(bytes, 12, "VP8L") && view.getUint8(20) === 0x2f) {
    const bits = view.getUint32(21, true);
    return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
  }
  if (has(bytes, 12, "VP8 ") && view.getUint8(23) === 0x9d && view.getUint16(24) === 0x012a) {
    return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  }
  return undefined;
}

/** Browsers notice themselves if a WebP file is cut off. */
function openWebp(file: Uint8Array<ArrayBuffer>): PlainFile {
  if (!has(file, 12, "VP8X")) return { bytes: file, tags: {} }; // no other chunk counts
  const bytes = file.slice();
  const view = viewOf(bytes);
  const flags = view.getUint8(20);
  const end = Math.min(bytes.length, 8 + view.getUint32(4, true));
  let exif: Uint8Array | undefined;
  let xmp: string | undefined;
  // After 12 bytes, chunks of a name, a length and as many bytes, padded to an even count.
  for (let at = 12; at + 8 <= end;) {
    const name = text(bytes, at, 4);
    const length = view.getUint32(at + 4, true);
    if (name === "EXIF") {
      if (flags & HAS_EXIF) exif ??= file.subarray(at + 8, at + 8 + length);
      bytes.fill(0x78, at, at + 4); // "xxxx": no browser turns the picture
    }
    if (name === "XMP " && flags & HAS_XMP) xmp ??= text(file, at + 8, length);
    at += 8 + length + (length % 2);
  }
  view.setUint8(20, flags & ~HAS_EXIF);
  return { bytes, tags: { exif, xmp } };
}
