/**
 * The same adapter seen without its subgroups. ONNX Runtime's fused attention counts on subgroups
 * of 16 and more: on smaller ones its results are wrong (SwiftShader has 4, lavapipe 8), without
 * the feature they are right.
 */

export function withoutSubgroups(gpu: GPU): GPU {
  return {
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = await gpu.requestAdapter(options);
      if (!adapter) return null;
      return {
        features: new Set([...adapter.features].filter((name) => name !== "subgroups")),
        limits: adapter.limits,
        info: adapter.info,
        requestDevice: async (descriptor?: GPUDeviceDescriptor) =>
          await adapter.requestDevice(descriptor),
      };
    },
  } as unknown as GPU;
}
