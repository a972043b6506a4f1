/**
 * Pictures to the size that the published models see: by the CPU, and by the GPU with their upload.
 */
import { resizeBicubic } from "../../src/image/resize/resize.ts";
import { smartResize } from "../../src/image/resize/smart-resize.ts";
import { resize } from "../../src/kernels/resize.ts";
import { Arena } from "../../src/pass/arena.ts";
import { Plan } from "../../src/pass/plan.ts";
import { run } from "../../src/pass/run.ts";
import type { MeasuredBench } from "../cases/case.ts";
import { HeldWeights } from "../measure/held-weights.ts";
import { interleave } from "../measure/interleave.ts";
import type { Timing } from "../measure/interleave.ts";

/**
 * preprocessor_config.json of Qwen2.5-VL and Skywork-VL-Reward: patches of 14 merged by twos,
 * 16,384 tokens at most.
 */
const LIMITS = { factor: 28, minPixels: 3136, maxPixels: 12_845_056 };

/** Resizes one picture in both ways in turn; throws if their bytes differ. */
export async function resizes(
  { device, profile, ...interleaved }: MeasuredBench,
  [width, height]: readonly [number, number],
): Promise<Timing[]> {
  // Every byte depends on the place; nothing here depends on what the picture shows.
  const data = Uint8Array.from(
    { length: width * height * 4 },
    (_, i) => (i * 2_654_435_761) >>> 24,
  );
  const pixels = { width, height, data };
  const to = smartResize(height, width, LIMITS);
  const arena = new Arena(device);
  const noWeights = new HeldWeights(device, "f32");
  const byCpu = (): Uint8Array => resizeBicubic(pixels, to.width, to.height, "torchvision").data;
  const byGpu = async (isRead: boolean): Promise<Float32Array | undefined> => {
    const plan = new Plan(profile);
    const resized = resize(plan, "resize", { pixels, ...to }, "torchvision");
    if (isRead) plan.output("resized", resized.pixels);
    return (await run(device, arena, noWeights, plan)).get("resized");
  };
  const [wanted, got] = [byCpu(), await byGpu(true)];
  if (!got || !sameBytes(new Uint8Array(got.buffer), wanted)) {
    throw new Error(`${width} × ${height}: the GPU's bytes are not the CPU's`);
  }
  const sizes = `${width} × ${height} to ${to.width} × ${to.height}`;
  const settled = async (): Promise<void> => {};
  const timings = await interleave(
    [
      {
        name: `resize ${sizes}, GPU`,
        async submit() {
          await byGpu(false);
        },
        settled,
      },
      {
        name: "  the same, CPU",
        submit() {
          byCpu();
        },
        settled,
      },
    ],
    interleaved,
  );
  arena.destroy();
  noWeights.destroy();
  return timings;
}

function sameBytes(got: Uint8Array, wanted: Uint8Array): boolean {
  return got.length === wanted.length && got.every((byte, i) => byte === wanted[i]);
}
