/**
 * The door `vl-reward/node`: a model in Node or Bun, without a browser. The GPU is npm's `webgpu`
 * (Dawn), pictures are decoded by npm's `sharp`. Both are optional peers: install them beside.
 */
export { directorySource } from "./directory-source.ts";
export { nodeGpu } from "./node-gpu.ts";
export type { NodeGpuOptions } from "./node-gpu.ts";
export { sharpDecoder } from "./sharp-decoder.ts";
