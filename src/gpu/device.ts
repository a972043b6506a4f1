/**
 * Opens the GPU once, watches it for loss, and makes every buffer and pipeline.
 *
 * After a loss most calls of WebGPU still seem to work: `createBuffer`, `submit` and
 * `onSubmittedWorkDone` do not fail. So everything that waits for the GPU races with `lost`, and
 * a value counts as a result only after its own `mapAsync`.
 */
import { GpuError, UnsupportedError } from "../errors.ts";
import { BindGroups } from "./bind-groups.ts";
import { PipelineCache } from "./pipelines.ts";
import { STORAGE } from "./usage.ts";

/** What is known of the adapter: for people, and for choosing kernels. */
export interface AdapterFacts {
  /** `vendor architecture: description`, as far as the browser reports them. */
  readonly name: string;
  /** True for SwiftShader, lavapipe and their like: exact, and slow. */
  readonly software: boolean;
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  /** What its matrix units multiply in f16, with sums in f32: [M, N, K], M × K by K × N. */
  readonly matrices: readonly (readonly [m: number, n: number, k: number])[];
}

/** Matrix units. The feature is requested only if they add up products of f16 in f32. */
export const SUBGROUP_MATRIX = "chromium-experimental-subgroup-matrix";

/** Kernels may name the width of their subgroups: compilers for Intel choose one that spills. */
export const SUBGROUP_SIZE_CONTROL = "subgroup-size-control";

/** Features used if the adapter has them; none is required. */
const WELCOME: readonly string[] = [
  "subgroups",
  "shader-f16",
  "timestamp-query",
  SUBGROUP_SIZE_CONTROL,
  SUBGROUP_MATRIX,
];

/** Limits raised to what the adapter has: weights and activations of large models need them. */
const RAISED = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;

/** How long after a failure the loss that explains it may be reported. */
const LOSS_NEWS_MS = 500;

/** The pause before a device is requested again. */
const ASK_AGAIN_MS = 100;

/** Some drivers never answer. The slowest start that was seen takes a few seconds. */
const ANSWER_MS = 20_000;

const NO_ADAPTER =
  "WebGPU has no adapter: the GPU or its driver is not supported, or was blocked after it crashed";

export class Device {
  readonly gpu: GPUDevice;
  readonly adapter: AdapterFacts;
  /** What the adapter lists and the device refused; undefined if it gave all. */
  readonly refused: string | undefined;
  readonly pipelines: PipelineCache;
  readonly bindGroups: BindGroups;
  /** Bytes in buffers that live now. */
  liveBytes = 0;
  /** The most that lived together. */
  peakBytes = 0;
  readonly #live = new Set<GPUBuffer>();
  #lost: GpuError | undefined;
  /**
   * What a loss ends. A promise that lives as long as the device would keep every wait that ever
   * raced with it, so each wait enters and leaves by itself.
   */
  readonly #waits = new Set<(loss: GpuError) => void>();
  /** Buffers made by the work of an open error scope. */
  #born: GPUBuffer[] | undefined;

  private constructor(gpu: GPUDevice, adapter: AdapterFacts, refused: string | undefined) {
    this.gpu = gpu;
    this.adapter = adapter;
    this.refused = refused;
    this.pipelines = new PipelineCache(gpu);
    this.bindGroups = new BindGroups(gpu);
    void gpu.lost.then(({ reason, message }) =>
      this.#lose(`the device was lost (${reason}: ${message || "no message"})`),
    );
    // What fails outside every scope may have left weights half written: the device is not
    // trusted with scores any more.
    gpu.onuncapturederror = (event): void => {
      event.preventDefault?.();
      this.#lose(`the device failed (${event.error.message})`);
    };
  }

  #lose(what: string): void {
    this.#lost ??= new GpuError({ where: this.#where, what, todo: "Load the model again" });
    const waits = [...this.#waits];
    this.#waits.clear();
    for (const end of waits) end(this.#lost);
  }

  /**
   * Opens the best adapter.
   * @throws UnsupportedError if there is no WebGPU or no adapter, or it does not answer
   * @throws GpuError if the device is refused
   */
  static async open(gpu: GPU | undefined = globalThis.navigator?.gpu): Promise<Device> {
    if (!gpu) {
      throw new UnsupportedError({
        where: "browser",
        what: "WebGPU is missing",
        todo: hasNoOrigin()
          ? "Load the model in the frame's own thread, by RewardModel: workers of a sandboxed frame have no WebGPU"
          : "Use Chrome or Edge 113, Safari 26 or Firefox 141 or newer, on a page served by HTTPS or from localhost",
      });
    }
    // Chrome refuses requests while the GPU process crashes; the next request waits for the new
    // process. Some adapters list features or limits that their device then refuses.
    let failure: unknown;
    for (const [i, without] of [
      undefined,
      undefined,
      "features",
      "features and limits",
    ].entries()) {
      if (i > 0) await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      try {
        return await Device.#request(gpu, without);
      } catch (error) {
        // The first failure says most: it is that of the full request.
        failure ??= error;
        if (error instanceof UnsupportedError && (i > 0 || error.what !== NO_ADAPTER)) throw error;
      }
    }
    throw failure;
  }

  /**
   * Requests a device.
   * @param without a feature or limit that the adapter lists and the device refused
   */
  static async #request(gpu: GPU, without: string | undefined): Promise<Device> {
    const adapter = await waitForAnswer(
      "WebGPU",
      async () => await gpu.requestAdapter({ powerPreference: "high-performance" }),
    );
    if (!adapter) {
      const todo =
        "Restart the browser, update the graphics driver, or start Chrome with --enable-unsafe-webgpu";
      throw new UnsupportedError({ where: "browser", what: NO_ADAPTER, todo });
    }
    const info = await adapterInfo(adapter);
    const facts = adapterFacts(adapter, info);
    const requiredLimits: Record<string, number> = {};
    if (without !== "features and limits") {
      for (const limit of RAISED) requiredLimits[limit] = adapter.limits[limit];
    }
    const requiredFeatures = WELCOME.filter(
      (name) =>
        without === undefined &&
        adapter.features.has(name) &&
        (name !== SUBGROUP_MATRIX || facts.matrices.length > 0),
    ) as GPUFeatureName[];
    const device = await waitForAnswer(
      `GPU ${facts.name}`,
      async () =>
        await adapter.requestDevice({ label: "vl-reward", requiredFeatures, requiredLimits }),
    );
    return new Device(device, facts, without);
  }

  get #where(): string {
    return `GPU ${this.adapter.name}`;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Throws if the device is lost. */
  check(): void {
    if (this.#lost) {
      throw this.#lost;
    }
  }

  /**
   * Waits for work that needs the GPU's answers, or fails when the device is lost before it ends.
   */
  async race<T>(work: Promise<T>): Promise<T> {
    let end: (loss: GpuError) => void = () => {};
    const loss = new Promise<never>((_, reject) => (end = reject));
    this.#waits.add(end);
    if (this.#lost) end(this.#lost);
    try {
      return await Promise.race([work, loss]);
    } finally {
      this.#waits.delete(end);
    }
  }

  /**
   * Waits for a promise of WebGPU's own.
   * @throws GpuError if it is rejected, or the device is lost before
   */
  async answer<T>(where: string, promise: Promise<T>): Promise<T> {
    try {
      return await this.race(promise);
    } catch (cause) {
      throw cause instanceof GpuError
        ? cause
        : new GpuError({ where, what: messageOf(cause), cause });
    }
  }

  /**
   * Returns whether a loss of the device explains the error. It is often reported a little later.
   */
  async explains(error: unknown): Promise<boolean> {
    if (!this.isLost && error instanceof GpuError) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const news = new Promise<void>((resolve) => (timer = setTimeout(resolve, LOSS_NEWS_MS)));
      await this.race(news).catch(() => {});
      clearTimeout(timer);
    }
    return this.isLost && error instanceof GpuError;
  }

  has(feature: string): boolean {
    return this.gpu.features.has(feature);
  }

  /** Returns a buffer of at least `byteLength` zeros. Destroy it with `release`. */
  buffer(label: string, byteLength: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const size = Math.max(16, Math.ceil(byteLength / 16) * 16);
    const { maxBufferSize, maxStorageBufferBindingSize } = this.gpu.limits;
    // Storage buffers are bound whole.
    const limit =
      usage & STORAGE ? Math.min(maxBufferSize, maxStorageBufferBindingSize) : maxBufferSize;
    if (size > limit) {
      throw new UnsupportedError({
        where: label,
        what: "buffer is larger than this adapter allows",
        got: `${size.toLocaleString("en-US")} bytes`,
        expected: `${limit.toLocaleString("en-US")} at most`,
        todo: "Use smaller pictures, shorter texts, or a GPU with larger limits",
      });
    }
    const buffer = this.gpu.createBuffer({ label, size, usage });
    this.liveBytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    this.#live.add(buffer);
    this.#born?.push(buffer);
    return buffer;
  }

  /** Destroys a buffer that `buffer` has made. A second call does nothing. */
  release(buffer: GPUBuffer): void {
    if (this.#live.delete(buffer)) {
      this.liveBytes -= buffer.size;
      this.bindGroups.forget(buffer);
      buffer.destroy();
    }
  }

  /** Buffers that were made and not released. */
  get liveBuffers(): number {
    return this.#live.size;
  }

  /**
   * Runs `work` inside error scopes; `work` must not wait for anything. The scopes close before the
   * first wait, so that other work does not fall into them. If it fails, the buffers that it made
   * are released.
   * @throws GpuError with `where` and the browser's message
   */
  async scoped<T>(where: string, work: () => T): Promise<T> {
    this.check();
    const filters = ["internal", "out-of-memory", "validation"] as const;
    for (const filter of filters) {
      this.gpu.pushErrorScope(filter);
    }
    let scopes: Promise<GPUError | null>[] = [];
    const born: GPUBuffer[] = [];
    this.#born = born;
    try {
      let result: T;
      try {
        result = work();
      } finally {
        this.#born = undefined;
        scopes = filters.map(async () => await this.gpu.popErrorScope());
      }
      // Scopes close innermost first: validation, out-of-memory, internal.
      this.#checkScopes(where, await this.answer(where, Promise.all(scopes)));
      return result;
    } catch (error) {
      born.forEach((buffer) => this.release(buffer));
      this.bindGroups.clear();
      throw error;
    }
  }

  #checkScopes(
    where: string,
    [validation, memory, internal]: readonly (GPUError | null | undefined)[],
  ): void {
    const error = memory ?? validation ?? internal;
    if (error) {
      throw new GpuError({
        where,
        what: memory ? `out of GPU memory (${error.message})` : error.message,
        todo: memory ? "Choose q8 or q4 weights, or a smaller memory budget" : undefined,
      });
    }
    this.check();
  }

  destroy(): void {
    this.gpu.destroy();
    // Dawn for Node keeps the handler for ever, and by it this device and all its pipelines.
    this.gpu.onuncapturederror = null;
  }
}

/** Returns the message of an error of WebGPU. */
function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

/** What `GPUAdapterInfo` says of matrix units; the types do not have it yet. */
interface MatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

function matricesOf(info: Partial<GPUAdapterInfo>): AdapterFacts["matrices"] {
  const { subgroupMatrixConfigs = [] } = info as { subgroupMatrixConfigs?: Iterable<MatrixConfig> };
  return [...subgroupMatrixConfigs]
    .filter((one) => one.componentType === "f16" && one.resultComponentType === "f32")
    .map(({ M, N, K }) => [M, N, K]);
}

/** Returns what the adapter says of itself. `info` came with Chrome 127; before it was a call. */
async function adapterInfo(adapter: GPUAdapter): Promise<Partial<GPUAdapterInfo>> {
  const { info, requestAdapterInfo } = adapter as Partial<GPUAdapter> & {
    requestAdapterInfo?: () => Promise<GPUAdapterInfo>;
  };
  return info ?? (await requestAdapterInfo?.call(adapter).catch(() => undefined)) ?? {};
}

function adapterFacts(adapter: GPUAdapter, info: Partial<GPUAdapterInfo>): AdapterFacts {
  const { vendor, architecture, device, description } = info;
  const known = [vendor, architecture, device, description].filter(Boolean);
  const name = known.join(" ") || "unnamed adapter";
  // Once a field of the adapter.
  const { isFallbackAdapter } = adapter as { isFallbackAdapter?: boolean };
  return {
    name,
    software:
      (info.isFallbackAdapter ?? isFallbackAdapter ?? false) ||
      /swiftshader|llvmpipe|lavapipe|warp/i.test(name),
    subgroupMinSize: info.subgroupMinSize ?? 0,
    subgroupMaxSize: info.subgroupMaxSize ?? 0,
    matrices: matricesOf(info),
  };
}

/**
 * Waits for an adapter or a device.
 * @throws GpuError if it is refused, UnsupportedError if no answer comes
 */
async function waitForAnswer<T>(where: string, ask: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const got = `none in ${ANSWER_MS / 1000} s`;
    const todo = "Restart the browser, or update the graphics driver";
    const error = new UnsupportedError({ where, expected: "an answer", got, todo });
    timer = setTimeout(() => reject(error), ANSWER_MS);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch (cause) {
    if (cause instanceof UnsupportedError) throw cause;
    const todo = "Close other pages that use the GPU, or restart the browser";
    throw new GpuError({ where, what: messageOf(cause), todo, cause });
  } finally {
    clearTimeout(timer);
  }
}

/** Whether this is a worker of a sandboxed frame, which no browser takes for a secure page. */
function hasNoOrigin(): boolean {
  const { origin, document } = globalThis as { readonly origin?: string; document?: unknown };
  return origin === "null" && document === undefined;
}
