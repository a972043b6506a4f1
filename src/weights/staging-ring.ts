/**
 * Memory between files and the GPU: a few pieces, used again and again. While the bytes of one are given to the GPU, the
 * others are being read, so that a disk or a server is never waited for twice.
 */
import type { Reading } from "./read-plan.ts";

/** Readings under way at a time, each in memory of its own: a server's answers overlap. */
const READINGS = 3;

export class StagingRing {
  readonly #memories: Uint8Array<ArrayBuffer>[] = [];

  /** Hands out the bytes of the readings in their order; they are free again when `take` is back. */
  async readAll(
    readings: readonly Reading[],
    take: (bytes: Uint8Array<ArrayBuffer>, reading: Reading) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    const begun: Promise<Uint8Array<ArrayBuffer>>[] = [];
    const begin = (index: number): void => {
      const reading = readings[index];
      if (reading) {
        const bytes = this.#read(index % READINGS, reading, signal);
        // Its turn to be waited for comes; until then a failure must not count as unhandled.
        bytes.catch(() => {});
        begun.push(bytes);
      }
    };
    for (let index = 0; index < READINGS; index++) begin(index);
    try {
      for (const [index, reading] of readings.entries()) {
        const bytes = await begun[index];
        if (bytes) await take(bytes, reading);
        begin(index + READINGS);
      }
    } finally {
      // What is under way still writes into memory that the next readings use.
      await Promise.allSettled(begun);
    }
  }

  /** Lets the memory go. */
  destroy(): void {
    this.#memories.length = 0;
  }

  async #read(
    slot: number,
    { stretches, byteLength }: Reading,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted();
    let memory = this.#memories[slot];
    if (!memory || memory.byteLength < byteLength) {
      // A u32 more: WebGPU writes whole ones, and the last strip may end in the middle of one.
      memory = new Uint8Array(Math.ceil(byteLength / 4) * 4 + 4);
      this.#memories[slot] = memory;
    }
    const bytes = memory.subarray(0, byteLength);
    let at = 0;
    const reads = stretches.map(async ({ file, begin, byteLength: own }) => {
      const into = bytes.subarray(at, at + own);
      at += own;
      await file.read(begin, into, signal);
    });
    // All of them end, so that none still writes when this is back.
    await Promise.allSettled(reads);
    await Promise.all(reads);
    return bytes;
  }
}
