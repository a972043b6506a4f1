/** A device on adapters that say little of themselves. */
import { describe, expect, it } from "vitest";
import { Device } from "../../src/gpu/device.ts";

/** A GPU whose adapter has these fields, and no feature. */
function fakeGpu(adapter: object): GPU {
  const lost = new Promise(() => {});
  const device = { lost, limits: {}, createBindGroupLayout: () => ({}) };
  return {
    requestAdapter: async () => ({
      limits: {},
      features: new Set(["chromium-experimental-subgroup-matrix", "shader-f16"]),
      requestDevice: async () => device,
      ...adapter,
    }),
  } as unknown as GPU;
}

const unnamed = {
  name: "unnamed adapter",
  software: false,
  subgroupMinSize: 0,
  subgroupMaxSize: 0,
};

describe("device", () => {
  it.each([
    ["no info", {}, unnamed],
    ["info that is null", { info: null }, unnamed],
    ["info without a word", { info: { vendor: "", architecture: "" } }, unnamed],
    ["no info, but the older mark", { isFallbackAdapter: true }, { ...unnamed, software: true }],
    [
      "a whole info",
      { info: { vendor: "a", device: "b", isFallbackAdapter: true, subgroupMinSize: 4 } },
      { name: "a b", software: true, subgroupMinSize: 4, subgroupMaxSize: 0 },
    ],
  ])(
    "device: an adapter with %s → opens, and its facts say what is known",
    async (_, adapter, facts) => {
      const device = await Device.open(fakeGpu(adapter));
      expect(device.adapter).toEqual(facts);
    },
  );
});
