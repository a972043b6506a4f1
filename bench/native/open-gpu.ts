/**
 * Opens the GPU of this machine for Dawn in Node: a real GPU if the machine has one, else the
 * driver that VK_ICD_FILENAMES names, else SwiftShader.
 */
import { create } from "webgpu";
import { adapterFlags } from "../../cli/chrome/adapter.ts";
import { Device } from "../../src/gpu/device.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";

// Kept for the life of the process: Dawn aborts when the instance is collected.
let instance: GPU | undefined;

export function nativeGpu(): GPU {
  const { kind } = adapterFlags("auto");
  instance ??= kind === "hardware" ? create(["enable-dawn-features=allow_unsafe_apis"]) : testGpu();
  return instance;
}

export async function openGpu(): Promise<Device> {
  return await Device.open(nativeGpu());
}
