import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { UnsupportedError, WeightsError } from "../../src/errors.ts";
import {
  DEFAULT_IMAGE_CONFIG,
  normalisation,
  parsePreprocessorConfig,
  patchGrid,
} from "../../src/image/config.ts";
import { findFamily } from "../../src/model/families/families.ts";

const HUB = {
  min_pixels: 3136,
  max_pixels: 12_845_056,
  patch_size: 14,
  temporal_patch_size: 2,
  merge_size: 2,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
  image_processor_type: "Qwen2VLImageProcessor",
  processor_class: "Qwen2_5_VLProcessor",
};

describe("parsePreprocessorConfig", () => {
  test("config: the published file → its fields", () => {
    expect(parsePreprocessorConfig(HUB)).toEqual({
      ...DEFAULT_IMAGE_CONFIG,
      maxPixels: 12_845_056,
    });
  });

  test("config: a class named …Pil → Pillow 13's order; any other → torchvision's arithmetic", () => {
    const resizeOf = (name: string): string =>
      parsePreprocessorConfig({ ...HUB, image_processor_type: name }).resize;
    expect(resizeOf("Qwen2VLImageProcessorPil")).toBe("pillow13");
    expect(resizeOf("Qwen2VLImageProcessorFast")).toBe("torchvision");
    expect(resizeOf("Qwen2VLImageProcessor")).toBe("torchvision");
  });

  test("config: golden model b → its limits", () => {
    const url = new URL("../golden/models/b/preprocessor_config.json", import.meta.url);
    const config = parsePreprocessorConfig(JSON.parse(readFileSync(url, "utf8")));
    expect(config.maxPixels).toBe(50_176);
  });

  test("config: a file without fields → transformers' defaults", () => {
    expect(DEFAULT_IMAGE_CONFIG.maxPixels).toBe(1_003_520);
    expect(parsePreprocessorConfig({})).toEqual(DEFAULT_IMAGE_CONFIG);
  });

  test.each([
    ["edges", { size: { shortest_edge: 100, longest_edge: 900 } }, 100, 900],
    ["old names", { size: { min_pixels: 100, max_pixels: 900 } }, 100, 900],
    [
      "both: the outer ones count",
      { max_pixels: 800, size: { shortest_edge: 100, longest_edge: 900 } },
      100,
      800,
    ],
    [
      "a processor_config.json",
      { image_processor: { size: { shortest_edge: 7, longest_edge: 8 } } },
      7,
      8,
    ],
    [
      "nulls beside",
      { min_pixels: null, size: { shortest_edge: 100, longest_edge: 900 } },
      100,
      900,
    ],
  ])("config: limits as %s → read", (_, json, minPixels, maxPixels) => {
    expect(parsePreprocessorConfig(json)).toMatchObject({ minPixels, maxPixels });
  });

  test.each([
    [
      "another processor",
      { ...HUB, image_processor_type: "CLIPImageProcessor" },
      '"CLIPImageProcessor"',
    ],
    ["no resize", { ...HUB, do_resize: false }, "do_resize"],
    ["no normalising", { ...HUB, do_normalize: false }, "do_normalize"],
    ["bilinear", { ...HUB, resample: 2 }, "expected 3, bicubic, got 2"],
  ])("config: %s → UnsupportedError", async (_, json, message) => {
    const family = await findFamily("qwen2_5_vl");
    const parse = (): unknown => parsePreprocessorConfig(json, undefined, family?.imageProcessor);
    expect(parse).toThrow(UnsupportedError);
    expect(parse).toThrow(message);
  });

  test.each([
    ["a list", [], "expected a JSON object"],
    ["half a patch", { ...HUB, patch_size: 13.5 }, "patch_size"],
    ["no pixels", { ...HUB, max_pixels: 0 }, "max_pixels"],
    ["limits crossed", { ...HUB, min_pixels: 5, max_pixels: 4 }, "at most max_pixels, 4"],
    ["two means", { ...HUB, image_mean: [0, 1] }, "expected three numbers"],
    ["text for a mean", { ...HUB, image_mean: ["0", 1, 2] }, "image_mean"],
    ["pictures of a gigapixel", { ...HUB, min_pixels: 1e9, max_pixels: 2e9 }, "min_pixels"],
    ["a mean of a million", { ...HUB, image_mean: [1e6, 0, 0] }, "image_mean"],
    ["a tiny std", { ...HUB, image_std: [1e-30, 1, 1] }, "image_std"],
    ["a std of zero", { ...HUB, image_std: [1, 0, 1] }, "image_std"],
    ["a negative rescale", { ...HUB, rescale_factor: -1 }, "rescale_factor"],
  ])("config: %s → WeightsError", (_, json, message) => {
    expect(() => parsePreprocessorConfig(json)).toThrow(WeightsError);
    expect(() => parsePreprocessorConfig(json)).toThrow(message);
  });
});

test("patch-grid: 640 × 480 → 46 × 34 patches, 391 tokens", () => {
  expect(patchGrid(640, 480, parsePreprocessorConfig(HUB))).toEqual({
    resizedWidth: 644,
    resizedHeight: 476,
    rows: 34,
    columns: 46,
    patches: 1564,
    tokens: 391,
  });
});

test("normalisation: the mean → 0, white → (1 - mean) / std", () => {
  const { scale, shift } = normalisation(DEFAULT_IMAGE_CONFIG);
  expect(scale[0] * 255 * 0.48145466 + shift[0]).toBeCloseTo(0, 12);
  expect(scale[2] * 255 + shift[2]).toBeCloseTo((1 - 0.40821073) / 0.27577711, 12);
});
