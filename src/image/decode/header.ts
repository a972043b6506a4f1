/**
 * What a picture file says about itself, read from its first bytes and before anything is decoded.
 *
 * Browsers decode a picture of 100,000 × 1 pixels to zeros without an error, and one of 20,000 ×
 * 20,000 that fits in 48 KB; so the size is known, and judged, first.
 */
import { InputError } from "../../errors.ts";
import { checkRatio } from "../resize/smart-resize.ts";

export interface ImageHeader {
  /** The media type, as the bytes have it; a file name or a server's word does not count. */
  readonly type:
    | "image/png"
    | "image/jpeg"
    | "image/webp"
    | "image/avif"
    | "image/gif"
    | "image/bmp";
  /** As stored: before an EXIF orientation. */
  readonly width: number;
  readonly height: number;
}

const SUPPORTED = "PNG, JPEG, WebP, AVIF, GIF or BMP";
const MAX_PIXELS = 64_000_000;
/** Beyond it, canvases of some browsers read back as zeros. */
const MAX_SIDE = 16_384;

/**
 * The format and size of a picture.
 * @throws InputError where the bytes are no picture of a supported format, or end within the header
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  if (bytes.length === 0) throw new InputError({ where: "picture", what: "the file is empty" });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { type, matches, size } of FORMATS) {
    if (!matches(bytes)) continue;
    const found = sizeOrUndefined(size, view);
    if (found === undefined) {
      throw new InputError({
        where: "picture",
        what: `the header of the ${type.slice(6).toUpperCase()} file is damaged or cut off`,
        got: `${bytes.length.toLocaleString("en-US")} bytes`,
        todo: "Save the picture again",
      });
    }
    return { type, width: found[0], height: found[1] };
  }
  throw new InputError({
    where: "picture",
    what: "not a picture of a supported format",
    got: nameOf(bytes),
    expected: SUPPORTED,
    todo: "Convert the picture, to PNG for example",
  });
}

/**
 * Whether a picture of this size can be decoded and scored.
 * @throws InputError for an empty one, more than 64 megapixels, a side above 16,384, or a ratio
 *   above 200
 */
export function checkImageSize(width: number, height: number): void {
  checkRatio(height, width);
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    throw new InputError({
      where: "picture",
      what: "it is too large",
      got: `${width} × ${height} pixels`,
      expected: `at most ${MAX_PIXELS / 1e6} megapixels, 16,384 a side`,
      todo: "Shrink the picture: the model sees a smaller one anyway",
    });
  }
}

type Size = readonly [width: number, height: number];

interface Format {
  readonly type: ImageHeader["type"];
  readonly matches: (bytes: Uint8Array) => boolean;
  /** Reading past the end throws a RangeError. */
  readonly size: (view: DataView) => Size | undefined;
}

const FORMATS: readonly Format[] = [
  { type: "image/png", matches: (b) => has(b, 0, "\x89PNG\r\n\x1a\n"), size: pngSize },
  { type: "image/jpeg", matches: (b) => has(b, 0, "\xff\xd8\xff"), size: jpegSize },
  { type: "image/gif", matches: (b) => has(b, 0, "GIF87a") || has(b, 0, "GIF89a"), size: gifSize },
  { type: "image/webp", matches: (b) => has(b, 0, "RIFF") && has(b, 8, "WEBP"), size: webpSize },
  { type: "image/avif", matches: (b) => has(b, 4, "ftyp") && isAvif(b), size: avifSize },
  { type: "image/bmp", matches: (b) => has(b, 0, "BM"), size: bmpSize },
];

function sizeOrUndefined(size: Format["size"], view: DataView): Size | undefined {
  try {
    return size(view);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function pngSize(view: DataView): Size | undefined {
  return has(bytesOf(view), 12, "IHDR") ? [view.getUint32(16), view.getUint32(20)] : undefined;
}

function gifSize(view: DataView): Size {
  return [view.getUint16(6, true), view.getUint16(8, true)];
}

function bmpSize(view: DataView): Size {
  if (view.getUint32(14, true) === 12) return [view.getUint16(18, true), view.getUint16(20, true)];
  // A negative height says that the rows go down.
  return [view.getInt32(18, true), Math.abs(view.getInt32(22, true))];
}

/** From segment to segment until a start of frame, which has the size. */
function jpegSize(view: DataView): Size | undefined {
  let at = 2;
  for (;;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    const hasLength = marker !== 0xff && marker !== 0x01 && !(marker >= 0xd0 && marker <= 0xd8);
    if (!hasLength) {
      at += marker === 0xff ? 1 : 2; // 0xff fills up
      continue;
    }
    if (marker === 0xd9 || marker === 0xda) return undefined; // no frame came
    const isHuffman = marker === 0xc4;
    const isExtension = marker === 0xc8 || marker === 0xcc;
    if (marker >= 0xc0 && marker <= 0xcf && !isHuffman && !isExtension) {
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    }
    at += 2 + view.getUint16(at + 2);
  }
}

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
  if (has(bytes, 12, "VP8 ") && has(bytes, 23, "\x9d\x01\x2a")) {
    return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  }
  return undefined;
}

/** The brands of an `ftyp` box: major at 8, compatible ones from 16. */
function brands(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = Math.min(bytes.length, bytes.length >= 4 ? view.getUint32(0) : 0);
  const found: string[] = [];
  for (let at = 8; at + 4 <= end; at += 4) if (at !== 12) found.push(text(bytes, at, 4));
  return found;
}

function isAvif(bytes: Uint8Array): boolean {
  return brands(bytes).some((brand) => brand === "avif" || brand === "avis");
}

/**
 * The largest `ispe` (image spatial extent) in meta/iprp/ipco: a grid's own, not a tile's or the
 * alpha plane's.
 */
function avifSize(view: DataView): Size | undefined {
  const meta = boxes(view, 0, view.byteLength).find((box) => box.type === "meta");
  const iprp = meta && boxes(view, meta.begin + 4, meta.end).find((box) => box.type === "iprp");
  const ipco = iprp && boxes(view, iprp.begin, iprp.end).find((box) => box.type === "ipco");
  if (ipco === undefined) return undefined;
  const sizes = boxes(view, ipco.begin, ipco.end)
    .filter((box) => box.type === "ispe")
    .map(({ begin }): Size => [view.getUint32(begin + 4), view.getUint32(begin + 8)]);
  return sizes.toSorted((a, b) => b[0] * b[1] - a[0] * a[1])[0];
}

interface Box {
  readonly type: string;
  /** The content. */
  readonly begin: number;
  readonly end: number;
}

/** The boxes of ISO 14496-12 that lie in `[begin, end)`. */
function boxes(view: DataView, begin: number, end: number): Box[] {
  const found: Box[] = [];
  let at = begin;
  while (at + 8 <= end) {
    const short = view.getUint32(at);
    const header = short === 1 ? 16 : 8;
    const length = short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? end - at : short;
    if (length < header) break;
    const type = text(bytesOf(view), at + 4, 4);
    found.push({ type, begin: at + header, end: Math.min(end, at + length) });
    at += length;
  }
  return found;
}

/** What unsupported bytes are, for the message. */
function nameOf(bytes: Uint8Array): string {
  const start = text(bytes, 0, Math.min(bytes.length, 512)).trimStart().toLowerCase();
  if (start.startsWith("<svg") || (start.startsWith("<?xml") && start.includes("<svg")))
    return "SVG";
  if (start.startsWith("<")) return "HTML or XML";
  if (has(bytes, 4, "ftyp")) return `a file of brand ${JSON.stringify(text(bytes, 8, 4))}`;
  if (has(bytes, 0, "II*\0") || has(bytes, 0, "MM\0*")) return "TIFF";
  const hex = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0"));
  return `a file that begins with bytes ${hex.join(" ")}`;
}

/** Whether the bytes at a place are these, each below 256. */
function has(bytes: Uint8Array, at: number, characters: string): boolean {
  return text(bytes, at, characters.length) === characters;
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
