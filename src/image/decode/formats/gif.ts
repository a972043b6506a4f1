// Tested by: test/image/decode/pillow-headers.test.ts
/** GIF files: the first picture, on a screen that holds it. */
import { concat, has, viewOf } from "./bytes.ts";
import type { Format, PlainFile, Size } from "./format.ts";

export const gif: Format = {
  type: "image/gif",
  matches: (bytes) => has(bytes, 0, "GIF87a") || has(bytes, 0, "GIF89a"),
  size: gifSize,
  open: openGif,
};

/** Returns the logical screen, made larger if the first picture reaches beyond it, as in Pillow. */
function gifSize(view: DataView): Size {
  const at = readBlocks(view).picture;
  const reach = (side: number): number =>
    Math.max(
      view.getUint16(6 + side, true),
      view.getUint16(at + 1 + side, true) + view.getUint16(at + 5 + side, true),
    );
  return [reach(0), reach(2)];
}

/**
 * Returns whether the first picture covers the screen.
 * @throws RangeError if the file is cut off
 */
export function coversScreen(file: Uint8Array): boolean {
  const view = viewOf(file);
  const at = readBlocks(view).picture;
  const sides = [0, 2].map((side) => [
    view.getUint16(at + 1 + side, true),
    view.getUint16(at + 5 + side, true) >= view.getUint16(6 + side, true),
  ]);
  return sides.every(([begin, isLong]) => begin === 0 && isLong);
}

/**
 * Returns the first picture alone. Stray bytes between blocks, which Chrome does not skip, are left
 * out.
 */
function openGif(file: Uint8Array<ArrayBuffer>, [width, height]: Size): PlainFile {
  const view = viewOf(file);
  const { start, extensions, picture } = readBlocks(view);
  const end = skipBlocks(view, picture + 11 + tableBytes(view, picture + 9));
  const blocks = [...extensions, [picture, end] as const];
  const parts = blocks.map(([from, to]) => file.subarray(from, to));
  const bytes = concat([file.subarray(0, start), ...parts, Uint8Array.of(0x3b)]);
  bytes[4] = 0x39; // GIF89a: of GIF87a Firefox shows the frame without its screen
  viewOf(bytes).setUint16(6, width, true);
  viewOf(bytes).setUint16(8, height, true);
  return { bytes, tags: {} };
}

/**
 * Returns the offset of the blocks, the extensions before the first picture, and its descriptor.
 */
function readBlocks(view: DataView): {
  start: number;
  extensions: (readonly [from: number, to: number])[];
  picture: number;
} {
  const start = 13 + tableBytes(view, 10);
  const extensions: (readonly [number, number])[] = [];
  let at = start;
  while (view.getUint8(at) !== 0x2c) {
    if (view.getUint8(at) !== 0x21) at++;
    else {
      const from = at;
      at = skipBlocks(view, at + 2);
      extensions.push([from, at]);
    }
  }
  return { start, extensions, picture: at };
}

/** Returns the bytes of a colour table, by its flags. */
function tableBytes(view: DataView, at: number): number {
  const flags = view.getUint8(at);
  return flags & 128 ? 6 << (flags & 7) : 0;
}

/** Returns the place after data blocks, which end with an empty one. */
function skipBlocks(view: DataView, at: number): number {
  while (view.getUint8(at) > 0) at += 1 + view.getUint8(at);
  return at + 1;
}
