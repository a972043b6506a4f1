/**
 * A picture as a person sees it: decoded by the browser, turned as its EXIF orientation says, alpha
 * over white, bytes as stored (no colour management). Works in pages and workers.
 *
 *     input ─ file ─ made plain ─ createImageBitmap ─ canvas filled white ─ RGBA bytes ─ upright
 *           ├ drawing ─ canvas filled white ─ RGBA bytes
 *           └ pixels ─ over white
 */
import { RewardError, UnsupportedError } from "../../errors.ts";
import type { ImageInput, PictureDecoder } from "../../types.ts";
import { readDrawable } from "./canvas.ts";
import { opaque, overWhite, type Pixels } from "./pixels.ts";

/**
 * Decodes a picture: a file, a URL (`data:` too), or pixels that are decoded already.
 * @param orientation of a file: as EXIF says, or as stored
 * @param alpha laid over white, or dropped; what a page draws is over white in any case
 * @param decoder of files; the browser's own by default
 * @throws InputError if it is not a picture of a supported format, is damaged, empty or too large,
 *   or cannot be fetched or read
 * @throws UnsupportedError if there is no decoder here, or one that reads this file otherwise
 * @throws the signal's reason once it aborts
 */
export async function decodeImage(
  input: ImageInput,
  signal?: AbortSignal,
  orientation: "exif" | "stored" = "exif",
  alpha: "white" | "drop" = "white",
  decoder?: PictureDecoder,
): Promise<Pixels> {
  signal?.throwIfAborted();
  try {
    // Loaded with the first picture: a page that scores texts does not need it.
    const { openInput } = await import("./input.ts");
    const opened = await openInput(input, signal);
    signal?.throwIfAborted();
    if ("file" in opened) {
      const { decodeFile } = await import("./file.ts");
      const isPlain = alpha === "white";
      const file = isPlain
        ? opened.file
        : await (await import("./alpha.ts")).withoutAlpha(opened.file);
      return await decodeFile(file, signal, orientation, alpha, decoder);
    }
    if ("drawable" in opened) return readDrawable(opened);
    const { width, height, data } = opened;
    return { width, height, data: alpha === "white" ? overWhite(data) : opaque(data) };
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof RewardError) throw cause;
    throw new UnsupportedError({
      where: "picture",
      what: "the browser failed to decode it",
      got: String(cause),
      todo: "Shrink the picture, or save it again as PNG",
      cause,
    });
  }
}
