/**
 * Pictures to another size on the GPU, bit for bit: Pillow's own bytes, and what the CPU makes in
 * either arithmetic. The CPU's resize is the twin; it is held against Pillow's bytes and
 * torchvision's in test/image.
 */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Pixels } from "../../src/image/decode/pixels.ts";
import { resizeBicubic } from "../../src/image/resize/resize.ts";
import { FIRST_WEIGHT, resizeTaps } from "../../src/image/resize/taps.ts";
import type { ResizeArithmetic } from "../../src/image/resize/taps.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import { resize } from "../../src/kernels/resize.ts";
import { Plan } from "../../src/pass/plan.ts";
import { noise, resizeCases, rgbOf } from "../image/resize/resize-cases.ts";
import { compareBits } from "../../testing/compare.ts";
import { runKernel } from "../../testing/gpu/kernel-run.ts";

async function resized(
  pixels: Pixels,
  width: number,
  height: number,
  arithmetic: ResizeArithmetic,
): Promise<Pixels> {
  const picture = { pixels, width, height };
  const words = await runKernel(
    PLAIN,
    ({ plan }) => resize(plan, "resize", picture, arithmetic).pixels,
  );
  return { width, height, data: new Uint8Array(words.buffer) };
}

/** A picture whose bytes depend on the place: red, green and blue alike. */
function drawn(width: number, height: number, byteAt: (x: number, y: number) => number): Pixels {
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    data.fill(byteAt(i % width, Math.floor(i / width)), i * 4, i * 4 + 3);
  }
  return { width, height, data };
}

const checkerboard = (x: number, y: number): number => ((x + y) % 2) * 255;
/** Edges so wide apart that the cubic swings past both ends of a byte beside each. */
const bars = (x: number, y: number): number => ((x >> 2) + (y >> 3)) % 2 && 255;

test.each(resizeCases.map((c) => [`${c.width}×${c.height}`, `${c.toWidth}×${c.toHeight}`, c]))(
  "resize: noise, %s → %s, Pillow's bytes",
  async (_, __, c) => {
    const got = await resized(noise(c.width, c.height, c.seed), c.toWidth, c.toHeight, "pillow");
    expect(createHash("sha256").update(rgbOf(got)).digest("hex")).toBe(c.sha256);
    const by13 = await resized(noise(c.width, c.height, c.seed), c.toWidth, c.toHeight, "pillow13");
    expect(createHash("sha256").update(rgbOf(by13)).digest("hex")).toBe(c.pillow13);
  },
);

test.each<[string, Pixels, [number, number]]>([
  ["one pixel", noise(1, 1, 1), [28, 28]],
  ["one column to one of another height", noise(1, 300, 2), [1, 84]],
  ["one column, wider", noise(1, 200, 3), [28, 84]],
  ["one row", noise(300, 1, 4), [28, 28]],
  ["another width only", noise(57, 33, 6), [56, 33]],
  ["another height only", noise(33, 57, 7), [33, 56]],
  ["larger by 2.15 and 4", noise(13, 7, 8), [28, 28]],
  ["smaller by 1.37 and 1.42", noise(365, 258, 9), [266, 182]],
  ["wider and lower", noise(100, 201, 10), [252, 28]],
  ["145 taps across, 73 down", noise(1000, 500, 11), [28, 28]],
  ["white", drawn(100, 75, () => 255), [56, 84]],
  ["black", drawn(100, 75, () => 0), [56, 84]],
  ["a checkerboard, smaller", drawn(101, 75, checkerboard), [84, 56]],
  ["a checkerboard, larger", drawn(31, 45, checkerboard), [84, 56]],
  ["bars, larger", drawn(40, 48, bars), [84, 140]],
])("resize: %s → the CPU's bytes in each arithmetic", async (name, pixels, [width, height]) => {
  for (const arithmetic of ["torchvision", "pillow", "pillow13"] as const) {
    const wanted = resizeBicubic(pixels, width, height, arithmetic);
    const got = await resized(pixels, width, height, arithmetic);
    const subject = { name: `${name}, ${arithmetic}`, shape: [height, width, 4] };
    expect(got.data).toEqualBits(wanted.data, subject);
  }
});

test("resize: more pixels than one dimension of a grid holds → the CPU's bytes", async () => {
  const pixels = noise(2, 3, 12);
  const [width, height] = [65, 65_600];
  const wanted = resizeBicubic(pixels, width, height, "torchvision");
  const got = await resized(pixels, width, height, "torchvision");
  expect(Buffer.compare(got.data, wanted.data)).toBe(0);
});

test("resize: a side or both as they are → no step for them", () => {
  const steps = (width: number, height: number): string[] => {
    const plan = new Plan(PLAIN);
    resize(plan, "resize", { pixels: noise(29, 31, 5), width, height }, "pillow");
    return plan.steps.map(({ label }) => label);
  };
  expect(steps(29, 31)).toEqual([]);
  expect(steps(28, 31)).toEqual(["resize.across"]);
  expect(steps(29, 28)).toEqual(["resize.down"]);
  expect(steps(28, 28)).toEqual(["resize.across", "resize.down"]);
});

const swinging = drawn(40, 48, bars);
const subject = { name: "bars", shape: [140, 84, 4] };

const AXIS_FAULTS = [
  "no half before the shift",
  "no clip to bytes",
  "green where blue is",
  "the last tap left out",
] as const;

/** One axis of a picture resized as the kernel says it does, soundly or with a fault. */
function axisModel(
  { width, height, data }: Pixels,
  isDown: boolean,
  to: number,
  fault?: (typeof AXIS_FAULTS)[number],
): Pixels {
  const taps = resizeTaps(isDown ? height : width, to, "torchvision");
  const [newWidth, newHeight] = isDown ? [width, to] : [to, height];
  const result = new Uint8Array(newWidth * newHeight * 4).fill(255);
  for (let i = 0; i < newWidth * newHeight * 3; i++) {
    const [pixel, channel] = [Math.floor(i / 3), i % 3];
    const [x, y] = [pixel % newWidth, Math.floor(pixel / newWidth)];
    const own = (isDown ? y : x) * taps.stride;
    const [first = 0, count = 0] = taps.table.subarray(own, own + FIRST_WEIGHT);
    let sum = fault === "no half before the shift" ? 0 : 1 << (taps.bits - 1);
    for (let t = 0; t < count - (fault === "the last tap left out" ? 1 : 0); t++) {
      const at = isDown ? (first + t) * width + x : y * width + first + t;
      const read = fault === "green where blue is" && channel === 2 ? 1 : channel;
      sum += taps.table[own + FIRST_WEIGHT + t]! * data[at * 4 + read]!;
    }
    const value = sum >> taps.bits;
    result[pixel * 4 + channel] =
      fault === "no clip to bytes" ? value : Math.min(255, Math.max(0, value));
  }
  return { width: newWidth, height: newHeight, data: result };
}

test.each(AXIS_FAULTS)("resize: a model of it with %s → seen; without → not", (fault) => {
  const pixels = {
    ...swinging,
    data: swinging.data.map((byte, i) => (i % 4 === 2 ? 255 - byte : byte)),
  };
  const wanted = resizeBicubic(pixels, 84, 140, "torchvision");
  const isSeen = (planted?: typeof fault): boolean => {
    const across = axisModel(pixels, false, 84, planted);
    const { data } = axisModel(across, true, 140, planted);
    return !compareBits(data, wanted.data, subject).pass;
  };
  expect([isSeen(), isSeen(fault)]).toEqual([false, true]);
});

test("resize: heights before widths on purpose → seen", async () => {
  const wanted = resizeBicubic(swinging, 84, 140, "pillow");
  const higher = await resized(swinging, swinging.width, 140, "pillow");
  const turned = await resized(higher, 84, 140, "pillow");
  expect(compareBits(turned.data, wanted.data, subject).pass).toBe(false);
});
