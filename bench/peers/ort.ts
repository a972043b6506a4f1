/**
 * ONNX Runtime Web's WebGPU backend on our own device: inputs and outputs stay on the GPU, weights
 * are constants of the graph, nothing may fall back to the CPU.
 */
import * as ort from "onnxruntime-web/webgpu";
import type { Device } from "../../src/gpu/device.ts";
import { readBack } from "../../src/gpu/read-back.ts";
import { COPY_DST, COPY_SRC, STORAGE } from "../../src/gpu/usage.ts";

export interface PeerInput {
  readonly name: string;
  readonly values: Float32Array<ArrayBuffer>;
  readonly dims: readonly number[];
}

export interface PeerSession {
  /** Runs the graph once; resolves when its work is with the GPU. */
  submit(): Promise<void>;
  /** Runs the graph again and reads the output. */
  output(): Promise<Float32Array>;
  /** Runs it with inputs from the CPU and the output back there, as an application does. */
  runFromCpu(inputs: readonly PeerInput[]): Promise<Float32Array>;
  release(): Promise<void>;
}

/** The version of the peer, for the record. */
export const ortVersion: string = ort.env.versions.web ?? ort.env.versions.common;

export async function ortSession(
  device: Device,
  model: Uint8Array,
  inputs: readonly PeerInput[],
  outputDims: readonly number[],
): Promise<PeerSession> {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = "/node_modules/onnxruntime-web/dist/";
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [{ name: "webgpu", device: device.gpu }],
    graphOptimizationLevel: "all",
    extra: { session: { disable_cpu_ep_fallback: "1" } },
  });
  const outputBytes = 4 * outputDims.reduce((product, dim) => product * dim, 1);
  const buffers: GPUBuffer[] = [];
  const onGpu = (
    values: Float32Array<ArrayBuffer> | number,
    dims: readonly number[],
  ): ort.Tensor => {
    const bytes = typeof values === "number" ? values : values.byteLength;
    const buffer = device.buffer("peer", bytes, STORAGE | COPY_SRC | COPY_DST);
    if (typeof values !== "number") device.gpu.queue.writeBuffer(buffer, 0, values);
    buffers.push(buffer);
    return ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims: [...dims] });
  };
  const feeds = Object.fromEntries(
    inputs.map(({ name, values, dims }) => [name, onGpu(values, dims)]),
  );
  const out = onGpu(outputBytes, outputDims);
  const submit = async (): Promise<void> => {
    await session.run(feeds, { out });
  };
  return {
    submit,
    async output() {
      await submit();
      const buffer: GPUBuffer = out.gpuBuffer;
      const [bytes] = await readBack(device, [{ buffer, byteLength: outputBytes }]);
      return new Float32Array(bytes ?? new ArrayBuffer(0));
    },
    async runFromCpu(own) {
      const cpu = Object.fromEntries(
        own.map(({ name, values, dims }) => [name, new ort.Tensor("float32", values, [...dims])]),
      );
      const result = await session.run(cpu);
      const values = await result["out"]?.getData();
      if (!(values instanceof Float32Array)) throw new Error("the peer gave no floats");
      return values;
    },
    async release() {
      await session.release();
      for (const buffer of buffers) device.release(buffer);
    },
  };
}
