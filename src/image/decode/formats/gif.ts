/** GIF files: the first picture, on a screen that holds it. */
import { bytesOf, has, viewOf } from "./bytes.ts";
import type { Format, PlainFile, Size } from "./format.ts";

export const gif: Format = {
  type: "image/gif",
  matches: (bytes) => has(bytes, 0, "GIF87a") || has(bytes, 0, "GIF89a"),
  size: gifSize,
  open: openGif,
};

/** Returns the logical screen, made larger if the first picture reaches beyond it, as in Pillow. */
function gifSize(view: DataView): Size {
  const at = firstPicture(view);
  const reach = (side: number): number =>
    Math.max(
      view.getUint16(6 + side, true),
      view.getUint16(at + 1 + side, true) + view.getUint16(at + 5 + side, true),
    );
  return [reach(0), reach(2)];
}

function openGif(file: Uint8Array<ArrayBuffer>, [width, height]: Size): PlainFile {
  const bytes = file.slice();
  const view = viewOf(bytes);
  const at = firstPicture(view);
  skipBlocks(view, at + 11 + tableBytes(view, at + 9)); // cut off if it does not end
  view.setUint16(6, width, true);
  view.setUint16(8, height, true);
  return { bytes, tags: {} };
}

/** Returns the place of the first picture's descriptor: only extensions come before it. */
function firstPicture(view: DataView): number {
  const bytes = bytesOf(view);
  let at = 13 + tableBytes(view, 10);
  while (view.getUint8(at) !== 0x2c) at = bytes[at] === 0x21 ? skipBlocks(view, at + 2) : at + 1;
  return at;
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
