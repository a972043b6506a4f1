/**
 * A GPU that fails on demand: it counts calls and buffers, and makes the k-th call fail as browsers
 * let it fail.
 *
 *   validation, out-of-memory   the call does nothing or returns an invalid object; the innermost
 *                               open scope reports it, or the device's `onuncapturederror` if no
 *                               scope is open
 *   rejected                    promises are rejected; calls that give none fail as by validation
 *   lost                        the device is lost at this call; if the fault persists, every later
 *                               device is lost when it is created
 */

export type FaultKind = "validation" | "out-of-memory" | "rejected" | "lost";

export const FAULT_KINDS: readonly FaultKind[] = [
  "validation",
  "out-of-memory",
  "rejected",
  "lost",
];

export interface Fault {
  readonly kind: FaultKind;
  /** Which call fails, from 1. */
  readonly at: number;
  /** True if every later call fails too. */
  readonly isPersistent?: boolean;
}

export interface FaultyGpu {
  readonly gpu: GPU;
  /** Calls so far that can fail. */
  readonly calls: number;
  /** Buffers that were made and not destroyed, on all devices, and their bytes. */
  readonly liveBuffers: number;
  readonly liveBytes: number;
  readonly peakBytes: number;
  readonly devices: number;
  /** The call that failed first, by name. */
  readonly failed: string | undefined;
  /** Lets calls fail from now on; `at` counts from here. */
  arm(fault: Fault): void;
  /** Loses the latest device, as a crashed GPU process does. */
  lose(): void;
}

interface State {
  calls: number;
  liveBuffers: number;
  liveBytes: number;
  peakBytes: number;
  devices: number;
  failed: string | undefined;
  fault: Fault | undefined;
  lose: () => void;
}

/** Wraps a GPU. Objects that the device makes are the real ones. */
export function faultyGpu(real: GPU, requested: Partial<GPUDeviceDescriptor> = {}): FaultyGpu {
  const state: State = {
    calls: 0,
    liveBuffers: 0,
    liveBytes: 0,
    peakBytes: 0,
    devices: 0,
    failed: undefined,
    fault: undefined,
    lose: () => {},
  };
  const gpu = wrap(real, {
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = await real.requestAdapter(options);
      return (
        adapter &&
        wrap(adapter, {
          async requestDevice(descriptor?: GPUDeviceDescriptor) {
            const isFailing = isDue(state, "requestDevice");
            if (isFailing && state.fault?.kind !== "lost") {
              throw new Error("requestDevice: rejected on demand");
            }
            const device = await adapter.requestDevice({ ...descriptor, ...requested });
            state.devices += 1;
            const faulty = wrapDevice(device, state);
            if (isFailing) state.lose();
            return faulty;
          },
        })
      );
    },
  });
  return new Proxy(state as unknown as FaultyGpu, {
    get: (_, name) => {
      if (name === "gpu") return gpu;
      if (name === "arm") return (fault: Fault) => Object.assign(state, { fault, calls: 0 });
      if (name === "lose") return () => state.lose();
      return Reflect.get(state, name);
    },
  });
}

/** Counts a call that can fail, and says whether it does. */
function isDue(state: State, name: string): boolean {
  state.calls += 1;
  const { fault, calls } = state;
  if (!fault || !(calls === fault.at || (fault.isPersistent && calls > fault.at))) return false;
  state.failed ??= name;
  return true;
}

/** The object with some of its methods replaced; the others keep their own `this`. */
function wrap<T extends object>(target: T, replaced: object): T {
  return new Proxy(target, {
    get(_, name) {
      if (name in replaced) return Reflect.get(replaced, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (_, name, value) => Reflect.set(target, name, value, target),
  });
}

interface Scope {
  readonly filter: GPUErrorFilter;
  error: GPUError | undefined;
}

/** Two entries of a layout may not have one number. */
const sameBinding = { binding: 0, visibility: 4, buffer: {} };

function wrapDevice(device: GPUDevice, state: State): GPUDevice {
  const scopes: Scope[] = [];
  let tellLoss: (loss: GPUDeviceLostInfo) => void = () => {};
  let isLost = false;
  const lost = new Promise<GPUDeviceLostInfo>((resolve) => (tellLoss = resolve));
  void device.lost.then((info) => tellLoss(info));
  const lose = (): void => {
    if (isLost) return;
    isLost = true;
    device.destroy();
    const info = { reason: "unknown", message: "lost on demand" } as GPUDeviceLostInfo;
    // The loss is reported a little later, as in browsers.
    setTimeout(() => tellLoss(info), 5);
  };
  state.lose = lose;

  /** Returns true if this call fails, and reports it to the open scope. */
  const fails = (name: string, isPromise = false): boolean => {
    const { fault } = state;
    if (!isDue(state, name) || !fault) return false;
    if (fault.kind === "lost") {
      lose();
      return false;
    }
    if (fault.kind === "rejected" && isPromise) return true;
    const filter = fault.kind === "out-of-memory" ? fault.kind : "validation";
    const error = { message: `${name}: ${filter} on demand` } as GPUError;
    const scope = scopes.findLast((open) => open.filter === filter);
    if (scope) scope.error ??= error;
    // In a task of its own, as in browsers: the caller may set the handler after the call.
    else setTimeout(() => device.onuncapturederror?.({ error } as GPUUncapturedErrorEvent));
    return true;
  };
  /** Returns the invalid object that `work` gives; a scope catches the real device's error. */
  const invalid = <T>(work: () => T): T => {
    device.pushErrorScope("validation");
    const made = work();
    device.popErrorScope().catch(() => {});
    return made;
  };
  /** Returns the object, or an invalid one if the call fails. */
  const make =
    <D, T>(name: string, create: (descriptor: D) => T, broken: object) =>
    (descriptor: D): T =>
      fails(name) ? invalid(() => create({ ...descriptor, ...broken })) : create(descriptor);
  const promised =
    <A extends unknown[], T>(name: string, work: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (fails(name, true)) throw new Error(`${name}: rejected on demand`);
      return await work(...args);
    };
  const quiet =
    <A extends unknown[]>(name: string, work: (...args: A) => void) =>
    (...args: A): void => {
      if (!fails(name)) work(...args);
    };
  const { queue } = device;
  const createBuffer = make("createBuffer", (d: GPUBufferDescriptor) => device.createBuffer(d), {
    usage: 3,
  });
  return wrap(device, {
    lost,
    queue: wrap(queue, {
      writeBuffer: quiet(
        "writeBuffer",
        queue.writeBuffer.bind(queue) as (...args: unknown[]) => void,
      ),
      submit: quiet("submit", (commands: GPUCommandBuffer[]) => queue.submit(commands)),
      onSubmittedWorkDone: promised("onSubmittedWorkDone", () => queue.onSubmittedWorkDone()),
    }),
    createBuffer(descriptor: GPUBufferDescriptor) {
      const buffer = createBuffer(descriptor);
      const mapAsync = buffer.mapAsync.bind(buffer);
      const getMappedRange = buffer.getMappedRange.bind(buffer);
      const destroy = buffer.destroy.bind(buffer);
      state.liveBuffers += 1;
      state.liveBytes += descriptor.size;
      state.peakBytes = Math.max(state.peakBytes, state.liveBytes);
      let isLive = true;
      return Object.assign(buffer, {
        mapAsync: promised("mapAsync", mapAsync),
        // Throws at the caller: the device reports no error.
        getMappedRange() {
          const isFailing = isDue(state, "getMappedRange");
          if (isFailing && state.fault?.kind === "lost") lose();
          else if (isFailing) throw new RangeError("getMappedRange: no memory on demand");
          return getMappedRange();
        },
        destroy() {
          if (isLive) {
            state.liveBuffers -= 1;
            state.liveBytes -= descriptor.size;
          }
          isLive = false;
          destroy();
        },
      });
    },
    createCommandEncoder(descriptor?: GPUCommandEncoderDescriptor) {
      const encoder = device.createCommandEncoder(descriptor);
      const finish = encoder.finish.bind(encoder);
      return Object.assign(encoder, {
        finish() {
          if (!fails("finish")) return finish();
          // A group that is never closed.
          encoder.pushDebugGroup("broken");
          return invalid(finish);
        },
      });
    },
    createBindGroupLayout: make(
      "createBindGroupLayout",
      (d: GPUBindGroupLayoutDescriptor) => device.createBindGroupLayout(d),
      { entries: [sameBinding, sameBinding] },
    ),
    createPipelineLayout(descriptor: GPUPipelineLayoutDescriptor) {
      if (!fails("createPipelineLayout")) return device.createPipelineLayout(descriptor);
      const [layout = null] = descriptor.bindGroupLayouts;
      const tooMany = Array.from({ length: device.limits.maxBindGroups + 1 }, () => layout);
      return invalid(() => device.createPipelineLayout({ bindGroupLayouts: tooMany }));
    },
    createShaderModule: make(
      "createShaderModule",
      (d: GPUShaderModuleDescriptor) => device.createShaderModule(d),
      { code: "fn (" },
    ),
    createBindGroup: make(
      "createBindGroup",
      (d: GPUBindGroupDescriptor) => device.createBindGroup(d),
      {
        entries: [],
      },
    ),
    createComputePipelineAsync: promised(
      "createComputePipelineAsync",
      (d: GPUComputePipelineDescriptor) => device.createComputePipelineAsync(d),
    ),
    pushErrorScope(filter: GPUErrorFilter) {
      scopes.push({ filter, error: undefined });
      device.pushErrorScope(filter);
    },
    popErrorScope() {
      const scope = scopes.pop();
      const said = device.popErrorScope();
      return promised("popErrorScope", async () => scope?.error ?? (await said))();
    },
  });
}
