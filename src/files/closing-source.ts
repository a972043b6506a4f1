/**
 * Makes a source whose files are closed with it. The engine opens files in many places, and only
 * the end of the model shows that none is read any more.
 */
import { listOf } from "./source.ts";
import type { Source, SourceFile } from "./source.ts";

export interface ClosingSource extends Source {
  /** Closes the files that were opened, and then the source. */
  close(): Promise<void>;
}

export function closingSource(source: Source): ClosingSource {
  const opened = new Set<SourceFile>();
  return {
    name: source.name,
    ...listOf(source),
    async open(path, signal) {
      const file = await source.open(path, signal);
      if (file?.close) opened.add(file);
      return file;
    },
    async close() {
      const files = [...opened];
      opened.clear();
      // A file that fails to close does not keep the others open.
      await Promise.allSettled(files.map(async (file) => await file.close?.()));
      await source.close?.();
    },
  };
}
