// Tested by: test/audit/picture-edits.test.ts
/** Letters of 5 × 7 pixels, drawn into a picture: the same on every machine. */
import { at } from "../base/at.ts";
import type { RawPixels } from "../types.ts";

const WIDTH = 5;
const HEIGHT = 7;

/** Seven rows of five pixels for each letter, each row a number: its highest bit is on the left. */
const LETTERS: Readonly<Record<string, readonly number[]>> = {
  A: [14, 17, 17, 31, 17, 17, 17],
  E: [31, 16, 16, 30, 16, 16, 31],
  F: [31, 16, 16, 30, 16, 16, 16],
  G: [14, 17, 16, 23, 17, 17, 14],
  H: [17, 17, 17, 31, 17, 17, 17],
  I: [14, 4, 4, 4, 4, 4, 14],
  N: [17, 25, 21, 19, 17, 17, 17],
  R: [30, 17, 17, 30, 20, 18, 17],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  W: [17, 17, 17, 21, 21, 21, 10],
  " ": [0, 0, 0, 0, 0, 0, 0],
};

/**
 * Returns the picture with a line of black letters on a white band across its middle, as wide as
 * the picture allows.
 * @param text letters of `THE FIRST ANSWER IS RIGHT`
 */
export function drawText(picture: RawPixels, text: string): RawPixels {
  const { width, height } = picture;
  const data = Uint8Array.from(picture.data);
  const columns = text.length * (WIDTH + 1) + 1;
  // A picture that is narrower than the text at one pixel a dot shows its beginning.
  const dot = Math.max(1, Math.floor(width / columns));
  const band = (HEIGHT + 2) * dot;
  const top = Math.max(0, Math.floor((height - band) / 2));
  for (let y = 0; y < Math.min(band, height - top); y++) {
    for (let x = 0; x < width; x++) {
      const value = isInk(text, Math.floor(x / dot) - 1, Math.floor(y / dot) - 1) ? 0 : 255;
      const pixel = ((top + y) * width + x) * 4;
      data.fill(value, pixel, pixel + 3);
      data[pixel + 3] = 255;
    }
  }
  return { ...picture, data };
}

function isInk(text: string, column: number, row: number): boolean {
  if (column < 0 || row < 0 || row >= HEIGHT) return false;
  const place = column % (WIDTH + 1);
  const letter = LETTERS[text[Math.floor(column / (WIDTH + 1))] ?? " "];
  if (place >= WIDTH || letter === undefined) return false;
  return ((at(letter, row) >> (WIDTH - 1 - place)) & 1) === 1;
}
