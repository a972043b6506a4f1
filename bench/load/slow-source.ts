/**
 * Returns a source with a limited rate. It answers one read after the other, as a disk or a network
 * connection does.
 */
import type { Source, SourceFile } from "../../src/files/source.ts";

export interface SlowSource extends Source {
  bytesPerMs: number;
}

export function slowSource(source: Source): SlowSource {
  let freeAt = 0;
  /** Waits for the read's turn, and as long as its bytes take. */
  const pass = async (bytes: number): Promise<void> => {
    const now = performance.now();
    freeAt = Math.max(now, freeAt) + bytes / slow.bytesPerMs;
    const pauseMs = freeAt - now;
    // A timer cannot be set finer: such a wait is made up for by the next one.
    if (pauseMs >= 1) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  };
  const slow: SlowSource = {
    name: source.name,
    bytesPerMs: Infinity,
    async open(path, signal) {
      const file = await source.open(path, signal);
      return file && slowFile(file, pass);
    },
  };
  return slow;
}

function slowFile(file: SourceFile, pass: (bytes: number) => Promise<void>): SourceFile {
  return {
    ...file,
    async read(begin, into, signal) {
      await Promise.all([file.read(begin, into, signal), pass(into.byteLength)]);
    },
  };
}
