// Tested by: test/residency/read-plan.test.ts
/**
 * Memory between files and the GPU: a few pieces that are used again and again. While one piece is
 * uploaded, the others are being read, so reading and uploading overlap.
 */
import type { Reading, Stretch } from "./read-plan.ts";
import type { ByteSequence } from "../files/source.ts";

/** Parallel readings, each in memory of its own: a server's answers overlap. */
const READINGS = 3;

export class StagingRing {
  readonly #memories: Uint8Array<ArrayBuffer>[] = [];

  /** Passes the bytes of the readings to `take` in their order; they are reused when it returns. */
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
        // A failure is thrown when this reading's turn comes; until then it must not count as
        // unhandled.
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
      // Readings in progress still write into memory that the next readings use.
      await Promise.allSettled(begun);
      sequences.close();
    }
  }

  /** Frees the memory. */
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
      // One more u32: WebGPU writes whole ones, and the last strip may end in the middle of one.
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
    // Waits until all have ended, so that none writes after this returns.
    await Promise.allSettled(reads);
    await Promise.all(reads);
    return bytes;
  }
}

/** Adjacent stretches of a file. */
interface Chain {
  readonly sequence: ByteSequence;
  /** The last read of it. */
  turn: Promise<void>;
}

/** Reads adjacent stretches as one sequence, from files that offer `sequence`. */
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

  /** Reads a stretch; undefined if it is not part of a sequence. */
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
