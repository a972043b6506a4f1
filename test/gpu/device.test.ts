/**
 * Opens a device while the browser refuses, lists too much, or never answers. The GPU is a fake: no
 * driver does these on request.
 */
import { afterEach, expect, test, vi } from "vitest";
import { GpuError, RewardError, UnsupportedError } from "../../src/errors.ts";
import { Device } from "../../src/gpu/device.ts";

vi.stubGlobal("GPUShaderStage", { COMPUTE: 4 });
afterEach(() => vi.useRealTimers());

interface Made {
  readonly info?: unknown;
  readonly features?: readonly string[];
  requestDevice?(descriptor: GPUDeviceDescriptor): Promise<unknown>;
}

const device = {
  lost: new Promise(() => {}),
  limits: {},
  features: new Set<string>(),
  createBindGroupLayout: () => ({}),
};

function gpuOf({ info, features = [], requestDevice = async () => device }: Made): GPU {
  const adapter = {
    info,
    features: new Set(features),
    limits: { maxBufferSize: 5 },
    requestDevice,
  };
  return { requestAdapter: async () => adapter } as unknown as GPU;
}

async function faultOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (fault: unknown) => fault,
  );
}

test.each<[string, Made["info"], string]>([
  ["no info, as before Chrome 127", undefined, "unnamed adapter"],
  ["info that is null", null, "unnamed adapter"],
  ["info without fields", {}, "unnamed adapter"],
  ["info", { vendor: "apple", architecture: "metal-3" }, "apple metal-3"],
])("adapter: %s → opened, %s", async (_, info, name) => {
  const { adapter } = await Device.open(gpuOf({ info }));
  expect(adapter).toEqual({
    name,
    software: false,
    subgroupMinSize: 0,
    subgroupMaxSize: 0,
    matrices: [],
  });
});

test("adapter: info by a call, as once in Chrome; a fallback of its own field → known", async () => {
  const gpu = {
    requestAdapter: async () => ({
      isFallbackAdapter: true,
      requestAdapterInfo: async () => ({ vendor: "google" }),
      features: new Set(),
      limits: {},
      requestDevice: async () => device,
    }),
  } as unknown as GPU;
  expect((await Device.open(gpu)).adapter).toMatchObject({ name: "google", software: true });
});

const refusing =
  (refuses: (descriptor: GPUDeviceDescriptor) => boolean, asked: GPUDeviceDescriptor[] = []) =>
  async (descriptor: GPUDeviceDescriptor): Promise<unknown> => {
    asked.push(descriptor);
    if (refuses(descriptor)) throw new DOMException("not supported", "OperationError");
    return device;
  };
const count = ({ requiredFeatures = [], requiredLimits = {} }: GPUDeviceDescriptor): number[] => [
  [...requiredFeatures].length,
  Object.keys(requiredLimits).length,
];

test.each([
  ["of f16 with sums in f32", "f16", "f32", [[8, 16, 16]], 1],
  ["of another kind", "i8", "i32", [], 0],
])("matrix units %s → known, and asked for if they serve", async (_, from, to, wanted, times) => {
  const asked: GPUDeviceDescriptor[] = [];
  const requestDevice = refusing(() => false, asked);
  const unit = { componentType: from, resultComponentType: to, M: 8, N: 16, K: 16 };
  // Chrome's lists are iterable, and no arrays.
  const info = { subgroupMatrixConfigs: new Set([unit]) };
  const features = ["chromium-experimental-subgroup-matrix"];
  const { adapter } = await Device.open(gpuOf({ info, features, requestDevice }));
  expect(adapter.matrices).toEqual(wanted);
  expect(asked.map(count)).toEqual([[times, 5]]);
});

test("device: nothing refused → all that is listed, and no word of it", async () => {
  const asked: GPUDeviceDescriptor[] = [];
  const requestDevice = refusing(() => false, asked);
  const opened = await Device.open(gpuOf({ features: ["shader-f16", "subgroups"], requestDevice }));
  expect(asked.map(count)).toEqual([[2, 5]]);
  expect(opened.refused).toBeUndefined();
});

test("device: refuses a feature that its adapter lists → opened without", async () => {
  const asked: GPUDeviceDescriptor[] = [];
  const requestDevice = refusing(
    ({ requiredFeatures = [] }) => [...requiredFeatures].length > 0,
    asked,
  );
  const opened = await Device.open(gpuOf({ features: ["shader-f16"], requestDevice }));
  expect(asked.map(count)).toEqual([
    [1, 5],
    [1, 5],
    [0, 5],
  ]);
  expect(opened.refused).toBe("features");
});

test("device: refuses raised limits → opened with the spec's", async () => {
  const requestDevice = refusing(
    ({ requiredLimits = {} }) => Object.keys(requiredLimits).length > 0,
  );
  const opened = await Device.open(gpuOf({ features: ["shader-f16"], requestDevice }));
  expect(opened.refused).toBe("features and limits");
});

test("device: refused whatever is asked → GpuError of the first refusal", async () => {
  const error = await faultOf(Device.open(gpuOf({ requestDevice: refusing(() => true) })));
  expect(error).toBeInstanceOf(GpuError);
  expect(String(error)).toMatch(/GPU unnamed adapter: not supported\. Close other pages/);
});

test("adapter: refused, or thrown → typed", async () => {
  const lost = { requestAdapter: () => Promise.reject(new TypeError("gone")) } as unknown as GPU;
  expect(await faultOf(Device.open(lost))).toBeInstanceOf(GpuError);
  const odd = {
    requestAdapter() {
      throw new TypeError("odd");
    },
  } as unknown as GPU;
  expect(await faultOf(Device.open(odd))).toBeInstanceOf(GpuError);
  const none = { requestAdapter: async () => null } as unknown as GPU;
  expect(await faultOf(Device.open(none))).toBeInstanceOf(UnsupportedError);
});

test.each<[string, GPU]>([
  ["requestAdapter", { requestAdapter: () => new Promise(() => {}) } as unknown as GPU],
  ["requestDevice", gpuOf({ requestDevice: () => new Promise(() => {}) })],
])("%s that never answers → UnsupportedError after 20 s, asked once", async (_, gpu) => {
  vi.useFakeTimers();
  const opening = faultOf(Device.open(gpu));
  await vi.advanceTimersByTimeAsync(19_900);
  expect(await Promise.race([opening, Promise.resolve("waits")])).toBe("waits");
  await vi.advanceTimersByTimeAsync(200);
  const error = (await opening) as RewardError;
  expect(error).toBeInstanceOf(UnsupportedError);
  expect(error).toMatchObject({ expected: "an answer", got: "none in 20 s" });
});

test.each([
  ["a page", "https://page.example", /Use Chrome or Edge 113.*HTTPS or from localhost/],
  ["a worker of a sandboxed frame", "null", /Load the model in the frame's own thread/],
])("no WebGPU in %s → says what to do there", async (_, origin, advice) => {
  vi.stubGlobal("origin", origin);
  vi.stubGlobal("navigator", {});
  const fault = await faultOf(Device.open());
  vi.unstubAllGlobals();
  expect(fault).toBeInstanceOf(UnsupportedError);
  expect(String(fault)).toMatch(/WebGPU is missing/);
  expect(String(fault)).toMatch(advice);
});
