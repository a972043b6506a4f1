import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { resizeBicubic, resizeBicubicYielding } from "../../../src/image/resize/resize.ts";
import { noise, resizeCases, rgbOf } from "./resize-cases.ts";

/** The first value that differs, for a message that can be read. */
function firstDifference(got: Uint8Array, wanted: Uint8Array): string {
  const at = got.findIndex((value, i) => value !== wanted[i]);
  return at < 0 ? "none" : `byte ${at}: ${got[at]}, wanted ${wanted[at]}`;
}

describe("resize: noise", () => {
  test.each(
    resizeCases.map((c) => [`${c.width}×${c.height}`, `${c.toWidth}×${c.toHeight}`, c] as const),
  )("resize: %s → %s, Pillow's bytes", (_, __, c) => {
    const resized = resizeBicubic(noise(c.width, c.height, c.seed), c.toWidth, c.toHeight);
    const rgb = rgbOf(resized);
    if (c.rgb !== undefined) {
      expect(firstDifference(rgb, Buffer.from(c.rgb, "base64"))).toBe("none");
    }
    expect(createHash("sha256").update(rgb).digest("hex")).toBe(c.sha256);
    expect(resized.data.every((value, i) => i % 4 !== 3 || value === 255)).toBe(true);
    const by13 = resizeBicubic(noise(c.width, c.height, c.seed), c.toWidth, c.toHeight, "pillow13");
    expect(createHash("sha256").update(rgbOf(by13)).digest("hex")).toBe(c.pillow13);
  });

  test("resize: Pillow 13 → another order for some sizes, and the same for some", () => {
    const isOther = resizeCases.map(({ sha256, pillow13 }) => sha256 !== pillow13);
    expect(new Set(isOther).size).toBe(2);
  });

  test("resize: the same size → a copy", () => {
    const pixels = noise(28, 28, 3);
    const resized = resizeBicubic(pixels, 28, 28);
    expect(firstDifference(resized.data, pixels.data)).toBe("none");
    expect(resized.data.buffer).not.toBe(pixels.data.buffer);
  });
});

describe("resize: in steps", () => {
  test("resize: yielding → the same bytes", async () => {
    const pixels = noise(640, 480, 7);
    const { data, width, height } = await resizeBicubicYielding(pixels, 644, 476);
    expect([width, height]).toEqual([644, 476]);
    expect(firstDifference(data, resizeBicubic(pixels, 644, 476).data)).toBe("none");
  });

  test("resize: aborted on the way → the signal's reason, before the end", async () => {
    const abort = new AbortController();
    const running = resizeBicubicYielding(noise(2000, 2000, 1), 1988, 1988, "pillow", abort.signal);
    setTimeout(() => abort.abort(new Error("enough")), 10);
    await expect(running).rejects.toThrow("enough");
  });

  test("resize: a photo of 12 megapixels → at the cost of twelve of one megapixel, not twice that", () => {
    const [photo, small] = [noise(4000, 3000, 1), noise(1000, 1000, 1)];
    const cost = (work: () => void): number => {
      const begin = process.cpuUsage(); // not the clock: test machines do other things beside
      work();
      return process.cpuUsage(begin).user;
    };
    const ratioOf = (): number => {
      const twelve = cost(() => {
        for (let i = 0; i < 12; i++) resizeBicubic(small, 994, 999);
      });
      return cost(() => void resizeBicubic(photo, 3976, 2996)) / twelve;
    };
    let ratio = Infinity;
    for (let tries = 0; tries < 4 && ratio > 2; tries++) ratio = ratioOf();
    expect(ratio).toBeLessThan(2);
  });
});
