/**
 * Parts of pictures that are hidden: cells on the model's own grid, coarse first.
 *
 * A cell is filled with the mean colour around it, or with a blurred copy of the picture. Its own
 * mean would leave the colour of an object that is larger than the cell. Everything but a cell is
 * hidden by the picture's median colour, which is mostly its background, or by the blurred copy.
 */
import { at } from "../base/at.ts";
import type { RawPixels } from "../types.ts";

/** Rows and columns of the cells that the model reads as tokens. */
export interface CellGrid {
  readonly rows: number;
  readonly columns: number;
}

/** Cells `[top, bottom)` by `[left, right)` of a grid. */
export interface Cell {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** [left, top, right, bottom] in a picture's own pixels. */
export type Box = readonly [number, number, number, number];

export type HideWith = "mean" | "blur";

/** A server does not say how it resizes: its grid is about this large. */
const UNKNOWN_SIDE = 8;

/** Returns the grid of a picture that the model saw at a size, one cell a token. */
export function gridOf(
  { width, height }: { readonly width: number; readonly height: number },
  seen?: { readonly resizedWidth: number; readonly resizedHeight: number; readonly tokens: number },
): CellGrid {
  if (seen === undefined) {
    const longer = Math.max(width, height);
    const side = (length: number): number =>
      Math.max(1, Math.round((UNKNOWN_SIDE * length) / longer));
    return { rows: side(height), columns: side(width) };
  }
  const cell = Math.sqrt((seen.resizedWidth * seen.resizedHeight) / seen.tokens);
  const rows = Math.max(1, Math.round(seen.resizedHeight / cell));
  return { rows, columns: Math.max(1, Math.round(seen.tokens / rows)) };
}

/** Cuts a range of cells into at most `most` by `most` parts along the grid's lines. */
export function splitCell({ left, top, right, bottom }: Cell, most: number): Cell[] {
  const cuts = (begin: number, end: number): [number, number][] => {
    const parts = Math.min(most, end - begin);
    const place = (i: number): number => begin + Math.round(((end - begin) * i) / parts);
    return Array.from({ length: parts }, (_, i) => [place(i), place(i + 1)]);
  };
  return cuts(top, bottom).flatMap(([up, down]) =>
    cuts(left, right).map(([from, to]) => ({ left: from, top: up, right: to, bottom: down })),
  );
}

/** Returns the pixels that a cell covers. */
export function boxOf(
  { left, top, right, bottom }: Cell,
  { rows, columns }: CellGrid,
  { width, height }: { readonly width: number; readonly height: number },
): Box {
  const x = (column: number): number => Math.round((column * width) / columns);
  const y = (row: number): number => Math.round((row * height) / rows);
  return [x(left), y(top), x(right), y(bottom)];
}

/**
 * Returns the picture with a box hidden by the mean colour around it.
 * @param around the colour is taken around this box instead: an object may be larger than the cell
 */
export function hideBox(picture: RawPixels, box: Box, around: Box = box): RawPixels {
  const colour = colourAround(picture, around);
  return paint(picture, box, (_, channel) => at(colour, channel));
}

/** Returns the first picture with a box of the second. Both have the same size. */
export function withBoxOf(picture: RawPixels, box: Box, { data }: RawPixels): RawPixels {
  return paint(picture, box, (pixel, channel) => at(data, pixel + channel));
}

function paint(
  picture: RawPixels,
  [left, top, right, bottom]: Box,
  valueOf: (pixel: number, channel: number) => number,
): RawPixels {
  const data = Uint8Array.from(picture.data);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const pixel = (y * picture.width + x) * 4;
      for (let channel = 0; channel < 3; channel++) data[pixel + channel] = valueOf(pixel, channel);
    }
  }
  return { ...picture, data };
}

/** Returns a picture of the same size in the one colour that is in the middle of its colours. */
export function coverOf(picture: RawPixels): RawPixels {
  const counts = [0, 1, 2].map(() => new Uint32Array(256));
  for (const [i, value] of picture.data.entries()) {
    const own = counts[i % 4];
    if (own) own[value] = at(own, value) + 1;
  }
  const half = (picture.width * picture.height) / 2;
  const colour = counts.map((own) => {
    let below = 0;
    return own.findIndex((count) => (below += count) >= half);
  });
  const whole: Box = [0, 0, picture.width, picture.height];
  return paint(picture, whole, (_, channel) => at(colour, channel));
}

/** Returns the mean colour of a frame around a box, as wide as the box. */
function colourAround(picture: RawPixels, [left, top, right, bottom]: Box): readonly number[] {
  const across = Math.max(1, right - left);
  const down = Math.max(1, bottom - top);
  const outer: Box = [
    Math.max(0, left - across),
    Math.max(0, top - down),
    Math.min(picture.width, right + across),
    Math.min(picture.height, bottom + down),
  ];
  const isInside = (x: number, y: number): boolean =>
    x >= left && x < right && y >= top && y < bottom;
  const ring = meanColour(picture, outer, (x, y) => !isInside(x, y));
  return ring ?? meanColour(picture, outer, () => true) ?? [0, 0, 0];
}

/** Returns the mean colour of the pixels in a box that are wanted; undefined if there are none. */
function meanColour(
  { width, data }: RawPixels,
  [left, top, right, bottom]: Box,
  isWanted: (x: number, y: number) => boolean,
): readonly number[] | undefined {
  const sums = [0, 0, 0];
  let count = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      if (!isWanted(x, y)) continue;
      const pixel = (y * width + x) * 4;
      for (let channel = 0; channel < 3; channel++) {
        sums[channel] = at(sums, channel) + at(data, pixel + channel);
      }
      count += 1;
    }
  }
  return count === 0 ? undefined : sums.map((sum) => Math.round(sum / count));
}

const GREY = 128;

/** Returns a picture of the same size that is grey everywhere. */
export function blankOf(picture: RawPixels): RawPixels {
  const data = new Uint8Array(picture.data.length).fill(GREY);
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  return { ...picture, data };
}

/** Returns the picture blurred so far that only large areas of colour remain. */
export function blurOf(picture: RawPixels): RawPixels {
  const { width, height } = picture;
  const radius = Math.max(1, Math.round(Math.max(width, height) / 8));
  let values = Float32Array.from(picture.data);
  // Two box blurs each way are close to a Gaussian.
  for (let round = 0; round < 2; round++) {
    values = boxBlur(values, width, height, radius, 4, width * 4);
    values = boxBlur(values, height, width, radius, width * 4, 4);
  }
  const data = new Uint8Array(values.length);
  for (const [i, value] of values.entries()) data[i] = Math.round(value);
  return { ...picture, data };
}

/** Averages along one axis by a running sum; the ends are repeated outwards. */
function boxBlur(
  values: Float32Array,
  length: number,
  lines: number,
  radius: number,
  step: number,
  lineStep: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  const clamp = (i: number): number => Math.min(length - 1, Math.max(0, i));
  for (let line = 0; line < lines; line++) {
    for (let channel = 0; channel < 4; channel++) {
      const first = line * lineStep + channel;
      let sum = 0;
      for (let i = -radius; i <= radius; i++) sum += at(values, first + clamp(i) * step);
      for (let i = 0; i < length; i++) {
        out[first + i * step] = sum / (2 * radius + 1);
        sum += at(values, first + clamp(i + radius + 1) * step);
        sum -= at(values, first + clamp(i - radius) * step);
      }
    }
  }
  return out;
}
