// Tested by: test/worker/worker.browser.test.ts
/**
 * Inputs as they can be sent to a worker: canvases and frames of videos as bitmaps, elements and
 * addresses as texts, answers as files. All else is cloned, and the caller keeps its own.
 */
import { InputError } from "../errors.ts";

export interface Sendable {
  readonly value: unknown;
  /** Frees the bitmaps that were made. */
  close(): void;
}

/** A video has a picture from here on. */
const HAVE_CURRENT_DATA = 2;

/**
 * Returns an input in a form that a structured clone keeps whole.
 * @param readsAddresses whether addresses of elements and `URL`s are read here, for a worker
 *   that cannot. `blob:` addresses are, too
 * @throws InputError for an answer that failed, a video without a frame, an address that cannot be
 *   read
 */
export async function makeSendable(input: unknown, readsAddresses: boolean): Promise<Sendable> {
  const bitmaps: ImageBitmap[] = [];
  const pending: Promise<void>[] = [];
  const seen = new Map<object, unknown>();

  function later(promise: Promise<unknown>, put: (value: unknown) => void): undefined {
    pending.push(promise.then(put));
  }

  async function bitmap(source: ImageBitmapSource): Promise<ImageBitmap> {
    try {
      const made = await createImageBitmap(source);
      bitmaps.push(made);
      return made;
    } catch (cause) {
      throw (await reader()).unusable(cause);
    }
  }

  function copy(value: unknown, put: (value: unknown) => void): unknown {
    if (typeof value === "string") {
      return readsAddresses && value.startsWith("blob:") ? later(read(value), put) : value;
    }
    if (typeof value !== "object" || value === null) return value;
    // Unlike `instanceof`, this knows the objects of another frame too.
    switch (Object.prototype.toString.call(value).slice(8, -1)) {
      case "URL":
        return address((value as URL).href, put);
      case "HTMLImageElement": {
        const { currentSrc, src } = value as HTMLImageElement;
        return address(currentSrc || src, put);
      }
      case "SVGImageElement": {
        const { href, baseURI } = value as SVGImageElement;
        return address(href.baseVal && new URL(href.baseVal, baseURI).href, put);
      }
      case "HTMLVideoElement":
        if ((value as HTMLVideoElement).readyState < HAVE_CURRENT_DATA) {
          const todo = "Wait for its event loadeddata";
          throw new InputError({ where: "picture", what: "the video has no frame yet", todo });
        }
        return later(bitmap(value as HTMLVideoElement), put);
      case "HTMLCanvasElement":
      case "OffscreenCanvas":
      case "VideoFrame":
        return later(bitmap(value as HTMLCanvasElement), put);
      case "Response":
        return later(
          reader().then(async ({ bodyOf }) => await bodyOf(value as Response, "picture")),
          put,
        );
      case "Array":
      case "Object":
        return copyFields(value);
      default:
        // A clone of a view would take all of its buffer along.
        return ArrayBuffer.isView(value) && value.byteLength < value.buffer.byteLength
          ? (value as Uint8Array).slice()
          : value;
    }
  }

  function copyFields(value: object): unknown {
    const known = seen.get(value);
    if (known !== undefined) return known;
    const made: Record<string, unknown> = Array.isArray(value) ? ([] as never) : {};
    seen.set(value, made);
    for (const [name, field] of Object.entries(value)) {
      made[name] = undefined;
      const now = copy(field, (late) => (made[name] = late));
      if (now !== undefined) made[name] = now;
    }
    return made;
  }

  function address(href: string, put: (value: unknown) => void): string | undefined {
    if (href === "") {
      throw new InputError({ where: "picture", what: "the image element has no address yet" });
    }
    return readsAddresses ? later(read(href), put) : href;
  }

  let whole: unknown;
  const close = (): void => bitmaps.forEach((one) => one.close());
  try {
    whole = copy(input, (late) => (whole = late));
    await Promise.all(pending);
  } catch (error) {
    await Promise.allSettled(pending);
    close();
    throw error;
  }
  return { value: whole, close };
}

const reader = async (): Promise<typeof import("./read-picture.ts")> =>
  await import("./read-picture.ts");

async function read(href: string): Promise<Blob> {
  const { readAddress } = await reader();
  return await readAddress(href);
}
