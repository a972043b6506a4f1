import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { takeWebpOrientation, turnUpright } from "../../../src/image/decode/orientation.ts";

/** Five by three pixels, all different. */
const width = 5;
const height = 3;
const drawing = Uint8Array.from({ length: width * height * 4 }, (_, i) =>
  i % 4 === 3 ? 255 : i * 4,
);

async function webp(orientation?: number): Promise<Uint8Array> {
  const image = sharp(drawing, { raw: { width, height, channels: 4 } });
  if (orientation !== undefined) image.withMetadata({ orientation });
  return new Uint8Array(await image.webp({ lossless: true }).toBuffer());
}

describe("takeWebpOrientation", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("orientation: WebP with %d → taken out", async (turn) => {
    const bytes = await webp(turn);
    expect(takeWebpOrientation(bytes)).toBe(turn);
    expect(takeWebpOrientation(bytes)).toBe(1);
  });

  test("orientation: WebP without EXIF → 1, bytes untouched", async () => {
    const bytes = await webp();
    const before = bytes.slice();
    expect(takeWebpOrientation(bytes)).toBe(1);
    expect(bytes).toEqual(before);
  });

  test("orientation: WebP cut anywhere → 1 or the orientation, no error", async () => {
    const bytes = await webp(6);
    for (let length = 0; length < bytes.length; length++) {
      expect([1, 6]).toContain(takeWebpOrientation(bytes.slice(0, length)));
    }
  });
});

describe("turnUpright", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("orientation: %d → as sharp turns it", async (turn) => {
    const upright = sharp(await webp(turn), { autoOrient: true })
      .ensureAlpha()
      .raw();
    const { data, info } = await upright.toBuffer({ resolveWithObject: true });
    const turned = turnUpright({ width, height, data: drawing }, turn);
    expect([turned.width, turned.height]).toEqual([info.width, info.height]);
    expect([...turned.data]).toEqual([...data]);
  });
});
