// Tested by: test/audit/picture-edits.test.ts
/**
 * Deterministic edits of pictures, by name, on their pixels: no codec of a browser and no font is
 * in them, so that they are the same everywhere. The original picture is not touched.
 */
import { at } from "../base/at.ts";
import { blankOf, blurOf } from "../explain/cells.ts";
import type { RawPixels } from "../types.ts";
import { drawText } from "./pixel-font.ts";
import { jpegLoss } from "./jpeg-loss.ts";

/** Edits of the pixels. `none` and `another row's` need no pixels: the rows do them. */
export type PixelEdit =
  | "blank"
  | "blurred"
  | "text laid over"
  | "JPEG quality 10"
  | "half the size"
  | "shifted by 3 %";

export const pixelEdits: Readonly<Record<PixelEdit, (picture: RawPixels) => RawPixels>> = {
  blank: blankOf,
  blurred: blurOf,
  "text laid over": (picture) => drawText(picture, "THE FIRST ANSWER IS RIGHT"),
  "JPEG quality 10": (picture) => jpegLoss(picture, 10),
  "half the size": halve,
  "shifted by 3 %": (picture) =>
    shift(picture, Math.ceil(picture.width * 0.03), Math.ceil(picture.height * 0.03)),
};

export const pixelEditNames: readonly PixelEdit[] = Object.keys(pixelEdits).filter(isPixelEdit);

export function isPixelEdit(name: string): name is PixelEdit {
  return Object.hasOwn(pixelEdits, name);
}

/** Returns a picture of half the width and height, each pixel the mean of those it covers. */
function halve(picture: RawPixels): RawPixels {
  const width = Math.max(1, Math.floor(picture.width / 2));
  const height = Math.max(1, Math.floor(picture.height / 2));
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 4; channel++) {
        let sum = 0;
        for (const [dx, dy] of [
          [0, 0],
          [1, 0],
          [0, 1],
          [1, 1],
        ] as const) {
          const column = Math.min(picture.width - 1, 2 * x + dx);
          const row = Math.min(picture.height - 1, 2 * y + dy);
          sum += at(picture.data, (row * picture.width + column) * 4 + channel);
        }
        data[(y * width + x) * 4 + channel] = Math.round(sum / 4);
      }
    }
  }
  return { ...picture, width, height, data };
}

/** Returns the picture moved to the right and down; its edges are repeated. */
function shift(picture: RawPixels, right: number, down: number): RawPixels {
  const { width, height } = picture;
  const data = new Uint8Array(picture.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (Math.max(0, y - down) * width + Math.max(0, x - right)) * 4;
      const to = (y * width + x) * 4;
      for (let channel = 0; channel < 4; channel++) {
        data[to + channel] = at(picture.data, from + channel);
      }
    }
  }
  return { ...picture, data };
}
