/** Pictures cut into normalised patches, against the twin. */
import { expect, test } from "vitest";
import { DEFAULT_IMAGE_CONFIG, normalisation } from "../../src/image/config.ts";
import type { ImageConfig } from "../../src/image/config.ts";
import type { Tensor } from "../../src/kernels/kernel.ts";
import { patchify } from "../../src/kernels/patchify.ts";
import type { Pixels } from "../../src/image/decode/pixels.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import { patchify as reference } from "../../testing/reference/patchify.ts";
import { compareRounding, roundingBound } from "../../testing/compare.ts";
import { runKernel } from "../../testing/gpu/kernel-run.ts";
import type { Bench } from "../../testing/gpu/kernel-run.ts";

/** Every byte value occurs; alpha too, which must not matter. */
function picture(width: number, height: number, seed: number): Pixels {
  const data = Uint8Array.from(
    { length: width * height * 4 },
    (_, i) => (i * 37 + seed * 11) >>> 2,
  );
  return { width, height, data };
}

function wantedOf(pictures: readonly Pixels[], config: ImageConfig): Float32Array {
  const rows = pictures.map((one) => reference(one, config));
  return Float32Array.from(rows.flatMap((values) => [...values]));
}

async function cut(pictures: readonly Pixels[], config: ImageConfig): Promise<Float32Array> {
  const { patchSize, mergeSize, temporalPatchSize } = config;
  const patches = { patchSize, mergeSize, temporalPatchSize, ...normalisation(config) };
  const record = ({ plan }: Bench): Tensor => {
    const uploaded = pictures.map(({ width, height, data }) => {
      const pixels = plan.input("pixels", new Uint32Array(data.buffer));
      return { width, height, pixels };
    });
    return patchify(plan, "patchify", uploaded, patches);
  };
  return await runKernel(PLAIN, record);
}

/** A product and a sum, and the twin's own rounding to f32; the largest terms are below 4.5. */
function boundsOf(wanted: Float32Array): Float64Array {
  return new Float64Array(wanted.length).fill(roundingBound(3, 4.5 + 1.8));
}

const odd: ImageConfig = {
  ...DEFAULT_IMAGE_CONFIG,
  patchSize: 5,
  mergeSize: 1,
  temporalPatchSize: 1,
};

test.each<[string, ImageConfig, [number, number][]]>([
  ["one block of patches", DEFAULT_IMAGE_CONFIG, [[28, 28]]],
  ["wide", DEFAULT_IMAGE_CONFIG, [[140, 28]]],
  ["tall", DEFAULT_IMAGE_CONFIG, [[28, 84]]],
  [
    "three pictures",
    DEFAULT_IMAGE_CONFIG,
    [
      [56, 84],
      [28, 28],
      [84, 56],
    ],
  ],
  [
    "patches of 5, rows of 75 values",
    odd,
    [
      [10, 15],
      [5, 5],
    ],
  ],
])("patchify: %s → within rounding", async (name, config, sides) => {
  const pictures = sides.map(([width, height], i) => picture(width, height, i));
  const wanted = wantedOf(pictures, config);
  const columns = 3 * config.temporalPatchSize * config.patchSize ** 2;
  const subject = { name, shape: [wanted.length / columns, columns] };
  expect(await cut(pictures, config)).toBeWithinRounding(wanted, boundsOf(wanted), subject);
});

test("patchify: patches row by row, channels backwards on purpose → seen; neither → not", async () => {
  const pixels = picture(56, 84, 1);
  const wanted = wantedOf([pixels], DEFAULT_IMAGE_CONFIG);
  const isSeen = async (given: Pixels, config: ImageConfig): Promise<boolean> => {
    const got = await cut([given], config);
    const subject = { name: "patchify", shape: [24, 1176] };
    return !compareRounding(got, wanted, boundsOf(wanted), subject).pass;
  };
  // Blocks of one patch follow each other row by row.
  const byRows = { ...DEFAULT_IMAGE_CONFIG, mergeSize: 1 };
  const { data } = pixels;
  const backwards = data.map((byte, i) => (i % 4 === 3 ? byte : data[i - (i % 4) + 2 - (i % 4)]!));
  expect(await isSeen(pixels, DEFAULT_IMAGE_CONFIG)).toBe(false);
  expect(await isSeen(pixels, byRows)).toBe(true);
  expect(await isSeen({ ...pixels, data: backwards }, DEFAULT_IMAGE_CONFIG)).toBe(true);
});
