// Tested by: test/cli/node/node-runtime.browser.test.ts
/** Dawn for this process, on the adapter that `--adapter` names. */
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { InputError } from "../../src/errors.ts";
import { nodeGpu } from "../../src/node/node-gpu.ts";
import type { AdapterChoice } from "../chrome/adapter.ts";
import { swiftshaderIcd } from "../chrome/chrome.ts";
import { slowDownPolls } from "./dawn-polls.ts";

let isOpened = false;

/** Returns whether Dawn was opened: it keeps a process alive. */
export function isDawnOpen(): boolean {
  return isOpened;
}

/**
 * Returns the GPU.
 * @throws InputError if SwiftShader is asked for, and there is no Chrome that has it
 * @throws UnsupportedError if npm's `webgpu` is not installed
 */
export async function openDawn(adapter: AdapterChoice): Promise<GPU> {
  if (adapter === "swiftshader") useSwiftshader();
  if (!isOpened) slowDownPolls();
  isOpened = true;
  return await nodeGpu();
}

/** Lets Dawn take SwiftShader, Chrome's software adapter. Of no effect once Dawn is open. */
export function useSwiftshader(): void {
  const icd = swiftshaderIcd();
  if (icd === undefined) {
    throw new InputError({
      where: "--adapter swiftshader",
      what: "no SwiftShader on this machine",
      expected: "the folder of a Chrome, which has it",
      todo: "Install Chrome, or set VK_ICD_FILENAMES to a vk_swiftshader_icd.json",
    });
  }
  process.env["VK_ICD_FILENAMES"] = icd;
  keepLoaded(join(dirname(icd), "libvulkan.so.1"));
}

/**
 * Loads the Vulkan loader of the browser if the system has none: Dawn asks for it by its bare name.
 * It is not a module of Node, so `dlopen` throws after loading it; RTLD_NODELETE keeps it.
 */
export function keepLoaded(library: string): void {
  const RTLD_NODELETE = 0x1000;
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_LAZY | RTLD_NODELETE);
  } catch {
    // Expected, see above. If it could not be loaded, Dawn reports it.
  }
}
