/**
 * Checkpoints that `vl-reward export --for web` wrote: matrices already in q8 or q4, in shards that
 * any static server can hand out.
 *
 *   model-q4-<id>-00001-of-00003.safetensors
 *     <group>/<label>#<part>   a part of a quantised weight in GPU layout, U8 [bytes]
 *     <tensor>                 a tensor that stays as stored
 *     <tensor>#<piece>         rows of a tensor that is larger than a shard
 *     __metadata__             `FACTS`, and a hash of every chunk of the shard
 *
 * Nothing else in the folder says that it is an export, so the parts are those of the store's
 * quantised copies, and `WeightTable` finds both by their keys.
 */
import { isObject } from "../base/json.ts";
import { WeightsError } from "../errors.ts";
import { BLOCK_LAYOUT } from "../kernels/weight-forms.ts";
import type { QuantisedForm } from "../kernels/weight-forms.ts";
import { checkRange } from "../files/source.ts";
import type { SourceFile } from "../files/source.ts";
import { checkedFile, hashesIn } from "./checked-file.ts";
import { EXPORT_KEY } from "./export-facts.ts";
import type { ExportFacts } from "./export-facts.ts";
import type { SafetensorsHeader, TensorEntry } from "./safetensors.ts";

/** Shapes of the tensors that are cut into pieces. */
type Pieced = ReadonlyMap<string, readonly number[]>;

export interface OpenedExport {
  readonly facts: ExportFacts;
  /** The headers; reads of their tensors are checked. */
  readonly headers: readonly SafetensorsHeader[];
  readonly pieced: Pieced;
}

/**
 * Opens the shards of an export.
 * @throws WeightsError that names a shard of another export, or of another version of the engine
 */
export function openExport(where: string, headers: readonly SafetensorsHeader[]): OpenedExport {
  const [first] = headers;
  if (first === undefined) throw new Error("an export has shards");
  const id = idInName(first.file.path) ?? first.metadata.get(EXPORT_KEY) ?? "";
  const pieced = new Map<string, readonly number[]>();
  const opened = headers.map((header) => {
    const name = `${where}, ${header.file.path}`;
    const { metadata } = header;
    checkShard(name, metadata, idInName(header.file.path) ?? id);
    for (const [tensor, shape] of readPieced(name, metadata.get("pieces"))) {
      pieced.set(tensor, shape);
    }
    const file = checkedFile(header.file, {
      name,
      begin: header.dataBegin,
      chunkBytes: countIn(name, metadata, "chunk_bytes"),
      hashes: hashesIn(name, metadata.get("chunks")),
    });
    const tensors = [...header.tensors].map(([key, entry]) => [key, { ...entry, file }] as const);
    return { ...header, file, tensors: new Map(tensors) };
  });
  const { metadata } = first;
  const facts = {
    id,
    form: formIn(`${where}, ${first.file.path}`, metadata),
    partBytes: countIn(where, metadata, "part_bytes"),
    madeOf: metadata.get("made_of") ?? "",
  };
  return { facts, headers: opened, pieced };
}

/** Returns the name that a shard's file name begins with; undefined if the file was renamed. */
function idInName(path: string): string | undefined {
  return /-([0-9a-f]{12})-\d{5}-of-\d{5}\.safetensors$/.exec(path)?.[1];
}

function checkShard(where: string, metadata: ReadonlyMap<string, string>, id: string): void {
  const own = metadata.get(EXPORT_KEY);
  if (own !== id) {
    throw new WeightsError({
      where,
      what: "the shard is of another export",
      expected: id,
      got: own ?? "a file that is not of an export",
      todo: "Upload all files of one export again, into an empty folder",
    });
  }
  const layout = metadata.get("layout");
  if (layout === String(BLOCK_LAYOUT)) return;
  throw new WeightsError({
    where,
    what: "was exported by another version of the engine",
    expected: `layout ${BLOCK_LAYOUT}`,
    got: `layout ${layout}`,
    todo: "Export the model again, by the version that loads it",
  });
}

function formIn(where: string, metadata: ReadonlyMap<string, string>): QuantisedForm {
  const form = metadata.get("form");
  if (form === "q8" || form === "q4") return form;
  throw unreadable(where, "form", form);
}

function countIn(where: string, metadata: ReadonlyMap<string, string>, key: string): number {
  const count = Number(metadata.get(key));
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw unreadable(where, key, metadata.get(key));
}

function readPieced(where: string, text: string | undefined): [string, number[]][] {
  if (text === undefined) return [];
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Reported below.
  }
  const isShape = (shape: unknown): shape is number[] =>
    Array.isArray(shape) && shape.every((count) => Number.isSafeInteger(count) && count >= 0);
  const entries = Object.entries(isObject(json) ? json : {});
  const read = entries.flatMap(([name, shape]) => (isShape(shape) ? [[name, shape] as const] : []));
  if (!isObject(json) || read.length < entries.length) throw unreadable(where, "pieces", text);
  return read.map(([name, shape]) => [name, shape]);
}

function unreadable(where: string, key: string, got: string | undefined): WeightsError {
  const what = `its header has no usable "${key}"`;
  return new WeightsError({ where, what, got, todo: "Upload the file again" });
}

/**
 * Returns the tensors with those that were cut into pieces whole again.
 * @throws WeightsError if a piece is missing
 */
export function joinPieces(
  where: string,
  tensors: ReadonlyMap<string, TensorEntry>,
  pieced: Pieced,
): Map<string, TensorEntry> {
  const joined = new Map(tensors);
  for (const [name, shape] of pieced) {
    const pieces: TensorEntry[] = [];
    for (;;) {
      const key = `${name}#${pieces.length}`;
      const piece = joined.get(key);
      if (piece === undefined) break;
      joined.delete(key);
      pieces.push(piece);
    }
    const rows = pieces.reduce((sum, piece) => sum + (piece.shape[0] ?? 0), 0);
    const [first] = pieces;
    if (first === undefined || rows !== shape[0]) {
      throw new WeightsError({
        where,
        what: `pieces of "${name}" are missing`,
        expected: `${shape[0]} rows`,
        got: rows,
        todo: "Upload all files of the export again",
      });
    }
    const file = joinedFile(pieces);
    joined.set(name, { name, dtype: first.dtype, shape, file, begin: 0, end: file.byteLength });
  }
  return joined;
}

/** Returns the bytes of pieces, one after the other, as a file. */
function joinedFile(pieces: readonly TensorEntry[]): SourceFile {
  const file: SourceFile = {
    path: pieces[0]?.file.path ?? "",
    byteLength: pieces.reduce((sum, { begin, end }) => sum + end - begin, 0),
    async read(begin, into, signal) {
      checkRange(file, begin, into.byteLength);
      let at = 0;
      for (const piece of pieces) {
        const from = Math.max(begin, at);
        const to = Math.min(begin + into.byteLength, at + piece.end - piece.begin);
        if (from < to) {
          const part = into.subarray(from - begin, to - begin);
          await piece.file.read(piece.begin + from - at, part, signal);
        }
        at += piece.end - piece.begin;
      }
    },
  };
  return file;
}
