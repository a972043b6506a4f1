// Tested by: test/image/decode/decode.test.ts
/** Pixels by way of a canvas. */
import { InputError, UnsupportedError } from "../../errors.ts";
import { checkImageSize } from "./size-limits.ts";
import { overWhite, type Pixels } from "./pixels.ts";

/**
 * Options with which Chromium's and Firefox's decoders give Pillow's bytes; the defaults are wrong
 * by up to 68 of 255 on pictures with a gamma or colour profile.
 */
export const AS_STORED: ImageBitmapOptions = {
  imageOrientation: "none",
  premultiplyAlpha: "none",
  colorSpaceConversion: "none",
};

/** What a page may draw, and its size in pixels. */
export interface Drawable {
  readonly drawable: CanvasImageSource;
  readonly width: number;
  readonly height: number;
}

/**
 * Returns true if a canvas returns the bytes that were put into it, or if there is no canvas.
 * Brave, and Firefox with resistFingerprinting, change some bytes: scores then differ a little,
 * from picture to picture and from visit to visit.
 */
export function canvasIsExact(): boolean {
  const side = 64;
  const data = new Uint8ClampedArray(side * side * 4);
  for (let i = 0; i < data.length; i++) data[i] = i % 4 === 3 ? 255 : (i * 2_654_435_761) >>> 24;
  try {
    const context = createContext(side, side);
    context.putImageData(new ImageData(data, side, side), 0, 0);
    const back = context.getImageData(0, 0, side, side).data;
    return data.every((byte, i) => byte === back[i]);
  } catch {
    return true; // No warning: the first picture reports that there is no canvas.
  }
}

/**
 * Returns what a page may draw, over white.
 * @throws InputError if it is empty, too large, or of another origin
 * @throws UnsupportedError if there is no canvas of this size
 */
export function readDrawable({ drawable, width, height }: Drawable): Pixels {
  checkImageSize(width, height); // a closed bitmap or frame is 0 × 0
  const context = createContext(width, height);
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(drawable, 0, 0, width, height);
  const { data } = readBack(context, width, height);
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

/** Returns a bitmap's bytes, over white. */
export async function readBitmap(bitmap: ImageBitmap): Promise<Pixels> {
  const { width, height } = bitmap;
  blends ??= await blendsExactly();
  if (blends) return readDrawable({ drawable: bitmap, width, height });
  return { width, height, data: overWhite(await readFrame(bitmap)) };
}

/**
 * Checks that there is a canvas.
 * @throws UnsupportedError if there is none
 */
export function checkCanvas(): void {
  createContext(1, 1);
}

function readBack(
  context: OffscreenCanvasRenderingContext2D,
  width: number,
  height: number,
): ImageData {
  try {
    return context.getImageData(0, 0, width, height);
  } catch (cause) {
    if (!(cause instanceof DOMException) || cause.name !== "SecurityError") throw cause;
    throw new InputError({
      where: "picture",
      what: "the page may not read its pixels: they come from another origin",
      todo: "Load what is drawn with crossOrigin set, or give the file itself",
      cause,
    });
  }
}

/** Tried with the first picture: a browser does not change. */
let blends: boolean | undefined;

/**
 * Returns true if a canvas lays what is half transparent over white to the bit. Firefox's rounds up
 * as it premultiplies.
 */
async function blendsExactly(): Promise<boolean> {
  if (typeof VideoFrame === "undefined") return true;
  const data = Uint8ClampedArray.from({ length: 1024 }, (_, i) => (i * 2_654_435_761) >>> 24);
  const bitmap = await createImageBitmap(new ImageData(data, 16), AS_STORED);
  const expected = overWhite(data);
  const drawn = readDrawable({ drawable: bitmap, width: 16, height: 16 });
  return drawn.data.every((byte, i) => byte === expected[i]);
}

/** Returns the bytes by way of a video frame, which keeps them as they are. */
async function readFrame(bitmap: ImageBitmap): Promise<Uint8Array> {
  const frame = new VideoFrame(bitmap, { timestamp: 0 });
  try {
    const data = new Uint8Array(bitmap.width * bitmap.height * 4);
    await frame.copyTo(data, { format: "RGBA" });
    return data;
  } finally {
    frame.close();
  }
}

function createContext(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const canvas =
    typeof OffscreenCanvas === "undefined" ? undefined : new OffscreenCanvas(width, height);
  const context = canvas?.getContext("2d", { colorSpace: "srgb", willReadFrequently: true });
  if (context) return context;
  throw new UnsupportedError({
    where: "picture",
    what: "there is no 2D canvas here to decode it with",
    todo:
      "In a browser close other tabs, or allow canvases; elsewhere give pixels, " +
      "{ width, height, data } with four bytes each",
  });
}
