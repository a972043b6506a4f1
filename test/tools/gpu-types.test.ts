/** The published types name WebGPU's types, which TypeScript before 6.0 does not have. */
import { expect, test } from "vitest";
import { gpuDeclarations, gpuNames, withGpuTypes } from "../../tools/gpu-types.ts";

const TEXT = `/** Takes a GPU, or a GPUTexture. */
export interface Options {
    readonly gpu?: GPU | undefined; // not GPUQueue
    buffers: Map<GPUBuffer, readonly GPUBuffer[]>;
    readonly features: readonly GPUFeatureName[];
    open(usage: GPUBufferUsageFlags): Promise<GPUDevice>;
}
`;

test("names: of interfaces, without comments and aliases", () => {
  expect(gpuNames(TEXT)).toEqual(["GPU", "GPUBuffer", "GPUDevice"]);
});

test("a file that uses them → refers to the declarations; aliases are spelled out", () => {
  const text = withGpuTypes(TEXT, "../webgpu.d.ts");
  expect(text.split("\n", 1)).toEqual(['/// <reference path="../webgpu.d.ts" />']);
  expect(text).toContain("readonly features: readonly string[];");
  expect(text).toContain("open(usage: number)");
  expect(text.replace(/^.*\n/, "").split("\n")).toHaveLength(TEXT.split("\n").length);
});

test("a file of what `using` frees → refers to them too", () => {
  const text = "export declare class One {\n    [Symbol.dispose](): void;\n}\n";
  expect(withGpuTypes(text, "x").split("\n", 1)).toEqual(['/// <reference path="x" />']);
  const list = "export type Two = Base & AsyncDisposable;\n";
  expect(withGpuTypes(list, "x")).toContain("reference");
});

test("a file that uses none → stays as it is", () => {
  const text = "/** On the GPU. */\nexport type One = 1;\n";
  expect(withGpuTypes(text, "x")).toBe(text);
});

test("declarations: each name once, as an interface that merges with the real one", () => {
  expect(gpuDeclarations(["GPUBuffer", "GPU", "GPU"]).split("\n").slice(1, 4)).toEqual([
    "interface GPU {}",
    "interface GPUBuffer {}",
    "interface SymbolConstructor {",
  ]);
});
