/**
 * Reads the headers of safetensors files: which tensors a file holds, and at which bytes.
 *
 *     8 bytes: N, u64 little-endian
 *     N bytes: JSON {"name": {"dtype", "shape", "data_offsets": [begin, end]}, …}
 *     the tensors, without holes
 *
 * The rules are those of the reference (`safetensors/src/tensor.rs`), but stricter: it accepts some
 * ambiguous files. Equal keys, anything before the `{`, unknown fields, and numbers that JavaScript
 * cannot hold are refused here. So an accepted file means the same to every reader. Only the header
 * is read: NaN and infinities in tensors are not searched for.
 */
import { WeightsError } from "../errors.ts";
import type { Fault } from "../errors.ts";
import { dtypeBits } from "./dtype.ts";
import {
  acceptNull,
  expectEnd,
  jsonCursor,
  jsonFault,
  quote,
  readCount,
  readItems,
  readMembers,
  readString,
} from "../base/json-scan.ts";
import type { JsonCursor } from "../base/json-scan.ts";
import type { SourceFile } from "../files/source.ts";

/** A tensor of a checkpoint, and where its bytes are. */
export interface TensorEntry {
  /** The name as it is in the file. */
  readonly name: string;
  /** One of the 22 types of the format: `BF16`, `F32` … */
  readonly dtype: string;
  /** In C order; empty for a scalar. */
  readonly shape: readonly number[];
  readonly file: SourceFile;
  /** Bytes `[begin, end)`, counted from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly file: SourceFile;
  /** The byte where tensors begin: 8 + N. */
  readonly dataBegin: number;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Whether tensors must begin at a multiple of their element's bytes. */
export type Alignment = "any" | "aligned";

/** The largest header that is read, as in Hugging Face's JavaScript. A 7B model's has 100 KB. */
export const MAX_HEADER_BYTES = 25_000_000;

const LENGTH_BYTES = 8;
const FIELDS = ["dtype", "shape", "data_offsets"];
const REDO = "Download the file again";

/**
 * Reads the header of a file: its first 8 bytes and the N that follow.
 * @param alignment `any` by default, as in the reference, which aligns when writing only
 * @throws WeightsError if the file breaks a rule of the format, or cannot be read
 */
export async function readSafetensors(
  file: SourceFile,
  signal?: AbortSignal,
  alignment: Alignment = "any",
): Promise<SafetensorsHeader> {
  const where = file.path;
  const fileBytes = file.byteLength;
  if (fileBytes < LENGTH_BYTES) {
    throw fault(where, "is too short for a safetensors file", bytes(fileBytes), "8 bytes or more");
  }
  const start = new Uint8Array(LENGTH_BYTES);
  await file.read(0, start, signal);
  const headerBytes = headerLength(where, start, fileBytes);
  const header = new Uint8Array(headerBytes);
  await file.read(LENGTH_BYTES, header, signal);
  const { tensors, metadata } = parseHeader(file, header);
  checkLayout(where, tensors, LENGTH_BYTES + headerBytes, fileBytes);
  if (alignment === "aligned") checkAlignment(where, tensors);
  return { file, dataBegin: LENGTH_BYTES + headerBytes, tensors, metadata };
}

/** Returns N. It is checked before anything of that length is allocated. */
function headerLength(where: string, start: Uint8Array, fileBytes: number): number {
  const length = new DataView(start.buffer).getBigUint64(0, true);
  if (length <= BigInt(fileBytes - LENGTH_BYTES) && length <= BigInt(MAX_HEADER_BYTES)) {
    return Number(length);
  }
  const text = new TextDecoder("latin1").decode(start);
  if (text.startsWith("version ")) {
    throw new WeightsError({
      where,
      what: "is a Git LFS pointer, not the file itself",
      todo: "Run `git lfs pull` in the folder, or download the file from the hub",
    });
  }
  if (/^\s*<[!?a-z]/i.test(text)) {
    throw fault(where, "is not a safetensors file", "HTML (a login or error page?)", "safetensors");
  }
  const got = `${length.toLocaleString("en-US")} bytes`;
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw fault(where, "has too large a header", got, `at most ${bytes(MAX_HEADER_BYTES)}`);
  }
  throw fault(where, "ends inside its header", bytes(fileBytes), `8 bytes and a header of ${got}`);
}

function parseHeader(
  file: SourceFile,
  header: Uint8Array,
): { tensors: Map<string, TensorEntry>; metadata: Map<string, string> } {
  const where = `${file.path}, header`;
  const cursor = jsonCursor(decode(where, header), where);
  if (!cursor.text.startsWith("{")) throw jsonFault(cursor, "does not begin with {");
  const tensors = new Map<string, TensorEntry>();
  let metadata = new Map<string, string>();
  const dataBegin = LENGTH_BYTES + header.byteLength;
  readMembers(cursor, (name) => {
    if (name === "__metadata__") metadata = readMetadata(cursor);
    else tensors.set(name, readTensor(cursor, name, file, dataBegin));
  });
  expectEnd(cursor);
  return { tensors, metadata };
}

function decode(where: string, header: Uint8Array): string {
  try {
    // With `ignoreBOM` a byte order mark stays in the text, where it is refused as a leading
    // character.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
  } catch (cause) {
    throw new WeightsError({ where, what: "is not UTF-8 text", todo: REDO, cause });
  }
}

function readMetadata(cursor: JsonCursor): Map<string, string> {
  const metadata = new Map<string, string>();
  // The reference reads null as no metadata.
  if (!acceptNull(cursor)) readMembers(cursor, (key) => metadata.set(key, readString(cursor)));
  return metadata;
}

function readTensor(
  cursor: JsonCursor,
  name: string,
  file: SourceFile,
  dataBegin: number,
): TensorEntry {
  let dtype: string | undefined;
  const shape: number[] = [];
  const offsets: number[] = [];
  const fields = new Set<string>();
  readMembers(cursor, (field) => {
    fields.add(field);
    if (field === "dtype") dtype = readString(cursor);
    else if (field === "shape") readItems(cursor, () => shape.push(readCount(cursor)));
    else if (field === "data_offsets") {
      readItems(cursor, () => {
        if (offsets.push(readCount(cursor)) > 2) throw jsonFault(cursor, "has a third data offset");
      });
    } else throw jsonFault(cursor, `has the unknown field ${quote(field)}`);
  });
  const missing = FIELDS.find((field) => !fields.has(field));
  if (missing !== undefined) throw jsonFault(cursor, `lacks "${missing}" of ${quote(name)}`);
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined) throw jsonFault(cursor, "needs two data offsets");
  const where = tensorWhere(file.path, name);
  const wanted = tensorBytes(where, dtype ?? "", shape);
  if (end - begin !== wanted) {
    const got = `bytes ${begin.toLocaleString("en-US")} to ${end.toLocaleString("en-US")}`;
    const need = `${bytes(wanted)} for ${dtype} [${shown(shape)}]`;
    throw fault(where, "its data offsets do not fit its shape", got, need);
  }
  return { name, dtype: dtype ?? "", shape, file, begin: dataBegin + begin, end: dataBegin + end };
}

/** Returns the bytes of a tensor. As in the reference, every intermediate product must be exact. */
function tensorBytes(where: string, dtype: string, shape: readonly number[]): number {
  const bits = dtypeBits.get(dtype);
  if (bits === undefined) {
    throw fault(where, "has an unknown dtype", quote(dtype), [...dtypeBits.keys()].join(", "));
  }
  let total = 1;
  for (const count of [...shape, bits]) {
    total *= count;
    if (total > Number.MAX_SAFE_INTEGER) {
      throw fault(where, "is larger than any file", `${dtype} [${shown(shape)}]`, undefined);
    }
  }
  if (total % 8 !== 0) {
    throw fault(where, "ends inside a byte", `${dtype} [${shown(shape)}]`, "whole bytes");
  }
  return total / 8;
}

/** Checks that tensors cover the file from the header's end to its own, one after the other. */
function checkLayout(
  where: string,
  tensors: ReadonlyMap<string, TensorEntry>,
  dataBegin: number,
  fileBytes: number,
): void {
  const inOrder = [...tensors.values()].toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  let end = dataBegin;
  for (const tensor of inOrder) {
    if (tensor.begin !== end) {
      const what = tensor.begin < end ? "overlaps the tensor before it" : "leaves a hole before it";
      const got = `byte ${tensor.begin.toLocaleString("en-US")}`;
      throw fault(
        tensorWhere(where, tensor.name),
        what,
        got,
        `byte ${end.toLocaleString("en-US")}`,
      );
    }
    end = tensor.end;
  }
  if (end === fileBytes) return;
  const what = end > fileBytes ? "is cut off" : "has bytes after its last tensor";
  throw fault(where, what, bytes(fileBytes), bytes(end));
}

function checkAlignment(where: string, tensors: ReadonlyMap<string, TensorEntry>): void {
  for (const { name, dtype, begin } of tensors.values()) {
    const elementBytes = (dtypeBits.get(dtype) ?? 8) / 8;
    if (Number.isInteger(elementBytes) && begin % elementBytes !== 0) {
      const got = `byte ${begin.toLocaleString("en-US")}`;
      const wanted = `a multiple of ${elementBytes} for ${dtype}`;
      throw fault(tensorWhere(where, name), "is not aligned", got, wanted, "Save the file again");
    }
  }
}

function tensorWhere(path: string, name: string): string {
  return `${path}, tensor ${quote(name)}`;
}

function shown(shape: readonly number[]): string {
  return shape.length > 8 ? `${shape.slice(0, 8).join(", ")}, \u2026` : shape.join(", ");
}

function bytes(count: number): string {
  return `${count.toLocaleString("en-US")} bytes`;
}

function fault(
  where: string,
  what: string,
  got: Fault["got"],
  wanted: Fault["expected"],
  todo: string = REDO,
): WeightsError {
  return new WeightsError({ where, what, got, expected: wanted, todo });
}
