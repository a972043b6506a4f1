/**
 * Pictures for the resizes of CPU and GPU: noise, and what Pillow made of it (test/golden/image).
 */
import { readFileSync } from "node:fs";
import type { Pixels } from "../../../src/image/decode/pixels.ts";

export interface ResizeCase {
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  readonly toWidth: number;
  readonly toHeight: number;
  readonly sha256: string;
  /** Of Pillow 13, whose order may be another. */
  readonly pillow13: string;
  /** All bytes in base64, of small results. */
  readonly rgb?: string;
}

export const resizeCases: readonly ResizeCase[] = JSON.parse(
  readFileSync(new URL("../../golden/image/resize.json", import.meta.url), "utf8"),
);

/** The generator of test/golden/image/make.py. */
export function noise(width: number, height: number, seed: number): Pixels {
  const data = new Uint8Array(width * height * 4).fill(255);
  let state = seed;
  for (let i = 0; i < width * height * 3; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = state >>> 24;
    const extreme = value >= 128 ? 255 : 0;
    data[Math.floor(i / 3) * 4 + (i % 3)] = state % 4096 < 1024 ? extreme : value;
  }
  return { width, height, data };
}

export function rgbOf({ data }: Pixels): Uint8Array {
  return data.filter((_, i) => i % 4 !== 3);
}
