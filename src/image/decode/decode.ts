/**
 * A picture as a person sees it: decoded by the browser, turned as its EXIF orientation says, alpha
 * over white, bytes as stored (no colour management). Works in pages and workers.
 *
 *     file or URL ─ header and end checked ─ createImageBitmap ─ canvas filled white ─ RGBA bytes
 */
import { InputError, UnsupportedError } from "../../errors.ts";
import type { ImageInput } from "../../types.ts";
import { checkImageSize, readImageHeader, type ImageHeader } from "./header.ts";
import { takeWebpOrientation, turnUpright } from "./orientation.ts";
import { overWhite, type Pixels } from "./pixels.ts";
import { readToEnd } from "./whole.ts";

/**
 * Options with which Chromium's and Firefox's decoders give Pillow's bytes; the defaults are wrong by up to 68 of
 * 255 on pictures with a gamma or colour profile.
 */
const AS_STORED: ImageBitmapOptions = {
  imageOrientation: "from-image",
  premultiplyAlpha: "none",
  colorSpaceConversion: "none",
};

/**
 * Decodes a picture: a file, a URL (`data:` too), or pixels that are decoded already.
 * @throws InputError for what is no picture of a supported format, is damaged, empty or too large,
 *   or cannot be fetched
 * @throws the signal's reason once it aborts
 */
export async function decodeImage(input: ImageInput, signal?: AbortSignal): Promise<Pixels> {
  signal?.throwIfAborted();
  if (isBitmap(input)) {
    checkImageSize(input.width, input.height); // a closed bitmap is 0 × 0
    return readBitmap(input);
  }
  if (isImageData(input)) return fromImageData(input);
  const blob = await toBlob(input, signal);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const header = readImageHeader(bytes);
  checkImageSize(header.width, header.height);
  signal?.throwIfAborted();
  const orientation = header.type === "image/webp" ? takeWebpOrientation(bytes) : 1;
  const bitmap = await createBitmap(bytes, header);
  try {
    signal?.throwIfAborted();
    checkImageSize(bitmap.width, bitmap.height);
    blends ??= await blendsExactly();
    const pixels = blends ? readBitmap(bitmap) : await readFrame(bitmap);
    return turnUpright(pixels, orientation);
  } finally {
    bitmap.close();
  }
}

/**
 * Whether a canvas gives back the bytes that were put into it. Brave, and Firefox with
 * resistFingerprinting, change some: scores then differ a little, from picture to picture and from
 * visit to visit.
 */
export function canvasIsExact(): boolean {
  const side = 64;
  const data = new Uint8ClampedArray(side * side * 4);
  for (let i = 0; i < data.length; i++) data[i] = i % 4 === 3 ? 255 : (i * 2_654_435_761) >>> 24;
  const context = createContext(side, side);
  context.putImageData(new ImageData(data, side, side), 0, 0);
  const back = context.getImageData(0, 0, side, side).data;
  return data.every((byte, i) => byte === back[i]);
}

function readBitmap(bitmap: ImageBitmap): Pixels {
  const { width, height } = bitmap;
  const context = createContext(width, height);
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  // A canvas that could not be allocated reads as zeros, alpha too, and white cannot be drawn over.
  if (data[3] !== 255 || data.at(-1) !== 255) {
    throw new UnsupportedError({
      where: "picture",
      what: "the browser has no canvas of this size",
      got: `${width} × ${height} pixels`,
      todo: "Shrink the picture",
    });
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}

/** Tried with the first picture: a browser does not change. */
let blends: boolean | undefined;

/** Whether a canvas lays what is half transparent over white to the bit; Firefox's rounds up as it premultiplies. */
async function blendsExactly(): Promise<boolean> {
  if (typeof VideoFrame === "undefined") return true;
  const data = Uint8ClampedArray.from({ length: 1024 }, (_, i) => (i * 2_654_435_761) >>> 24);
  const bitmap = await createImageBitmap(new ImageData(data, 16), AS_STORED);
  const wanted = overWhite(data);
  return readBitmap(bitmap).data.every((byte, i) => byte === wanted[i]);
}

/** The bytes by way of a video frame, which keeps them as they are. */
async function readFrame(bitmap: ImageBitmap): Promise<Pixels> {
  const { width, height } = bitmap;
  const frame = new VideoFrame(bitmap, { timestamp: 0 });
  const data = new Uint8Array(width * height * 4);
  await frame.copyTo(data, { format: "RGBA" });
  frame.close();
  return { width, height, data: overWhite(data) };
}

function createContext(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext("2d", {
    colorSpace: "srgb",
    willReadFrequently: true,
  });
  if (context !== null) return context;
  throw new UnsupportedError({
    where: "browser",
    what: "it gives no 2D canvas to decode pictures with",
    todo: "Close other tabs, or allow canvases",
  });
}

async function createBitmap(
  bytes: Uint8Array<ArrayBuffer>,
  header: ImageHeader,
): Promise<ImageBitmap> {
  const { type } = header;
  try {
    readToEnd(bytes, header);
    return await createImageBitmap(new Blob([bytes], { type }), AS_STORED);
  } catch (cause) {
    throw new InputError({
      where: "picture",
      what: `the browser cannot decode this ${type.slice(6).toUpperCase()} file`,
      todo: "It may be cut off or damaged: save it again",
      cause,
    });
  }
}

async function toBlob(input: ImageInput, signal?: AbortSignal): Promise<Blob> {
  if (input instanceof Blob) return input;
  if (typeof input !== "string" && !(input instanceof URL)) {
    throw new InputError({
      where: "picture",
      what: "neither a file nor pixels",
      got: typeof input,
      expected: "a Blob, an ImageBitmap, ImageData or a URL",
    });
  }
  const where = `picture ${shorten(String(input))}`;
  const todo = "Check the address, and that its server allows this page (CORS)";
  let response: Response;
  try {
    response = await fetch(input, signal === undefined ? {} : { signal });
    if (response.ok) return await response.blob();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new InputError({ where, what: "it cannot be fetched", todo, cause });
  }
  throw new InputError({
    where,
    what: "it cannot be fetched",
    got: `HTTP status ${response.status}`,
    todo,
  });
}

/** A data URL is the picture itself: it has no place in a message. */
function shorten(url: string): string {
  return url.length > 80 ? `${url.slice(0, 60)}…` : url;
}

/** Node, where pixels come decoded, lacks the class. */
function isBitmap(value: ImageInput): value is ImageBitmap {
  return typeof ImageBitmap !== "undefined" && value instanceof ImageBitmap;
}

/** Told by its form: Node lacks this class too. */
function isImageData(value: ImageInput): value is ImageData {
  return typeof value === "object" && "data" in value && "width" in value && "height" in value;
}

function fromImageData({ width, height, data }: ImageData): Pixels {
  checkImageSize(width, height);
  const isBytes = data instanceof Uint8ClampedArray || (data as unknown) instanceof Uint8Array;
  if (!isBytes || data.length !== width * height * 4) {
    throw new InputError({
      where: "ImageData",
      what: "its data are no RGBA bytes",
      got: isBytes ? `${data.length} bytes` : Object.prototype.toString.call(data).slice(8, -1),
      expected: `${width * height * 4} bytes, pixelFormat "rgba-unorm8"`,
    });
  }
  return { width, height, data: overWhite(data) };
}
