/** Reads the golden files of evaluations. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { readParquet } from "../../cli/tables/parquet.ts";
import type { NamedFile } from "../../src/rows/table-file.ts";

export async function golden(name: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(import.meta.dirname, "golden", name), "utf8"));
}

/** A file in memory, as the page would have a dropped one. */
export async function goldenFile(name: string): Promise<NamedFile> {
  const buffer = await readFile(path.join(import.meta.dirname, "golden", name));
  return { name, bytes: new Uint8Array(buffer).buffer, readParquet };
}

export function textFile(name: string, text: string): NamedFile {
  return { name, bytes: new TextEncoder().encode(text).buffer };
}
