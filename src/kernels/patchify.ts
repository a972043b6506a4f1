/** Records resized pictures → normalised patches. Twin of `shaders/patchify.wgsl`. */
import source from "../../shaders/patchify.wgsl?raw";
import { f32, gridOfValues, kernel, read, u32, write } from "./kernel.ts";
import type { Kernel, Recorder, Tensor } from "./kernel.ts";

export const patchifyKernel: Kernel = kernel("patchify", [source], {
  bindings: [read("pixels"), write("out")],
  constants: ["PATCH", "MERGE", "TEMPORAL"],
  params: [
    ...["scale_red", "scale_green", "scale_blue"].map(f32),
    u32("patches"),
    ...["shift_red", "shift_green", "shift_blue"].map(f32),
    ...["stride", "width", "blocks", "first_patch"].map(u32),
  ],
});

/** How pictures are cut and normalised. */
export interface Patches {
  readonly patchSize: number;
  readonly mergeSize: number;
  readonly temporalPatchSize: number;
  /** Of each channel: value = byte * scale + shift. */
  readonly scale: readonly [number, number, number];
  readonly shift: readonly [number, number, number];
}

/** A picture on the GPU; its sides are multiples of patchSize * mergeSize. */
export interface ResizedPicture {
  readonly width: number;
  readonly height: number;
  /** [height * width] u32: red, green, blue and alpha, red lowest. */
  readonly pixels: Tensor;
}

/** Records pictures, one after the other → pixel_values [patches, 3 * temporal * patch²]. */
export function patchify(
  plan: Recorder,
  label: string,
  pictures: readonly ResizedPicture[],
  { patchSize, mergeSize, temporalPatchSize, scale, shift }: Patches,
): Tensor {
  const patchesOf = (p: ResizedPicture): number => (p.width * p.height) / patchSize ** 2;
  const total = pictures.reduce((sum, picture) => sum + patchesOf(picture), 0);
  const out = plan.tensor(label, total, 3 * temporalPatchSize * patchSize ** 2);
  let firstPatch = 0;
  for (const picture of pictures) {
    const patches = patchesOf(picture);
    plan.record({
      label,
      kernel: patchifyKernel,
      constants: { PATCH: patchSize, MERGE: mergeSize, TEMPORAL: temporalPatchSize },
      bindings: [picture.pixels, out],
      params: {
        scale_red: scale[0],
        scale_green: scale[1],
        scale_blue: scale[2],
        patches,
        shift_red: shift[0],
        shift_green: shift[1],
        shift_blue: shift[2],
        stride: out.stride,
        width: picture.width,
        blocks: picture.width / (patchSize * mergeSize),
        first_patch: firstPatch,
      },
      grid: gridOfValues(patches * out.stride),
      cost: 4 * patches * out.stride,
    });
    firstPatch += patches;
  }
  return out;
}
