/** Runs in the page, for decode.browser.test.ts: pictures in and pixels out cross as base64. */
import { canvasIsExact } from "../../../src/image/decode/canvas.ts";
import { decodeImage } from "../../../src/image/decode/decode.ts";
import type { ImageInput } from "../../../src/types.ts";

export interface Decoded {
  readonly width: number;
  readonly height: number;
  /** RGBA bytes in base64. */
  readonly data: string;
}

/** The pixels, or the name and message of the error. */
export type Outcome = Decoded | { readonly error: string; readonly message: string };

export function decodeFile(base64: string, type: string): Promise<Outcome> {
  return outcome(new Blob([fromBase64(base64)], { type }));
}

export function decodeUrl(url: string): Promise<Outcome> {
  return outcome(url);
}

/** A picture that the page itself has decoded. */
export async function decodeBitmap(base64: string, closed: boolean): Promise<Outcome> {
  const bitmap = await createImageBitmap(new Blob([fromBase64(base64)]));
  if (closed) bitmap.close();
  return outcome(bitmap);
}

export function decodePixels(width: number, height: number, rgba: number[]): Promise<Outcome> {
  return outcome(new ImageData(Uint8ClampedArray.from(rgba), width, height));
}

export async function decodeInWorker(base64: string): Promise<Outcome> {
  const worker = new Worker(new URL("./decode-worker.ts", import.meta.url), { type: "module" });
  const answer = new Promise<Outcome>((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => resolve(data as Outcome));
    worker.addEventListener("error", (event) => reject(new Error(event.message)));
  });
  worker.postMessage(base64);
  return answer.finally(() => worker.terminate());
}

/** The self-test, on a canvas as it is, and on one that changes a byte as Brave does. */
export function testCanvas(): { honest: boolean; noisy: boolean } {
  const honest = canvasIsExact();
  const { prototype } = OffscreenCanvasRenderingContext2D;
  const { getImageData } = prototype;
  prototype.getImageData = function noisy(...args) {
    const image = getImageData.apply(this, args);
    image.data[40]! ^= 1;
    return image;
  };
  try {
    return { honest, noisy: canvasIsExact() };
  } finally {
    prototype.getImageData = getImageData;
  }
}

/** The outcomes of many files, each in base64. */
export async function decodeFiles(files: readonly string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const file of files) outcomes.push(await decodeFile(file, ""));
  return outcomes;
}

async function outcome(input: ImageInput): Promise<Outcome> {
  try {
    const { width, height, data } = await decodeImage(input);
    return { width, height, data: toBase64(data) };
  } catch (error) {
    const { name, message } = error as Error;
    return { error: name, message };
  }
}

function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(text);
}
