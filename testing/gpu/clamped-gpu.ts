/**
 * Returns a GPU whose adapter offers only the given limits, and no optional feature.
 *
 * Devices are real ones with the spec's default limits; limits below those cannot be asked for, so
 * the device says them.
 */

/** The limits that the spec guarantees for every adapter, if the engine uses them. */
export const DEFAULT_LIMITS: Readonly<Record<string, number>> = {
  maxBufferSize: 256 * 2 ** 20,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
};

export function clampedGpu(real: GPU, limits: Readonly<Record<string, number>>): GPU {
  const features = new Set<string>();
  return say(real, {
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = await real.requestAdapter(options);
      return (
        adapter &&
        say(adapter, {
          features,
          limits: say(adapter.limits, limits),
          async requestDevice({ requiredFeatures = [], ...rest }: GPUDeviceDescriptor = {}) {
            if ([...requiredFeatures].length > 0) throw new Error("a feature that is not offered");
            for (const [limit, wanted] of Object.entries(rest.requiredLimits ?? {})) {
              if ((wanted ?? 0) > (limits[limit] ?? Infinity))
                throw new Error(`${limit}: too high`);
            }
            // Nothing raised: the real device refuses what goes beyond the defaults.
            const device = await adapter.requestDevice({ label: rest.label ?? "clamped" });
            return say(device, { limits: say(device.limits, limits), features });
          },
        })
      );
    },
  });
}

/** The object with some properties replaced; methods keep their own `this`. */
export function say<T extends object>(target: T, replaced: object): T {
  return new Proxy(target, {
    get(_, name) {
      if (name in replaced) return Reflect.get(replaced, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (_, name, value) => Reflect.set(target, name, value, target),
  });
}
