/**
 * Compiles every kernel in the page and gives what the browser has to say about each.
 */

import { allKernels } from "../../../src/kernels/all.ts";

export interface Compiled {
  readonly name: string;
  /** Messages of any kind, `line:column type: text`. */
  readonly messages: readonly string[];
  /** Of the source. */
  readonly length: number;
  readonly lines: number;
  /** Where the adapter lacks a feature that the kernel needs. */
  readonly lacks: readonly string[];
}

/** Adds a source of the test's own to all kernels, to see that a fault is found. */
export async function compileAll(extra?: { name: string; source: string }): Promise<Compiled[]> {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error("no WebGPU adapter");
  const requiredFeatures = [...adapter.features] as GPUFeatureName[];
  const device = await adapter.requestDevice({ requiredFeatures });
  const kernels = [...allKernels, ...(extra === undefined ? [] : [{ ...extra, features: [] }])];
  const compiled: Compiled[] = [];
  for (const { name, source, features } of kernels) {
    const size = { length: source.length, lines: source.split("\n").length };
    const lacks = features.filter((feature) => !adapter.features.has(feature));
    if (lacks.length > 0) {
      compiled.push({ name, ...size, messages: [], lacks });
      continue;
    }
    device.pushErrorScope("validation");
    const shader = device.createShaderModule({ label: name, code: source });
    const { messages } = await shader.getCompilationInfo();
    const error = await device.popErrorScope();
    const said = messages.map((m) => `${m.lineNum}:${m.linePos} ${m.type}: ${m.message}`);
    if (error !== null && said.length === 0) said.push(error.message);
    compiled.push({ name, ...size, messages: said, lacks: [] });
  }
  device.destroy();
  return compiled;
}
