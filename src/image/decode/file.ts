// Tested by: test/image/decode/decode.test.ts
/**
 * A picture file to pixels: its format's own code makes it plain, the browser decodes it, and its
 * orientation is applied here.
 */
import { InputError, RewardError, UnsupportedError } from "../../errors.ts";
import { isLfsPointer, lfsFault } from "../../files/lfs.ts";
import { AS_STORED, checkCanvas, readBitmap } from "./canvas.ts";
import type { PlainFile } from "./formats/format.ts";
import { formatOf, readImageHeader, type ImageHeader } from "./header.ts";
import { readOrientation, turnUpright } from "./orientation.ts";
import { opaque, overWhite, type Pixels } from "./pixels.ts";
import type { PictureDecoder, RawPixels } from "../../types.ts";
import { checkImageSize } from "./size-limits.ts";

/**
 * Returns the pixels of a file, over white; upright, unless they are asked for as stored.
 * @throws InputError if it is not a picture of a supported format, damaged, empty or too large
 * @throws UnsupportedError if there is no decoder here, or one that reads this file otherwise
 */
export async function decodeFile(
  file: Uint8Array<ArrayBuffer>,
  signal?: AbortSignal,
  orientation: "exif" | "stored" = "exif",
  alphaRule: "white" | "drop" = "white",
  decoder?: PictureDecoder,
): Promise<Pixels> {
  if (isLfsPointer(file)) throw new InputError(lfsFault("picture"));
  const header = readImageHeader(file);
  checkImageSize(header.width, header.height);
  const opened = await openFile(file, header);
  if ("data" in opened) return opened;
  const decode = decoder ? byDecoder(decoder, signal) : byBrowser(header);
  signal?.throwIfAborted();
  const pixels = await decode(opened.bytes, header);
  if (opened.alpha !== undefined) {
    signal?.throwIfAborted();
    const alpha = await decode(opened.alpha, header);
    const { data } = pixels;
    for (let i = 3; i < data.length; i += 4) data[i] = alpha.data[i - 1]!;
    if (opened.isPremultiplied === true) unpremultiply(data);
    data.set(alphaRule === "white" ? overWhite(data) : opaque(data));
  }
  return orientation === "stored" ? pixels : turnUpright(pixels, readOrientation(opened.tags));
}

/** Divides colours by alpha, as libavif does by libyuv: within one step of 255. */
function unpremultiply(data: Uint8Array): void {
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]!;
    const inverse = alpha === 0 ? 0 : Math.min(65_535, Math.floor(65_536 / alpha));
    for (let channel = i; channel < i + 3; channel++) {
      data[channel] = Math.min(255, (data[channel]! * inverse + 128) >> 8);
    }
  }
}

async function openFile(
  file: Uint8Array<ArrayBuffer>,
  header: ImageHeader,
): Promise<PlainFile | Pixels> {
  try {
    return await formatOf(file).open(file, [header.width, header.height]);
  } catch (cause) {
    throw cause instanceof RangeError ? damaged(header, cause) : cause;
  }
}

type Decode = (bytes: Uint8Array<ArrayBuffer>, header: ImageHeader) => Promise<Pixels>;

/** Returns the browser's decoder. @throws UnsupportedError if there is none here */
function byBrowser(header: ImageHeader): Decode {
  if (typeof createImageBitmap === "undefined") {
    throw new UnsupportedError({
      where: "picture",
      what: `this runtime has no decoder of ${nameOf(header)} files`,
      todo:
        "Load the model with decodeImage: sharpDecoder() of vl-reward/node, or give " +
        "{ width, height, data } of RGBA bytes",
    });
  }
  checkCanvas();
  return decodeInBrowser;
}

/** Returns the caller's decoder; its pixels are laid over white. */
function byDecoder(decoder: PictureDecoder, signal: AbortSignal | undefined): Decode {
  return async (bytes, header) => {
    let decoded: RawPixels;
    try {
      decoded = await decoder(bytes, header.type, signal);
    } catch (cause) {
      signal?.throwIfAborted();
      throw cause instanceof RewardError ? cause : damaged(header, cause, "decodeImage");
    }
    const { width, height, data } = decoded;
    const isFitting = width === header.width && height === header.height;
    if (isFitting && data.length === width * height * 4) {
      return { width, height, data: overWhite(data) };
    }
    throw new UnsupportedError({
      where: "picture, decodeImage",
      what: `decodes this ${nameOf(header)} file to another size`,
      expected: `${header.width} × ${header.height} pixels of four bytes`,
      got: `${width} × ${height}, ${data.length} bytes`,
      todo: "Give the pixels as they are stored: not turned, and not resized",
    });
  };
}

async function decodeInBrowser(
  bytes: Uint8Array<ArrayBuffer>,
  header: ImageHeader,
): Promise<Pixels> {
  const { type, width, height } = header;
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes], { type }), AS_STORED);
  } catch (cause) {
    throw damaged(header, cause);
  }
  try {
    if (bitmap.width === width && bitmap.height === height) return await readBitmap(bitmap);
    throw new UnsupportedError({
      where: "picture",
      what: `the browser decodes this ${nameOf(header)} file to another size`,
      expected: `${width} × ${height} pixels`,
      got: `${bitmap.width} × ${bitmap.height}`,
      todo: "Save it again, as PNG for example",
    });
  } finally {
    bitmap.close();
  }
}

function damaged(header: ImageHeader, cause: unknown, decoder = "the browser"): InputError {
  return new InputError({
    where: "picture",
    what: `${decoder} cannot decode this ${nameOf(header)} file`,
    todo: "It may be cut off or damaged: save it again",
    cause,
  });
}

function nameOf({ type }: ImageHeader): string {
  return type.slice(6).toUpperCase();
}
