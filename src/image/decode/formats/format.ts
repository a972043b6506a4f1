/** What the engine knows about a picture format. */
import type { OrientationTags } from "../orientation.ts";
import type { Pixels } from "../pixels.ts";

export type ImageType =
  | "image/png"
  | "image/jpeg"
  | "image/webp"
  | "image/avif"
  | "image/gif"
  | "image/bmp";

export type Size = readonly [width: number, height: number];

export interface Format {
  readonly type: ImageType;
  readonly matches: (bytes: Uint8Array) => boolean;
  /**
   * Returns the size as stored, before an orientation is applied. Pillow: `Image.open(…).size`.
   * @throws RangeError if the bytes end too early
   */
  readonly size: (view: DataView) => Size | undefined;
  /**
   * Returns the pixels, or the file as the browser decodes it to the pixels that Pillow sees.
   * @throws RangeError if the file ends before its picture does
   */
  readonly open: (
    bytes: Uint8Array<ArrayBuffer>,
    size: Size,
  ) => PlainFile | Pixels | Promise<PlainFile>;
}

/** A still picture for the browser, without anything that browsers and Pillow read differently. */
export interface PlainFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly tags: OrientationTags;
  /** The alpha plane as a grey picture of the same size, if it must be decoded apart. */
  readonly alpha?: Uint8Array<ArrayBuffer>;
  /** True if the colours are multiplied by alpha. */
  readonly isPremultiplied?: boolean;
}
