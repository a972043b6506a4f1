// Tested by: test/cli/node/node-runtime.browser.test.ts
/** The engine in this process: npm's `webgpu` computes, npm's `sharp` decodes pictures. */
import { directorySource } from "../../src/node/directory-source.ts";
import { sharpDecoder } from "../../src/node/sharp-decoder.ts";
import { pageEngine } from "../chrome/page-engine.ts";
import type { Runtime, RuntimeOptions } from "../chrome/runtime.ts";
import { openDawn } from "./dawn.ts";

/** Opens Dawn. @throws UnsupportedError if npm's `webgpu` is not installed */
export async function openNode(options: RuntimeOptions): Promise<Runtime> {
  const { folder, adapter, log, readable, onProgress } = options;
  const engine = pageEngine({
    onProgress,
    onWarning: (message) => log(readable(`warning: ${message}`)),
    options: { gpu: await openDawn(adapter), decodeImage: sharpDecoder() },
    openFolder: (address) => ({ ...directorySource(folder ?? address), name: address }),
  });
  return { call: async (name, json) => await engine[name](json), close: () => engine.close() };
}
