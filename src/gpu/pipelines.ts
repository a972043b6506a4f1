// Tested by: test/gpu/device.test.ts
/**
 * Compiled kernels, each made once and kept: browsers do not cache pipelines of one page for us.
 *
 * Layouts are explicit, never "auto": a binding that a variant does not use would vanish from an
 * automatic one.
 */
import { GpuError } from "../errors.ts";

/** What of a kernel the compiler needs. */
export interface PipelineSource {
  readonly name: string;
  readonly source: string;
  readonly bindings: readonly { readonly access: "read" | "write" }[];
  readonly params: readonly unknown[];
}

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly storageLayout: GPUBindGroupLayout;
}

export class PipelineCache {
  readonly #gpu: GPUDevice;
  /** By kernel, because its source is slow to compare; then by constants. */
  readonly #pipelines = new Map<PipelineSource, Map<string, Promise<Pipeline>>>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly paramsLayout: GPUBindGroupLayout;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
    this.paramsLayout = gpu.createBindGroupLayout({
      label: "params",
      entries: [
        {
          binding: 0,
          visibility: GPU_COMPUTE,
          buffer: { type: "uniform", hasDynamicOffset: true },
        },
      ],
    });
  }

  /** Returns the kernel with its constants, compiled without blocking the page. */
  async get(
    kernel: PipelineSource,
    constants: Readonly<Record<string, number>>,
  ): Promise<Pipeline> {
    const key = Object.entries(constants)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ");
    const own = this.#pipelines.get(kernel) ?? new Map<string, Promise<Pipeline>>();
    this.#pipelines.set(kernel, own);
    let pipeline = own.get(key);
    if (!pipeline) {
      pipeline = this.#compile(kernel, constants, key);
      own.set(key, pipeline);
      // A failed compile is tried again by the next caller.
      pipeline.catch(() => own.delete(key));
    }
    return await pipeline;
  }

  async #compile(
    kernel: PipelineSource,
    constants: Readonly<Record<string, number>>,
    values: string,
  ): Promise<Pipeline> {
    const gpu = this.#gpu;
    // Its errors are reported below; outside a scope they would count as failures of the device.
    gpu.pushErrorScope("validation");
    const module = gpu.createShaderModule({ label: kernel.name, code: kernel.source });
    gpu.popErrorScope().catch(() => {});
    const storageLayout = this.#layout(kernel);
    try {
      const pipeline = await gpu.createComputePipelineAsync({
        label: kernel.name,
        layout: gpu.createPipelineLayout({
          label: kernel.name,
          bindGroupLayouts: [storageLayout, this.paramsLayout],
        }),
        compute: {
          module,
          entryPoint: kernel.name.replaceAll("-", "_"),
          constants: { ...constants },
        },
      });
      return { pipeline, storageLayout };
    } catch (cause) {
      throw new GpuError({
        where: `shader ${kernel.name} (${values})`,
        what: await compileMessages(module, kernel.source, cause),
        todo: "Report this with the adapter's name",
        cause,
      });
    }
  }

  #layout(kernel: PipelineSource): GPUBindGroupLayout {
    const key = kernel.bindings.map(({ access }) => access).join();
    let layout = this.#layouts.get(key);
    if (!layout) {
      layout = this.#gpu.createBindGroupLayout({
        label: key,
        entries: kernel.bindings.map(({ access }, binding) => ({
          binding,
          visibility: GPU_COMPUTE,
          buffer: { type: access === "read" ? "read-only-storage" : "storage" },
        })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }
}

/** GPUShaderStage.COMPUTE; the global is missing in Node. */
const GPU_COMPUTE = 4;

async function compileMessages(
  module: GPUShaderModule,
  source: string,
  cause: unknown,
): Promise<string> {
  const lines = source.split("\n");
  // A lost device has nothing to say.
  const { messages } = await module.getCompilationInfo().catch(() => ({ messages: [] }));
  const shown = messages.map(
    ({ type, lineNum, linePos, message }) =>
      `${type} at ${lineNum}:${linePos}: ${message}\n    ${lines[lineNum - 1] ?? ""}`,
  );
  return shown.join("\n") || (cause instanceof Error ? cause.message : String(cause));
}
