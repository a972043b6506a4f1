/** What a caller may give as a picture, and how its file, pixels or drawing are come by. */
import { InputError, UnsupportedError } from "../../errors.ts";
import type { ImageInput, RawPixels } from "../../types.ts";
import type { Drawable } from "./canvas.ts";
import { readDataUrl } from "./data-url.ts";
import { formatOf } from "./header.ts";
import { srgbOfP3 } from "./pixels.ts";
import { checkImageSize } from "./size-limits.ts";

/** The bytes of a file, what a canvas can draw, or RGBA bytes in sRGB. */
export type OpenedInput = { readonly file: Uint8Array<ArrayBuffer> } | Drawable | RawPixels;

/** Enough bytes to recognise the kind of a file. */
const HEAD_BYTES = 65_536;
const MAX_FILE_BYTES = 1 << 29;
/** A video has a picture from here on. */
const HAVE_CURRENT_DATA = 2;

/**
 * Returns what the input holds, read but not decoded.
 * @throws InputError if it is not a picture, cannot be read, or cannot be fetched
 * @throws the signal's reason once it aborts
 */
export async function openInput(input: ImageInput, signal?: AbortSignal): Promise<OpenedInput> {
  if (typeof input === "string") return await openAddress(input, signal);
  // Unlike `instanceof`, this knows the objects of another frame too.
  const kind = Object.prototype.toString.call(input).slice(8, -1);
  switch (kind) {
    case "Blob":
    case "File":
      return { file: await readBlob(input as Blob, signal) };
    case "URL":
      return await openAddress((input as URL).href, signal);
    case "Response":
      return { file: await readResponse(input as Response, "picture", signal) };
    case "ArrayBuffer":
    case "SharedArrayBuffer":
      return { file: new Uint8Array(input as ArrayBuffer).slice() };
    case "ImageBitmap":
    case "OffscreenCanvas":
    case "HTMLCanvasElement": {
      const drawable = input as ImageBitmap | OffscreenCanvas | HTMLCanvasElement;
      return { drawable, width: drawable.width, height: drawable.height };
    }
    case "VideoFrame": {
      const { displayWidth: width, displayHeight: height } = input as VideoFrame;
      return { drawable: input as VideoFrame, width, height };
    }
    case "HTMLVideoElement":
      return openVideo(input as HTMLVideoElement);
    case "HTMLImageElement": {
      const { currentSrc, src } = input as HTMLImageElement;
      return await openElement(currentSrc || src, signal);
    }
    case "SVGImageElement": {
      const { href, baseURI } = input as SVGImageElement;
      return await openElement(href.baseVal && new URL(href.baseVal, baseURI).href, signal);
    }
    default:
      if (ArrayBuffer.isView(input)) {
        const { buffer, byteOffset, byteLength } = input;
        return { file: new Uint8Array(buffer, byteOffset, byteLength).slice() };
      }
      if (isPixels(input)) return checkPixels(input);
      throw new InputError({
        where: "picture",
        expected:
          "a Blob, File, URL, bytes, an image, canvas, video, VideoFrame, ImageBitmap, ImageData " +
          "or { width, height, data }",
        got: nameOf(input, kind),
      });
  }
}

async function openAddress(address: string, signal?: AbortSignal): Promise<OpenedInput> {
  if (/^\s*data:/i.test(address)) return { file: readDataUrl(address) };
  const where = `picture ${shorten(address)}`;
  const isBlob = address.startsWith("blob:");
  let response: Response;
  try {
    response = await fetch(address, signal === undefined ? {} : { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new InputError({
      where,
      what: "it cannot be fetched",
      todo: isBlob
        ? "Check that it was not revoked, and that the page's CSP (connect-src) allows blob:"
        : "Check the address, that its server allows this page (CORS), and that the page's CSP " +
          "(connect-src) allows the server",
      cause,
    });
  }
  return { file: await readResponse(response, where, signal) };
}

/**
 * Opens an element's picture by reading it again as a file: drawn, it would have the browser's
 * colours.
 */
async function openElement(address: string, signal?: AbortSignal): Promise<OpenedInput> {
  if (address !== "") return await openAddress(address, signal);
  throw new InputError({ where: "picture", what: "the image element has no address yet" });
}

function openVideo(video: HTMLVideoElement): Drawable {
  if (video.readyState < HAVE_CURRENT_DATA) {
    const todo = "Wait for its event loadeddata";
    throw new InputError({ where: "picture", what: "the video has no frame yet", todo });
  }
  return { drawable: video, width: video.videoWidth, height: video.videoHeight };
}

async function readResponse(
  response: Response,
  where: string,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!response.ok) {
    throw new InputError({
      where,
      what: "it cannot be fetched",
      got: `HTTP status ${response.status}`,
      todo: "Check the address",
    });
  }
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    signal?.throwIfAborted();
    const todo = response.bodyUsed ? "Give a response whose body was not read" : "Try again";
    throw new InputError({ where, what: "its bytes cannot be read", todo, cause });
  }
}

/** Looks at a file's first bytes before it reads gigabytes of something else. */
async function readBlob(blob: Blob, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  if (blob.size > HEAD_BYTES) formatOf(await readBytes(blob.slice(0, HEAD_BYTES)));
  signal?.throwIfAborted();
  if (blob.size > MAX_FILE_BYTES) {
    throw new InputError({
      where: "picture",
      what: "the file is too large",
      expected: `at most ${MAX_FILE_BYTES.toLocaleString("en-US")} bytes`,
      got: blob.size,
      todo: "Shrink the picture",
    });
  }
  return await readBytes(blob);
}

async function readBytes(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw new InputError({
      where: "picture",
      what: "the file cannot be read: it changed, vanished, or the page may not read it any more",
      todo: "Choose it again",
      cause,
    });
  }
}

/** Returns whether a value is pixels, by its form: Node lacks the class ImageData. */
function isPixels(value: object | undefined): value is RawPixels {
  return typeof value === "object" && value !== null && "data" in value && "width" in value;
}

function checkPixels({ width, height, data, colorSpace = "srgb" }: RawPixels): OpenedInput {
  checkImageSize(width, height);
  const isBytes = data instanceof Uint8ClampedArray || (data as unknown) instanceof Uint8Array;
  const pixels = Number.isInteger(width) && Number.isInteger(height) ? width * height : NaN;
  if (!isBytes || data.length !== pixels * 4) {
    throw new InputError({
      where: "pixels",
      what: "the data is not RGBA bytes",
      expected: `${pixels * 4} bytes, pixelFormat "rgba-unorm8"`,
      got: isBytes ? `${data.length} bytes` : nameOf(data, "nothing"),
    });
  }
  if (colorSpace === "srgb") return { width, height, data };
  if (colorSpace === "display-p3") return { width, height, data: srgbOfP3(data) };
  throw new UnsupportedError({
    where: "pixels, colorSpace",
    expected: "srgb or display-p3",
    got: String(colorSpace),
    todo: "Convert the pixels to sRGB",
  });
}

function nameOf(value: unknown, kind: string): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return typeof value;
  return value.constructor?.name || kind;
}

/** Returns the address, cut if it is long: a message must stay readable. */
function shorten(url: string): string {
  return url.length > 80 ? `${url.slice(0, 60)}…` : url;
}
