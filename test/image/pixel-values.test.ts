/** Picture files to `pixel_values`, against the activations that transformers gave. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parsePreprocessorConfig, patchGrid } from "../../src/image/config.ts";
import { decodeImage } from "../../src/image/decode/decode.ts";
import { resizeBicubic } from "../../src/image/resize/resize.ts";
import { patchify } from "../../testing/reference/patchify.ts";
import { GOLDEN_ROOT, modelFolder } from "../../testing/golden.ts";
import { decodePicture } from "../../testing/picture.ts";
import { readSafetensors } from "../../testing/checkpoint/safetensors-file.ts";

const goldens = readSafetensors(`${GOLDEN_ROOT}activations-a.safetensors`);
const config = parsePreprocessorConfig(
  JSON.parse(readFileSync(`${modelFolder("a")}/preprocessor_config.json`, "utf8")),
);

test.each([
  ["strip", ["strip.png"], [28, 560]],
  ["two-images", ["exact.png", "odd.png"], [112, 112, 140, 196]],
])(
  "pixel-values: golden %s → torchvision's bytes, and Pillow's within one step",
  async (id, files, sizes) => {
    const golden = goldens.get(`${id}/pixel_values`);
    const rows = { torchvision: [] as number[], pillow: [] as number[] };
    const resizedTo: number[] = [];
    for (const file of files) {
      const pixels = await decodeImage(await decodePicture(`${GOLDEN_ROOT}images/${file}`));
      const { resizedWidth, resizedHeight } = patchGrid(pixels.width, pixels.height, config);
      resizedTo.push(resizedHeight, resizedWidth);
      for (const arithmetic of ["torchvision", "pillow"] as const) {
        const resized = resizeBicubic(pixels, resizedWidth, resizedHeight, arithmetic);
        for (const value of patchify(resized, config)) rows[arithmetic].push(value);
      }
    }
    expect(resizedTo).toEqual(sizes);
    expect([rows.pillow.length / 1176, 1176]).toEqual(golden?.shape);
    // Whole steps of a byte between ours and the reference's.
    const stepsOf = (values: readonly number[]): number[] =>
      values.map((value, i) => {
        const std = config.imageStd[Math.floor((i % 1176) / 392)] ?? Number.NaN;
        return Math.abs(value - (golden?.values[i] ?? Number.NaN)) * std * 255;
      });
    expect(stepsOf(rows.torchvision).every((step) => step < 0.001)).toBe(true);
    // Pillow rounds about one value in 600 to the byte beside.
    const steps = stepsOf(rows.pillow);
    expect(steps.every((step) => step < 1.001)).toBe(true);
    expect(steps.filter((step) => step > 0.01).length / steps.length).toBeLessThan(0.003);
  },
);
