import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { overWhite } from "../../../src/image/decode/pixels.ts";

test("pixels: every value at every alpha over white → Pillow's alpha_composite", () => {
  const url = new URL("../../golden/image/over-white.json", import.meta.url);
  const { sha256 }: { sha256: string } = JSON.parse(readFileSync(url, "utf8"));
  const rgba = new Uint8ClampedArray(256 * 256 * 4);
  for (let i = 0; i < 256 * 256; i++) rgba.set([i % 256, i % 256, i % 256, i >> 8], i * 4);
  const white = overWhite(rgba);
  const red = white.filter((_, i) => i % 4 === 0);
  expect(createHash("sha256").update(red).digest("hex")).toBe(sha256);
  expect(white.every((value, i) => i % 4 !== 3 || value === 255)).toBe(true);
});
