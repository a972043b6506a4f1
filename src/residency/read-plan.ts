/**
 * Plans in which order a file's bytes are read, and where they go. Each file is read from front to
 * back, some megabytes at a time.
 *
 * Weights need tensors in the model's order, and q, k and v or gate and up together; files have
 * their own order. A disk, and even more a server, is fastest with few long reads: adjacent tensors
 * are read together.
 */
import { GpuError } from "../errors.ts";
import type { WeightPart } from "../kernels/kernel.ts";
import type { RowsToPack } from "../kernels/repack.ts";
import type { TensorEntry } from "../checkpoint/checkpoint.ts";
import { dtypeBytes } from "../checkpoint/dtype.ts";
import type { SourceFile } from "../files/source.ts";
import { FORMS } from "../checkpoint/weight-table.ts";
import type { Recipe, WeightTable } from "../checkpoint/weight-table.ts";

/** Bytes of a file that are read together, unless four rows are more. */
export const CHUNK_BYTES: number = 2 * 2 ** 20;
/** Reading over a gap of this length, or this far beyond a chunk, costs less than a second read. */
const GAP_BYTES = 64 * 1024;

/** Adjacent rows of one tensor, where they go, and where they are in the file. */
export interface Strip extends Omit<RowsToPack, "partRows" | "fault"> {
  readonly part: WeightPart;
  /** The tensor; undefined for bytes that were packed before. */
  readonly tensor: string | undefined;
  readonly file: SourceFile;
  readonly begin: number;
  readonly byteLength: number;
}

/** Strips that are uploaded together: one, or gate's rows and up's that alternate with them. */
export type Block = readonly Strip[];

/** Adjacent bytes of a file. */
export interface Stretch {
  readonly file: SourceFile;
  readonly begin: number;
  readonly byteLength: number;
}

/** The stretches that are read into one piece of memory, one after the other, and their blocks. */
export interface Reading {
  readonly stretches: readonly Stretch[];
  readonly byteLength: number;
  readonly blocks: readonly PlacedBlock[];
}

/** A block, and where in the memory of the reading each of its strips begins. */
export interface PlacedBlock {
  readonly block: Block;
  readonly offsets: readonly number[];
}

/** Returns all readings for the parts. */
export function planReadings(table: WeightTable, parts: readonly WeightPart[]): Reading[] {
  const blocks = parts.flatMap((part) => blocksOf(stripsOf(table, part)));
  const files = [...new Set(blocks.flat().map(({ file }) => file))];
  const place = ([first]: Block): readonly [number, number] =>
    first ? [files.indexOf(first.file), first.begin] : [0, 0];
  const keyed = blocks.map((block) => ({ block, place: place(block) }));
  keyed.sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1]);
  const readings: Growing[] = [];
  for (const { block } of keyed) {
    const last = readings.at(-1);
    const adjacent = last && findAdjacent(last, block);
    if (last && adjacent) append(last, block, adjacent);
    else readings.push(startReading(block));
  }
  return readings;
}

interface Growing extends Reading {
  stretches: Stretch[];
  byteLength: number;
  blocks: PlacedBlock[];
}

/** A block that continues a stretch: the longer stretch, and where in it each strip begins. */
interface Adjacent {
  readonly stretch: Stretch;
  readonly offsets: readonly number[];
}

/** Returns the longer stretch if the block begins at the reading's end or a little after it. */
function findAdjacent(reading: Reading, block: Block): Adjacent | undefined {
  const [stretch, ...others] = reading.stretches;
  if (!stretch || others.length > 0) return undefined;
  const offsets: number[] = [];
  let { byteLength } = stretch;
  for (const { file, begin, byteLength: own } of block) {
    const at = begin - stretch.begin;
    const gap = at - byteLength;
    if (file !== stretch.file || gap < 0 || gap > GAP_BYTES) return undefined;
    offsets.push(at);
    byteLength = at + own;
  }
  // A bias before a matrix is read together with the matrix's first chunk.
  if (byteLength > CHUNK_BYTES + GAP_BYTES) return undefined;
  return { stretch: { ...stretch, byteLength }, offsets };
}

function append(reading: Growing, block: Block, { stretch, offsets }: Adjacent): void {
  reading.stretches = [stretch];
  reading.byteLength = stretch.byteLength;
  reading.blocks.push({ block, offsets });
}

/** Returns a new reading that begins with the block. */
function startReading(block: Block): Growing {
  const offsets: number[] = [];
  let byteLength = 0;
  for (const strip of block) {
    offsets.push(byteLength);
    byteLength += strip.byteLength;
  }
  const stretches = block.map(({ file, begin, byteLength: own }) => ({
    file,
    begin,
    byteLength: own,
  }));
  return { stretches, byteLength, blocks: [{ block, offsets }] };
}

/** Cuts strips into chunks. Chunks of gate and up that alternate form one block. */
function blocksOf(strips: readonly Strip[]): Block[] {
  const isPair = strips.length > 1 && strips.every(({ interleaved }) => interleaved);
  if (!isPair)
    return strips.flatMap((strip) => inChunks(strip, CHUNK_BYTES)).map((chunk) => [chunk]);
  const chunks = strips.map((strip) => inChunks(strip, CHUNK_BYTES / strips.length));
  const longest = Math.max(...chunks.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => chunks.flatMap((own) => own[i] ?? []));
}

/** Returns the rows of each tensor that are in the part. */
function stripsOf(table: WeightTable, part: WeightPart): Strip[] {
  const recipe = table.recipes.get(part.key);
  if (!recipe) {
    throw new GpuError({ where: part.key, what: "the weight was not declared" });
  }
  if (recipe.isPacked) return [packedStrip(part, table.entry(part.key))];
  const { ingredients, join } = recipe;
  const result: Strip[] = [];
  const partEnd = part.firstRow + part.rows;
  let offset = 0;
  for (const [index, { name, rows }] of ingredients.entries()) {
    const entry = table.entry(name);
    if (join === "interleaved") {
      // Part boundaries are multiples of eight: each tensor has the same number of rows before the
      // part.
      const [begin, end] = [part.firstRow / 2, Math.min(rows, partEnd / 2)];
      result.push(stripOf(recipe, part, entry, { begin, end, firstRow: index * 4 }));
    } else {
      const begin = Math.max(0, part.firstRow - offset);
      const end = Math.min(rows, partEnd - offset);
      const firstRow = offset + begin - part.firstRow;
      result.push(stripOf(recipe, part, entry, { begin, end, firstRow }));
      offset += rows;
    }
  }
  return result.filter(({ rows }) => rows > 0);
}

/** Returns the strip of a part that the file stores in GPU layout: its u32s do not change. */
function packedStrip(part: WeightPart, { file, begin, end }: TensorEntry): Strip {
  const [rows, byteLength] = [(end - begin) / 4, end - begin];
  const asStored = { dtype: "f32", form: "f32", columns: 1, isVector: true } as const;
  return {
    part,
    tensor: undefined,
    ...asStored,
    rows,
    firstRow: 0,
    interleaved: false,
    file,
    begin,
    byteLength,
  };
}

function stripOf(
  { weight, isVector, join }: Recipe,
  part: WeightPart,
  entry: TensorEntry,
  rows: { readonly begin: number; readonly end: number; readonly firstRow: number },
): Strip {
  const dtype = FORMS[entry.dtype];
  if (!dtype) {
    throw new GpuError({ where: entry.name, what: "its type was not checked", got: entry.dtype });
  }
  const columns = isVector ? 1 : weight.columns;
  const rowBytes = columns * dtypeBytes(entry.dtype);
  const count = rows.end - rows.begin;
  return {
    part,
    tensor: entry.name,
    dtype,
    form: weight.form,
    rows: count,
    columns,
    firstRow: rows.firstRow,
    interleaved: join === "interleaved",
    isVector,
    file: entry.file,
    begin: entry.begin + rows.begin * rowBytes,
    byteLength: count * rowBytes,
  };
}

/**
 * Cuts the strip into chunks of whole fours, so that gate and up alternate within a chunk as in the
 * part.
 */
function inChunks(whole: Strip, chunkBytes: number): Strip[] {
  const rowBytes = whole.byteLength / whole.rows;
  const perChunk = Math.max(4, Math.floor(chunkBytes / rowBytes / 4) * 4);
  const chunks: Strip[] = [];
  for (let done = 0; done < whole.rows; done += perChunk) {
    const rows = Math.min(perChunk, whole.rows - done);
    chunks.push({
      ...whole,
      rows,
      firstRow: whole.firstRow + (whole.interleaved ? 2 * done : done),
      begin: whole.begin + done * rowBytes,
      byteLength: rows * rowBytes,
    });
  }
  return chunks;
}
