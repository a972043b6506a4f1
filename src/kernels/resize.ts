/**
 * Records pictures resized for the model, bit for bit as `src/image/resize/resize.ts`. Twin of
 * `shaders/resize.wgsl`.
 */
import source from "../../shaders/resize.wgsl?raw";
import type { Pixels } from "../image/decode/pixels.ts";
import { FIRST_WEIGHT, isHeightFirst, resizeTaps } from "../image/resize/taps.ts";
import type { ResizeArithmetic, Taps } from "../image/resize/taps.ts";
import { gridOfValues, kernel, read, u32, write } from "./kernel.ts";
import type { Kernel, Recorder } from "./kernel.ts";
import type { ResizedPicture } from "./patchify.ts";

export const resizeKernel: Kernel = kernel("resize", [source], {
  bindings: [read("pixels"), read("taps"), write("out")],
  constants: ["DOWN"],
  params: ["rows", "columns", "width", "stride", "bits"].map(u32),
});

/** A picture in memory, and its sides for the model. */
export interface SourcePicture {
  readonly pixels: Pixels;
  readonly width: number;
  readonly height: number;
}

/**
 * Records [old height, old width] → [old height, width] → [height, width], or the height first if
 * the arithmetic has it so. An unchanged side takes no step.
 */
export function resize(
  plan: Recorder,
  label: string,
  { pixels, width, height }: SourcePicture,
  arithmetic: ResizeArithmetic,
): ResizedPicture {
  const { data } = pixels;
  const words = new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  let picture: ResizedPicture = { ...pixels, pixels: plan.input(`${label}.pixels`, words) };
  const across = (): void => {
    if (width === pixels.width) return;
    const taps = resizeTaps(pixels.width, width, arithmetic);
    picture = resizeAxis(plan, `${label}.across`, picture, taps, width, picture.height);
  };
  const down = (): void => {
    if (height === pixels.height) return;
    const taps = resizeTaps(pixels.height, height, arithmetic);
    picture = resizeAxis(plan, `${label}.down`, picture, taps, picture.width, height);
  };
  const isDownFirst = isHeightFirst(pixels, { width, height }, arithmetic);
  for (const step of isDownFirst ? [down, across] : [across, down]) step();
  return picture;
}

function resizeAxis(
  plan: Recorder,
  label: string,
  picture: ResizedPicture,
  taps: Taps,
  width: number,
  height: number,
): ResizedPicture {
  const table = plan.input(`${label}.taps`, new Uint32Array(taps.table.buffer));
  const out = plan.tensor(label, 1, height * width);
  plan.record({
    label,
    kernel: resizeKernel,
    constants: { DOWN: height === picture.height ? 0 : 1 },
    bindings: [picture.pixels, table, out],
    params: {
      rows: height,
      columns: width,
      width: picture.width,
      stride: taps.stride,
      bits: taps.bits,
    },
    grid: gridOfValues(height * width),
    cost: 3 * (taps.stride - FIRST_WEIGHT) * height * width,
  });
  return { width, height, pixels: out };
}
