/**
 * Uploads weights from their files to the GPU. They are read in the order of the files
 * (`read-plan.ts`), a few megabytes at a time (`staging-ring.ts`), and written unchanged or packed
 * by a kernel (`pack-rows.ts`).
 */
import type { Device } from "../gpu/device.ts";
import type { WeightPart } from "../kernels/kernel.ts";
import { prepareKernels, RowPacker } from "./pack-rows.ts";
import { planReadings } from "./read-plan.ts";
import type { Reading } from "./read-plan.ts";
import { StagingRing } from "./staging-ring.ts";
import type { WeightTable } from "../checkpoint/weight-table.ts";

/**
 * Twice this much may be queued and not yet uploaded: one half fills while the other is uploaded.
 */
const HALF_QUEUE_BYTES = 32 * 2 ** 20;

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of files read since the last call, and the file. */
  readonly onBytes?: ((bytes: number, file: string) => void) | undefined;
}

/** Starts compiling what any upload of the table needs, ahead of the model's own kernels. */
export function prepareUpload(device: Device, table: WeightTable): void {
  const parts = [...table.groups.values()].flat();
  prepareKernels(
    device,
    planReadings(table, parts).flatMap(({ blocks }) => blocks),
  );
}

/** Owns the memory on both sides of the upload. One upload at a time. */
export class Uploader {
  readonly #device: Device;
  readonly #table: WeightTable;
  readonly #options: UploadOptions;
  readonly #ring = new StagingRing();
  readonly #packer: RowPacker;
  #queuedBytes = 0;
  /** Resolves when the GPU has uploaded the half that was full last. */
  #taken: Promise<unknown> = Promise.resolve();

  constructor(device: Device, table: WeightTable, options: UploadOptions = {}) {
    this.#device = device;
    this.#table = table;
    this.#options = options;
    this.#packer = new RowPacker(device);
  }

  /**
   * Fills the buffers of the parts. Each is as long as its part, and is zeroed or holds the same
   * part of another layer.
   * @throws GpuError if the browser refuses anything, WeightsError for weights with NaN or infinity
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
      // After a failed upload too: its errors must not count for the next one.
      await this.#packer.settle();
    }
    await this.#packer.checkFinite();
  }

  /** Frees the memory. No upload may be in progress. Queued work still runs. */
  destroy(): void {
    this.#ring.destroy();
    this.#packer.destroy();
  }

  /** Counts queued bytes, and waits if both halves of the queue are full. */
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
