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

export function decodeFile(
  base64: string,
  type: string,
  orientation: "exif" | "stored" = "exif",
): Promise<Outcome> {
  return outcome(new Blob([fromBase64(base64)], { type }), orientation);
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

/** One picture in every form that a page may have it in, by name. */
export async function decodeForms(base64: string): Promise<Record<string, Outcome>> {
  const bytes = fromBase64(base64);
  const blob = new Blob([bytes], { type: "image/png" });
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  const offscreen = new OffscreenCanvas(width, height);
  const context = offscreen.getContext("2d");
  context?.drawImage(bitmap, 0, 0);
  const blobUrl = URL.createObjectURL(blob);
  const image = Object.assign(new Image(), { src: blobUrl });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "image");
  svg.setAttribute("href", blobUrl);
  const frame = document.createElement("iframe");
  document.body.append(frame);
  const other = frame.contentDocument?.createElement("canvas") ?? canvas;
  Object.assign(other, { width, height }).getContext("2d")?.drawImage(bitmap, 0, 0);
  const forms: Record<string, ImageInput | undefined> = {
    canvas,
    "canvas of another frame": other,
    offscreen,
    image,
    svg,
    bitmap,
    frame: new VideoFrame(offscreen, { timestamp: 0 }),
    pixels: context?.getImageData(0, 0, width, height),
    "plain pixels": { width, height, data: pixelsOf(context, width, height) },
    bytes,
    buffer: bytes.buffer,
    "a view": new DataView(bytes.buffer),
    "a part of a buffer": Uint8Array.from([0, ...bytes, 0]).subarray(1, bytes.length + 1),
    response: new Response(blob),
    file: new File([bytes], "a.png"),
    url: new URL(blobUrl),
    "blob URL": blobUrl,
    "data URL": `data:image/png;base64,${base64}`,
    "data URL, percent": `data:,${[...bytes].map(percent).join("")}`,
  };
  return await outcomesOf(forms);
}

const percent = (byte: number): string => `%${byte.toString(16).padStart(2, "0")}`;

/** Decodes inputs that are not pictures, not yet pictures, or no longer pictures. */
export async function refuseForms(): Promise<Record<string, Outcome>> {
  const source = await createImageBitmap(new ImageData(4, 4));
  const closed = new VideoFrame(source, { timestamp: 0 });
  closed.close();
  const response = new Response("a");
  await response.text();
  const revoked = URL.createObjectURL(new Blob(["a"]));
  URL.revokeObjectURL(revoked);
  const forms: Record<string, unknown> = {
    null: null,
    undefined,
    number: 5,
    object: {},
    list: [],
    map: new Map(),
    element: document.createElement("p"),
    "empty image": new Image(),
    "empty video": document.createElement("video"),
    "empty canvas": new OffscreenCanvas(0, 5),
    "closed frame": closed,
    "read response": response,
    "failed response": new Response("", { status: 503 }),
    revoked,
    "damaged data URL": "data:image/png;base64,!",
  };
  return await outcomesOf(forms as Record<string, ImageInput>);
}

/** A video's frame, all red, once it has one; it cannot be compared with a file. */
export async function decodeVideo(): Promise<Outcome> {
  const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 16 });
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no canvas");
  const video = Object.assign(document.createElement("video"), { muted: true });
  video.srcObject = canvas.captureStream(30);
  const timer = setInterval(() => {
    context.fillStyle = "red";
    context.fillRect(0, 0, 32, 16);
  }, 20);
  await video.play();
  clearInterval(timer);
  return await outcome(video);
}

/** Pixels of a Display P3 canvas, as ImageData and as a bitmap, which the browser converts. */
export async function decodeP3(): Promise<{ pixels: Outcome; bitmap: Outcome; float: Outcome }> {
  const canvas = new OffscreenCanvas(16, 16);
  const context = canvas.getContext("2d", { colorSpace: "display-p3" });
  if (context === null) throw new Error("no canvas");
  for (let i = 0; i < 256; i++) {
    context.fillStyle = `color(display-p3 ${i / 255} ${(255 - i) / 255} ${((i * 7) % 256) / 255})`;
    context.fillRect(i % 16, i >> 4, 1, 1);
  }
  const data = context.getImageData(0, 0, 16, 16, { colorSpace: "display-p3" });
  const float = { width: 1, height: 1, data: new Float32Array(4) } as unknown as ImageInput;
  const bitmap = await createImageBitmap(canvas);
  return {
    pixels: await outcome(data),
    bitmap: await outcome(bitmap),
    float: await outcome(float),
  };
}

/** The file of the page's file field. */
export function decodeChosen(): Promise<Outcome> {
  const file = document.querySelector("input")?.files?.[0];
  return file === undefined ? Promise.reject(new Error("no file")) : outcome(file);
}

export function addFileField(): void {
  document.body.append(Object.assign(document.createElement("input"), { type: "file" }));
}

function pixelsOf(
  context: OffscreenCanvasRenderingContext2D | null,
  width: number,
  height: number,
): Uint8Array {
  return Uint8Array.from(context?.getImageData(0, 0, width, height).data ?? []);
}

async function outcomesOf(
  forms: Readonly<Record<string, ImageInput | undefined>>,
): Promise<Record<string, Outcome>> {
  const outcomes: Record<string, Outcome> = {};
  for (const [name, form] of Object.entries(forms)) {
    outcomes[name] = await outcome(form as ImageInput);
  }
  return outcomes;
}

async function outcome(
  input: ImageInput,
  orientation: "exif" | "stored" = "exif",
): Promise<Outcome> {
  try {
    const { width, height, data } = await decodeImage(input, undefined, orientation);
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
