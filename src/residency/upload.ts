/**
 * Moves weights from their files to the GPU: read in the order of the files (`read-plan.ts`), a few
 * megabytes at a time (`staging-ring.ts`), and put into their places as they are or by a kernel
 * (`pack-rows.ts`).
 */
import type { Device } from "../gpu/device.ts";
import type { WeightPart } from "../kernels/kernel.ts";
import { prepareKernels, RowPacker } from "./pack-rows.ts";
import { planReadings } from "./read-plan.ts";
import type { Reading } from "./read-plan.ts";
import { StagingRing } from "./staging-ring.ts";
import type { WeightTable } from "../checkpoint/weight-table.ts";

/**
 * The queue may hold twice this much that the GPU has not taken yet: one half fills while the other
 * is taken.
 */
const HALF_QUEUE_BYTES = 32 * 2 ** 20;

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of files read since the last call, and the file. */
  readonly onBytes?: ((bytes: number, file: string) => void) | undefined;
}

/**
 * Begins to compile what any upload of the table needs, so that the model's own kernels do not come
 * before it.
 */
export function prepareUpload(device: Device, table: WeightTable): void {
  const parts = [...table.groups.values()].flat();
  prepareKernels(
    device,
    planReadings(table, parts).flatMap(({ blocks }) => blocks),
  );
}

/** Owns the memory on both sides that bytes pass through. One upload at a time. */
export class Uploader {
  readonly #device: Device;
  readonly #table: WeightTable;
  readonly #options: UploadOptions;
  readonly #ring = new StagingRing();
  readonly #packer: RowPacker;
  #queuedBytes = 0;
  /** Resolves when the GPU has taken the half that was full last. */
  #taken: Promise<unknown> = Promise.resolve();

  constructor(device: Device, table: WeightTable, options: UploadOptions = {}) {
    this.#device = device;
    this.#table = table;
    this.#options = options;
    this.#packer = new RowPacker(device);
  }

  /**
   * Fills the buffers of the parts, each as long as its part, and zeroed or filled before with the
   * same part of another layer.
   * @throws GpuError where the browser refuses anything, WeightsError for weights that are no
   *   numbers
   */
  async upload(
    parts: readonly WeightPart[],
    bufferOf: (part: WeightPart) => GPUBuffer,
  ): Promise<void> {
    const readings = planReadings(this.#table, parts);
    const place = async (bytes: Uint8Array<ArrayBuffer>, reading: Reading): Promise<void> => {
      for (const { file, byteLength } of reading.blocks.flatMap(({ block }) => block)) {
        this.#options.onBytes?.(byteLength, file.path);
      }
      await this.#packer.pack(bytes, reading.blocks, bufferOf);
      await this.#waitForRoom(bytes.byteLength);
    };
    try {
      await this.#ring.readAll(readings, place, this.#options.signal);
    } finally {
      // Of a failed upload too: what is said against it must not be taken for the next one's.
      await this.#packer.settle();
    }
    await this.#packer.checkFinite();
  }

  /** Nothing may be under way. What was queued still runs. */
  destroy(): void {
    this.#ring.destroy();
    this.#packer.destroy();
  }

  /** Counts what was queued, and waits if both halves of the queue are full. */
  async #waitForRoom(byteLength: number): Promise<void> {
    this.#queuedBytes += byteLength;
    if (this.#queuedBytes < HALF_QUEUE_BYTES) return;
    this.#queuedBytes = 0;
    await this.#taken;
    await this.#packer.settle();
    this.#taken = this.#device.answer("weights", this.#device.gpu.queue.onSubmittedWorkDone());
    // The next half waits for it; until then its failure must not count as unhandled.
    this.#taken.catch(() => {});
  }
}
