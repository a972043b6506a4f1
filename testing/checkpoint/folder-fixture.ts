/**
 * Folders of models that differ a little from a golden one, made in memory: a file changed, added
 * or removed, tensors renamed or moved.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "../../src/files/source.ts";
import { modelFolder } from "../golden.ts";
import { memorySource } from "../files/node-source.ts";

/** Files of a folder by path. */
export type Files = Record<string, Uint8Array | string>;

/** Returns the files of a golden model. */
export function goldenFolder(model: string): Files {
  const folder = modelFolder(model);
  const names = readdirSync(folder);
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));
}

/** Returns a golden model as a folder, with files changed; `undefined` takes a file away. */
export function changedFolder(
  model: string,
  changes: Readonly<Record<string, Uint8Array | string | undefined>>,
): Source {
  const files: Record<string, Uint8Array | string | undefined> = {
    ...goldenFolder(model),
    ...changes,
  };
  const kept = Object.entries(files).filter((entry): entry is [string, Uint8Array | string] => {
    return entry[1] !== undefined;
  });
  return memorySource(Object.fromEntries(kept));
}

/** Returns the object in a JSON file of a golden model, changed. */
export function changedJson(
  model: string,
  file: string,
  change: (json: Record<string, unknown>) => void,
): string {
  const path = join(modelFolder(model), file);
  const json: Record<string, unknown> = existsSync(path)
    ? JSON.parse(readFileSync(path, "utf8"))
    : {};
  change(json);
  return JSON.stringify(json);
}

/** A tensor as its file has it. */
interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Returns the tensors of a golden model's file, as stored. */
export function storedTensors(model: string, file: string): Map<string, StoredTensor> {
  const bytes = readFileSync(join(modelFolder(model), file));
  const begin = 8 + Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> =
    JSON.parse(bytes.subarray(8, begin).toString());
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, data_offsets: at }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    tensors.set(name, { dtype, shape, bytes: bytes.subarray(begin + at[0], begin + at[1]) });
  }
  return tensors;
}

/** Returns a safetensors file of these tensors. */
export function tensorsFile(tensors: ReadonlyMap<string, StoredTensor>): Uint8Array {
  let end = 0;
  const header = [...tensors].map(([name, { dtype, shape, bytes }]) => {
    const begin = end;
    end += bytes.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...[...tensors.values()].map(({ bytes }) => bytes)]);
}
