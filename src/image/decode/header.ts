/**
 * What a picture file says about itself, read before anything is decoded.
 */
import { InputError } from "../../errors.ts";
import { isLfsPointer, lfsFault } from "../../files/lfs.ts";
import { avif } from "./formats/avif.ts";
import { bmp } from "./formats/bmp.ts";
import { has, text, viewOf } from "./formats/bytes.ts";
import type { Format, ImageType } from "./formats/format.ts";
import { gif } from "./formats/gif.ts";
import { jpeg } from "./formats/jpeg.ts";
import { png } from "./formats/png.ts";
import { webp } from "./formats/webp.ts";

export interface ImageHeader {
  /** The media type, as the bytes have it; a file name or a server's word does not count. */
  readonly type: ImageType;
  /** The stored width, before an EXIF orientation. */
  readonly width: number;
  readonly height: number;
}

const FORMATS: readonly Format[] = [png, jpeg, gif, webp, avif, bmp];
const SUPPORTED = "PNG, JPEG, WebP, AVIF, GIF or BMP";

/** The first bytes of other formats, by the name for the message. */
const OTHERS: readonly (readonly [name: string, start: readonly (string | number)[]])[] = [
  ["TIFF", ["II*\0"]],
  ["TIFF", ["MM\0*"]],
  ["ICO", [0, 0, 1, 0]],
  ["JPEG XL", [0xff, 0x0a]],
  ["JPEG XL", [0, 0, 0, 12, "JXL "]],
  ["JPEG 2000", [0, 0, 0, 12, "jP  "]],
  ["PDF", ["%PDF"]],
  ["Photoshop", ["8BPS"]],
  ["ZIP", ["PK"]],
  ["gzip", [0x1f, 0x8b]],
  ["Matroska or WebM", [0x1a, 0x45, 0xdf, 0xa3]],
];

/**
 * Returns the format of a picture file, by its first bytes.
 * @throws InputError if it is not a supported one
 */
export function formatOf(bytes: Uint8Array): Format {
  if (bytes.length === 0) throw new InputError({ where: "picture", what: "the file is empty" });
  const format = FORMATS.find(({ matches }) => matches(bytes));
  if (format !== undefined) return format;
  if (isLfsPointer(bytes)) throw new InputError(lfsFault("picture"));
  throw new InputError({
    where: "picture",
    what: "not a picture of a supported format",
    got: nameOf(bytes),
    expected: SUPPORTED,
    todo: "Convert the picture, to PNG for example",
  });
}

/**
 * Returns the format and size of a picture.
 * @throws InputError if the bytes are not a picture of a supported format, or end within the header
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  const { type, size } = formatOf(bytes);
  const found = sizeOrUndefined(size, viewOf(bytes));
  if (found !== undefined) return { type, width: found[0], height: found[1] };
  throw new InputError({
    where: "picture",
    what: `the header of the ${type.slice(6).toUpperCase()} file is damaged or cut off`,
    got: `${bytes.length.toLocaleString("en-US")} bytes`,
    todo: "Save the picture again",
  });
}

function sizeOrUndefined(
  size: Format["size"],
  view: DataView,
): ReturnType<Format["size"]> | undefined {
  try {
    return size(view);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Returns what unsupported bytes are, for the message. */
function nameOf(bytes: Uint8Array): string {
  const start = text(bytes, 0, Math.min(bytes.length, 512)).trimStart().toLowerCase();
  if (start.startsWith("<svg") || (start.startsWith("<?xml") && start.includes("<svg")))
    return "SVG";
  if (start.startsWith("<")) return "HTML or XML";
  if (has(bytes, 4, "ftyp")) return `a file of brand ${JSON.stringify(text(bytes, 8, 4))}`;
  for (const [name, parts] of OTHERS) {
    const begin = parts.map((part) =>
      typeof part === "number" ? String.fromCharCode(part) : part,
    );
    if (has(bytes, 0, begin.join(""))) return name;
  }
  const hex = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0"));
  return `a file that begins with bytes ${hex.join(" ")}`;
}
