/**
 * The GPU of the kernel tests: Dawn for Node, on whatever Vulkan driver there is
 * (VK_ICD_FILENAMES), else SwiftShader.
 *
 * Without an adapter, tests fail; they are not skipped. The adapter's name is printed once, so that
 * nobody takes a run in software for a run on a GPU.
 */
import { dirname, join } from "node:path";
import { create } from "webgpu";
import { swiftshaderIcd } from "../../cli/chrome/chrome.ts";
import { Device } from "../../src/gpu/device.ts";
import { keepLoaded } from "../../cli/node/dawn.ts";
import { slowDownPolls } from "../../cli/node/dawn-polls.ts";

const TOGGLES = [
  // Without it SwiftShader takes seconds to compile any kernel with workgroup memory.
  "disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension",
  "enable-dawn-features=allow_unsafe_apis",
];

// Kept for the life of the process: Dawn aborts when the instance is collected.
let instance: GPU | undefined;
let device: Promise<Device> | undefined;

export function testGpu(): GPU {
  if (!instance) {
    const icd = swiftshaderIcd();
    if (icd !== undefined) {
      process.env["VK_ICD_FILENAMES"] ??= icd;
      keepLoaded(join(dirname(icd), "libvulkan.so.1"));
    }
    slowDownPolls();
    instance = create(TOGGLES);
  }
  return instance;
}

/** The device that the tests of one file share. */
export async function testDevice(): Promise<Device> {
  device ??= Device.open(testGpu()).then((opened) => {
    console.log(`adapter: ${opened.adapter.name}`);
    return opened;
  });
  return await device;
}
