// Tested by: test/demo/label/pairs.test.ts
/** A file of a person's as the reader of rows takes it. */
import type { NamedFile } from "../../src/rows/table-file.ts";

/** Returns a file that is read by ranges. */
export async function namedFile(file: File): Promise<NamedFile> {
  // Parquet's reader is large, and most files are not parquet.
  const { readParquet } = await import("../../cli/tables/parquet.ts");
  const slice = async (begin: number, end: number = file.size): Promise<ArrayBuffer> =>
    await file.slice(begin, end).arrayBuffer();
  return { name: file.name, bytes: { byteLength: file.size, slice }, readParquet };
}
