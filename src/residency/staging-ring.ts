// Tested by: test/residency/read-plan.test.ts
/**
 * Memory between files and the GPU: a few pieces, used again and again. While the bytes of one are
 * given to the GPU, the others are being read, so that a disk or a server is never waited for
 * twice.
 */
import type { Reading, Stretch } from "./read-plan.ts";
import type { ByteSequence } from "../files/source.ts";

/** Readings under way at a time, each in memory of its own: a server's answers overlap. */
const READINGS = 3;

export class StagingRing {
  readonly #memories: Uint8Array<ArrayBuffer>[] = [];

  /**
   * Hands out the bytes of the readings in their order; they are free again when `take` is back.
   */
  async readAll(
    readings: readonly Reading[],
    take: (bytes: Uint8Array<ArrayBuffer>, reading: Reading) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    const sequences = new Sequences(readings, signal);
    const begun: Promise<Uint8Array<ArrayBuffer>>[] = [];
    const begin = (index: number): void => {
      const reading = readings[index];
      if (reading) {
        const bytes = this.#read(index % READINGS, reading, sequences, signal);
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
      sequences.close();
    }
  }

  /** Lets the memory go. */
  destroy(): void {
    this.#memories.length = 0;
  }

  async #read(
    slot: number,
    { stretches, byteLength }: Reading,
    sequences: Sequences,
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
    const reads = stretches.map(async (stretch) => {
      const into = bytes.subarray(at, at + stretch.byteLength);
      at += stretch.byteLength;
      await (sequences.read(stretch, into) ?? stretch.file.read(stretch.begin, into, signal));
    });
    // All of them end, so that none still writes when this is back.
    await Promise.allSettled(reads);
    await Promise.all(reads);
    return bytes;
  }
}

/** Stretches that follow each other in a file. */
interface Chain {
  readonly sequence: ByteSequence;
  /** The last read of it. */
  turn: Promise<void>;
}

/** One sequence for all stretches that follow each other, of files that would rather be read so. */
class Sequences {
  readonly #chains = new Map<Stretch, Chain>();

  constructor(readings: readonly Reading[], signal: AbortSignal | undefined) {
    const runs: Stretch[][] = [];
    const byEnd = new Map<string, Stretch[]>();
    for (const stretch of readings.flatMap(({ stretches }) => stretches)) {
      const { file, begin, byteLength } = stretch;
      if (!file.sequence) continue;
      let run = byEnd.get(`${begin} ${file.path}`);
      byEnd.delete(`${begin} ${file.path}`);
      if (!run) runs.push((run = []));
      run.push(stretch);
      byEnd.set(`${begin + byteLength} ${file.path}`, run);
    }
    for (const run of runs) this.#open(run, signal);
  }

  /** Undefined if the stretch is not part of a sequence. */
  read(stretch: Stretch, into: Uint8Array): Promise<void> | undefined {
    const chain = this.#chains.get(stretch);
    if (!chain) return undefined;
    chain.turn = chain.turn.then(() => chain.sequence.read(into));
    return chain.turn;
  }

  close(): void {
    const sequences = new Set([...this.#chains.values()].map(({ sequence }) => sequence));
    for (const sequence of sequences) sequence.close();
  }

  #open(run: readonly Stretch[], signal: AbortSignal | undefined): void {
    const [first, second] = run;
    const last = run.at(-1);
    if (!first?.file.sequence || !second || !last) return;
    const end = last.begin + last.byteLength;
    const sequence = first.file.sequence(first.begin, end, signal);
    const chain = { sequence, turn: Promise.resolve() };
    for (const stretch of run) this.#chains.set(stretch, chain);
  }
}
