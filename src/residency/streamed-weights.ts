// Tested by: test/residency/residency.gpu.test.ts
/**
 * Streams weights that do not all fit: groups are loaded and evicted in the order in which a pass
 * needs them.
 *
 * As many groups as the budget allows are pinned, spread evenly among the others, so that reading
 * continues while they compute. The others share a ring: while the GPU computes one group, the next
 * is read, and the slower of the two sets the pace. A reward is one pass over the layers for a
 * whole pack of conversations: every byte that is read serves all of them.
 */
import { at, valueAt } from "../base/at.ts";
import { GpuError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { COPY_DST, COPY_SRC, STORAGE } from "../gpu/usage.ts";
import type { WeightPart } from "../kernels/kernel.ts";
import type { WeightHolder } from "../pass/weight-holder.ts";
import { Uploader } from "./upload.ts";
import type { UploadOptions } from "./upload.ts";
import type { WeightTable } from "../checkpoint/weight-table.ts";

interface Slot {
  readonly buffers: Map<string, GPUBuffer>;
  readonly ready: Promise<void>;
  state: "loading" | "ready" | "failed";
  /** It was started for a pass that was aborted: it is evicted when it has loaded. */
  isUnwanted: boolean;
}

/** Groups in the ring besides the pinned ones: one computes while the next is read. */
export const RING = 2;
/** Groups of this size are always pinned: waiting for one costs more than its memory. */
const SMALL_BYTES = 2 ** 20;

/** Every pass reads all weights, so each should compute many tokens. */
const PASS_TOKENS = 32_768;

export class StreamedWeights implements WeightHolder {
  readonly passTokens: number = PASS_TOKENS;
  readonly #device: Device;
  readonly #table: WeightTable;
  readonly #pinned: ReadonlySet<string>;
  /** Bytes that the streamed groups may use together. */
  readonly #ringBytes: number;
  readonly #limitBytes: number;
  readonly #slots = new Map<string, Slot>();
  /** Unused buffers by their purpose: layers of the same kind reuse each other's. */
  readonly #free = new Map<string, GPUBuffer[]>();
  readonly #destroyed = new AbortController();
  readonly #uploader: Uploader;
  #upcoming: string[] = [];
  #isFilling = false;
  #waiting: (() => void)[] = [];

  /** @param budgetBytes GPU bytes that weights may use; at least two groups are held regardless */
  constructor(
    device: Device,
    table: WeightTable,
    budgetBytes: number,
    options: UploadOptions = {},
  ) {
    this.#device = device;
    this.#table = table;
    const { signal } = this.#destroyed;
    this.#uploader = new Uploader(device, table, { ...options, signal });
    const sizes = new Map([...table.groups.keys()].map((name) => [name, this.#groupBytes(name)]));
    const pinned = pin(sizes, budgetBytes - RING * Math.max(0, ...sizes.values()));
    const pinnedBytes = [...pinned].reduce((sum, name) => sum + valueAt(sizes, name), 0);
    const passing = [...sizes].flatMap(([name, bytes]) => (pinned.has(name) ? [] : [bytes]));
    this.#pinned = pinned;
    this.#ringBytes = Math.max(budgetBytes - pinnedBytes, RING * Math.max(0, ...passing));
    this.#limitBytes = pinnedBytes + this.#ringBytes;
  }

  get byteLength(): number {
    const used = [...this.#slots.values()].flatMap(({ buffers }) => [...buffers.values()]);
    return [...used, ...[...this.#free.values()].flat()].reduce((sum, { size }) => sum + size, 0);
  }

  expect(groups: readonly string[]): void {
    const passing = groups.filter((group) => !this.#pinned.has(group));
    const first = passing.findIndex((group) => this.#slots.get(group)?.state !== "ready");
    const kept = new Set(first < 0 ? passing : passing.slice(0, first));
    // Groups left by an aborted pass stay if this pass begins with them. Others would block earlier
    // groups forever.
    for (const [group, slot] of this.#slots) {
      slot.isUnwanted = !this.#pinned.has(group) && !kept.has(group);
      if (slot.state === "failed" || (slot.isUnwanted && slot.state === "ready")) {
        this.#drop(group);
      }
    }
    this.#upcoming = groups.filter((group) => this.#slots.get(group)?.isUnwanted ?? true);
    this.#fill();
  }

  /**
   * Returns whether the group is pinned and loaded. Streamed groups are never included in a submit
   * without waiting: their room is needed as soon as their own steps are done.
   */
  isReady(group: string): boolean {
    return this.#pinned.has(group) && this.#slots.get(group)?.state === "ready";
  }

  async acquire(group: string): Promise<void> {
    let slot = this.#slots.get(group);
    while (!slot || slot.isUnwanted) {
      if (!this.#upcoming.includes(group)) {
        this.#upcoming.unshift(group);
      }
      this.#fill();
      slot = this.#slots.get(group);
      if (!slot || slot.isUnwanted) {
        await this.#device.race(this.#changed());
        slot = this.#slots.get(group);
      }
    }
    try {
      await slot.ready;
    } catch (error) {
      // The next pass reads it again.
      this.#drop(group);
      throw error;
    }
  }

  buffer(part: WeightPart): GPUBuffer {
    return bufferOf(this.#slots.get(part.group)?.buffers, part);
  }

  release(group: string): void {
    if (this.#pinned.has(group) || this.#slots.get(group)?.state !== "ready") {
      return;
    }
    this.#drop(group);
    this.#fill();
  }

  destroy(): void {
    const gone = { where: "weights", what: "were evicted while they were read" };
    this.#destroyed.abort(new GpuError(gone));
    for (const { buffers } of this.#slots.values()) {
      buffers.forEach((buffer) => this.#device.release(buffer));
    }
    this.#slots.clear();
    this.#releaseFree(0);
    if (!this.#isFilling) {
      this.#uploader.destroy();
    }
    this.#upcoming = [];
    this.#wake();
  }

  /** Resolves when a slot was acquired or released. */
  async #changed(): Promise<void> {
    this.#destroyed.signal.throwIfAborted();
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    waiting.forEach((resolve) => resolve());
  }

  /** Reads upcoming groups, one after the other, as long as there is room. */
  #fill(): void {
    if (this.#isFilling || this.#destroyed.signal.aborted) {
      return;
    }
    const group = this.#upcoming[0];
    if (group === undefined || !this.#hasRoom(group)) {
      return;
    }
    this.#upcoming.shift();
    this.#isFilling = true;
    const buffers = new Map<string, GPUBuffer>();
    const ready = this.#load(group, buffers);
    const slot: Slot = { buffers, ready, state: "loading", isUnwanted: false };
    this.#slots.set(group, slot);
    this.#wake();
    const end = (state: "ready" | "failed"): void => {
      slot.state = state;
      this.#isFilling = false;
      if (slot.isUnwanted && this.#slots.get(group) === slot) {
        this.#drop(group);
      }
      this.#fill();
    };
    // A failure is thrown by `acquire`, when the group is requested.
    ready.then(
      () => end("ready"),
      () => end("failed"),
    );
  }

  #hasRoom(group: string): boolean {
    if (this.#pinned.has(group)) {
      return true;
    }
    const passing = [...this.#slots.keys()].filter((held) => !this.#pinned.has(held));
    const heldBytes = passing.reduce((sum, held) => sum + this.#groupBytes(held), 0);
    return heldBytes + this.#groupBytes(group) <= this.#ringBytes;
  }

  async #load(group: string, buffers: Map<string, GPUBuffer>): Promise<void> {
    const parts = valueAt(this.#table.groups, group);
    try {
      await this.#allocate(group, parts, buffers);
      await this.#uploader.upload(parts, (part) => bufferOf(buffers, part));
    } finally {
      if (this.#destroyed.signal.aborted) {
        this.#uploader.destroy();
      }
    }
  }

  /** Returns buffers for the parts of a group: unused ones, and new ones within the budget. */
  async #allocate(
    group: string,
    parts: readonly WeightPart[],
    buffers: Map<string, GPUBuffer>,
  ): Promise<void> {
    const missing = parts.filter((part) => {
      const buffer = this.#free.get(poolKey(part))?.pop();
      if (buffer) {
        buffers.set(part.key, buffer);
      }
      return !buffer;
    });
    if (missing.length === 0) {
      return;
    }
    this.#releaseFree(
      this.#limitBytes - missing.reduce((sum, { byteLength }) => sum + byteLength, 0),
    );
    const made = await this.#device.scoped(group, () =>
      missing.map(({ key, byteLength }) =>
        this.#device.buffer(key, byteLength, STORAGE | COPY_DST | COPY_SRC),
      ),
    );
    if (this.#destroyed.signal.aborted) {
      made.forEach((buffer) => this.#device.release(buffer));
      this.#destroyed.signal.throwIfAborted();
    }
    missing.forEach(({ key }, i) => buffers.set(key, at(made, i)));
  }

  /** Frees unused buffers until at most `bytes` are held. */
  #releaseFree(bytes: number): void {
    let surplus = this.byteLength - bytes;
    for (const buffers of this.#free.values()) {
      while (surplus > 0 && buffers.length > 0) {
        const buffer = buffers.pop();
        if (buffer) {
          surplus -= buffer.size;
          this.#device.release(buffer);
        }
      }
    }
  }

  #drop(group: string): void {
    for (const part of valueAt(this.#table.groups, group)) {
      const buffer = this.#slots.get(group)?.buffers.get(part.key);
      if (buffer) {
        const key = poolKey(part);
        this.#free.set(key, [...(this.#free.get(key) ?? []), buffer]);
      }
    }
    this.#slots.delete(group);
    this.#wake();
  }

  #groupBytes(group: string): number {
    return valueAt(this.#table.groups, group).reduce((sum, part) => sum + part.byteLength, 0);
  }
}

function bufferOf(
  buffers: ReadonlyMap<string, GPUBuffer> | undefined,
  { key }: WeightPart,
): GPUBuffer {
  const buffer = buffers?.get(key);
  if (!buffer) {
    throw new GpuError({ where: key, what: "the weight is not on the GPU" });
  }
  return buffer;
}

/** Returns the pinned groups, of `bytes` together: all small ones, and every n-th of the others. */
function pin(sizes: ReadonlyMap<string, number>, bytes: number): ReadonlySet<string> {
  const pinned = new Set<string>();
  let left = bytes;
  for (const [group, size] of sizes) {
    if (size <= SMALL_BYTES && size <= left) {
      pinned.add(group);
      left -= size;
    }
  }
  const large = [...sizes].filter(([group]) => !pinned.has(group));
  const total = large.reduce((sum, [, size]) => sum + size, 0);
  const share = Math.max(0, left) / Math.max(1, total);
  let due = 0;
  for (const [group, size] of large) {
    due += size * share;
    if (size <= due && size <= left) {
      pinned.add(group);
      due -= size;
      left -= size;
    }
  }
  return pinned;
}

/**
 * Returns a key for parts that can reuse each other's buffers: the same weight of another layer,
 * whose padding is in the same places.
 */
function poolKey({ key, group, byteLength }: WeightPart): string {
  return `${key.slice(group.length)} ${byteLength}`;
}
