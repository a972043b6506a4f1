// Tested by: test/cli/node/node-runtime.browser.test.ts
/** WebGPU in Node, by npm's `webgpu` (Dawn). */
import { optionalPackage } from "./optional.ts";

export interface NodeGpuOptions {
  /** Dawn's flags, such as `backend=vulkan` or `enable-dawn-features=…`. */
  readonly flags?: readonly string[] | undefined;
}

/** Kept for the life of the process: Dawn aborts if an instance is collected. */
const kept = new Map<string, GPU>();

const FLAGS = [
  "enable-dawn-features=allow_unsafe_apis",
  // SwiftShader would take seconds to compile any kernel with workgroup memory.
  "disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension",
];

/**
 * Returns a GPU for the option `gpu`. While it lives, Dawn keeps the process alive: end it by
 * `process.exit()`.
 * @throws UnsupportedError if npm's `webgpu` is not installed
 */
export async function nodeGpu({ flags = [] }: NodeGpuOptions = {}): Promise<GPU> {
  const all = [...FLAGS, ...flags];
  const key = all.join(" ");
  const { create } = await optionalPackage(
    "webgpu",
    "npm's webgpu, which runs WebGPU in Node",
    () => import("webgpu"),
  );
  const gpu = kept.get(key) ?? create(all);
  kept.set(key, gpu);
  return gpu;
}
