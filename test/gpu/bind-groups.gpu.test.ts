/** Bind groups are made once, and never outlive what they bind. */
import { expect, test, vi } from "vitest";
import { BindGroups } from "../../src/gpu/bind-groups.ts";
import { STORAGE } from "../../src/gpu/usage.ts";
import { testDevice } from "../../testing/gpu/gpu.ts";

const device = await testDevice();
const layout = device.gpu.createBindGroupLayout({
  entries: [0, 1].map((binding) => ({
    binding,
    visibility: 4,
    buffer: { type: "read-only-storage" as const },
  })),
});

function buffers(): [GPUBuffer, GPUBuffer, GPUBuffer] {
  const [a, b, c] = ["a", "b", "c"].map((label) => device.buffer(label, 64, STORAGE));
  return [a!, b!, c!];
}

test("bind groups: the same buffers in the same order → the same group; others → their own", () => {
  const groups = new BindGroups(device.gpu);
  const [a, b, c] = buffers();
  const group = groups.get("first", layout, [a, b]);
  expect(groups.get("again", layout, [a, b])).toBe(group);
  expect(groups.get("turned", layout, [b, a])).not.toBe(group);
  expect(groups.get("other", layout, [a, c])).not.toBe(group);
  expect(groups.size).toBe(3);
  [a, b, c].forEach((buffer) => device.release(buffer));
});

test("bind groups: a buffer is released → its groups are gone from the device, others stay", () => {
  const [a, b, c] = buffers();
  const before = device.bindGroups.size;
  device.bindGroups.get("dies", layout, [a, b]);
  const kept = device.bindGroups.get("stays", layout, [b, c]);
  device.release(a);
  expect(device.bindGroups.size).toBe(before + 1);
  expect(device.bindGroups.get("stays", layout, [b, c])).toBe(kept);
  [b, c].forEach((buffer) => device.release(buffer));
  expect(device.bindGroups.size).toBe(before);
});

test("bind groups: a scope that fails → none is cached, because the latest may be invalid", async () => {
  const [a, b, c] = buffers();
  const wrong = device.scoped("wrong", () => device.bindGroups.get("wrong", layout, [a]));
  await expect(wrong).rejects.toThrow(/wrong/);
  expect(device.bindGroups.size).toBe(0);
  [a, b, c].forEach((buffer) => device.release(buffer));
});

test("bind groups: more than any model needs → the cache starts again, and never grows past it", () => {
  const createBindGroup = vi.fn(() => ({}));
  const groups = new BindGroups({ createBindGroup } as unknown as GPUDevice);
  const kinds = Array.from({ length: 5000 }, () => ({}) as GPUBuffer);
  for (const buffer of kinds) groups.get("stray", layout, [buffer]);
  expect(createBindGroup).toHaveBeenCalledTimes(kinds.length);
  expect(groups.size).toBeLessThan(kinds.length);
});
