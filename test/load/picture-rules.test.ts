/** The picture rules of the flagship's model card are the default for its folder only. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { DEFAULT_IMAGE_CONFIG } from "../../src/image/config.ts";
import { Pictures } from "../../src/load/cases/pictures.ts";
import { imageOf, withPictureRules } from "../../src/load/picture-rules.ts";
import { namedRecord } from "../../src/model/heads/published.ts";
import type { ModelConfig } from "../../src/model/config.ts";

const published = { ...DEFAULT_IMAGE_CONFIG, minPixels: 3136, maxPixels: 12_845_056 };
const flagship = {
  decoder: { hiddenSize: 3584, numHiddenLayers: 28 },
  vision: {},
} as unknown as ModelConfig;
const head = new Set(["v_head.summary.weight"]);
const card = { resize: "pillow", orientation: "stored" };
const processor = { resize: "torchvision", orientation: "exif" };

test("pictures: the flagship's folder → as its card does; options count before it", () => {
  expect(withPictureRules(published, flagship, head, { passes: [] }, {})).toMatchObject(card);
  expect(
    withPictureRules(published, flagship, head, { passes: [] }, { resize: "torchvision" }),
  ).toMatchObject({
    resize: "torchvision",
    orientation: "stored",
  });
  expect(
    withPictureRules(published, flagship, head, { passes: [] }, { orientation: "exif" }),
  ).toMatchObject({
    resize: "pillow",
    orientation: "exif",
  });
});

test("pictures: a record with picture sizes → as Pillow 13 does; an option counts before it", () => {
  const { passes } = namedRecord("Qwen3-VL-Reranker", "qwen3_vl");
  const none = new Set<string>();
  expect(withPictureRules(published, flagship, none, { passes }, {})).toMatchObject({
    resize: "pillow13",
    orientation: "exif",
  });
  expect(
    withPictureRules(published, flagship, none, { passes }, { resize: "pillow" }),
  ).toMatchObject({ resize: "pillow" });
});

test.each([
  ["no value head", published, flagship, new Set(["score.weight"])],
  ["another budget", { ...published, maxPixels: 1_003_520 }, flagship, head],
  [
    "another size",
    published,
    { ...flagship, decoder: { hiddenSize: 2048, numHiddenLayers: 36 } } as ModelConfig,
    head,
  ],
  ["no pictures", published, { ...flagship, vision: undefined }, head],
])("pictures: %s → as the processor says", (_, image, config, tensors) => {
  expect(withPictureRules(image, config, tensors, { passes: [] }, {})).toMatchObject(processor);
});

/** A page of 700 × 990 pixels with fine lines and a board of 20 pixels a field, in RGBA. */
function page(): { width: number; height: number; data: Uint8ClampedArray } {
  const [width, height] = [700, 990];
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      data[at] = (x * 7 + y * 13 + ((x * y) % 31)) % 256;
      data[at + 1] = (x * 3 + y * 5 + ((x * y) % 17)) % 256;
      data[at + 2] = ((Math.floor(x / 20) + Math.floor(y / 20)) % 2) * 255;
      data[at + 3] = 255;
    }
  }
  return { width, height, data };
}

test("pictures: DocReward's two resizes → the bytes of Pillow 13, to 700 × 980 and then 448 × 644", async () => {
  const { passes } = namedRecord("DocReward", "qwen2_5_vl");
  const rules = passes[0]!.prompt.pictures;
  const base = withPictureRules(published, flagship, new Set<string>(), { passes }, {});
  const load = async (own: typeof rules): Promise<string> => {
    const pictures = new Pictures(imageOf(base, own, {}), "", undefined, undefined);
    const part = { type: "image", image: page() } as const;
    // Without room on the GPU, the pixels are those that are scored.
    const { pixels, scored } = await pictures.load(part, { bytes: 0, count: 0 });
    expect(scored).toMatchObject({ resizedWidth: 448, resizedHeight: 644, tokens: 16 * 23 });
    const rgb = pixels.data.filter((_, i) => i % 4 !== 3);
    return createHash("sha256").update(rgb).digest("hex");
  };
  // Image.resize((700, 980)).resize((448, 644)) in Pillow 13.0.0. One resize alone gives other
  // bytes, 1.0 grey levels apart on the mean and 41 at most.
  const twice = "2467c52d6d2c5194c76f08f770f442017d60e6de706346503f0d0b5a1c084ed2";
  expect(await load(rules)).toBe(twice);
  expect(await load({ ...rules, firstResize: undefined })).not.toBe(twice);
});
