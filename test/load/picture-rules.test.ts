/** The picture rules of the flagship's model card are the default for its folder only. */
import { expect, test } from "vitest";
import { DEFAULT_IMAGE_CONFIG } from "../../src/image/config.ts";
import { withPictureRules } from "../../src/load/picture-rules.ts";
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
