/**
 * Moves a part of a weight from its files to the GPU, some megabytes at a time.
 *
 * Rows are read in chunks into one piece of memory and given to the queue as they are. Rows that lie in the file as they
 * shall lie on the GPU go straight to their place; all others are packed by a kernel (`pack-rows.ts`).
 */
import { GpuError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { Form, WeightPart } from "../kernels/kernel.ts";
import { rowByteLength } from "../kernels/weight-forms.ts";
import type { StoredForm } from "../kernels/weight-forms.ts";
import type { TensorEntry } from "./checkpoint.ts";
import { dtypeBytes } from "./dtype.ts";
import { RowPacker } from "./pack-rows.ts";
import { FORMS } from "./weight-table.ts";
import type { Recipe, WeightTable } from "./weight-table.ts";

/** Bytes that are read and written at once. */
export const CHUNK_BYTES: number = 4 * 2 ** 20;
/** The queue may hold this much that the GPU has not taken yet. */
const QUEUED_BYTES = 64 * 2 ** 20;

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of files read since the last call, and the file. */
  readonly onBytes?: ((bytes: number, file: string) => void) | undefined;
}

/** Rows [begin, end) of one tensor, which are in the part; the first of them goes to `firstRow` of the part. */
interface Strip {
  readonly entry: TensorEntry;
  readonly dtype: StoredForm;
  readonly begin: number;
  readonly end: number;
  readonly firstRow: number;
  readonly interleaved: boolean;
}

/**
 * Fills `buffer`, which is as long as the part, and zeroed or filled before with the same part of another layer.
 * @param packer settled by whoever made it; without one the part is settled here
 */
export async function uploadPart(
  device: Device,
  table: WeightTable,
  part: WeightPart,
  buffer: GPUBuffer,
  options: UploadOptions = {},
  packer?: RowPacker,
): Promise<void> {
  if (!packer) {
    const own = new RowPacker(device);
    try {
      await uploadPart(device, table, part, buffer, options, own);
      await own.settle();
    } finally {
      own.destroy();
    }
    return;
  }
  const recipe = table.recipes.get(part.key);
  if (!recipe) {
    throw new GpuError({ where: part.key, what: "the weight was not declared" });
  }
  if (recipe.isPacked) {
    await uploadPacked(device, table.entry(part.key), buffer, options, packer);
    return;
  }
  const { weight, isVector } = recipe;
  const columns = isVector ? 1 : weight.columns;
  const target = { part, form: weight.form, columns, isVector, buffer, packer };
  for (const strip of strips(table, recipe, part)) {
    await uploadStrip(device, target, strip, options);
  }
}

interface Target {
  readonly part: WeightPart;
  readonly form: Form;
  readonly columns: number;
  readonly isVector: boolean;
  readonly buffer: GPUBuffer;
  readonly packer: RowPacker;
}

async function uploadStrip(
  device: Device,
  { part, form, columns, isVector, buffer, packer }: Target,
  strip: Strip,
  { signal, onBytes }: UploadOptions,
): Promise<void> {
  const { entry, dtype, begin, end, interleaved } = strip;
  const rowBytes = columns * dtypeBytes(entry.dtype);
  const perChunk = chunkRows(entry, columns);
  let queued = 0;
  for (let row = begin; row < end; row += perChunk) {
    signal?.throwIfAborted();
    const rows = Math.min(perChunk, end - row);
    const bytes = packer.memory(rows * rowBytes);
    await entry.file.read(entry.begin + row * rowBytes, bytes, signal);
    onBytes?.(bytes.byteLength, entry.file.path);
    const done = row - begin;
    const firstRow = strip.firstRow + (interleaved ? 2 * done : done);
    if (liesAsStored(strip, form, columns, isVector)) {
      packer.write(part.key, bytes, buffer, firstRow * rowBytes);
    } else {
      const partRows = part.rows;
      const work = { dtype, form, rows, columns, firstRow, interleaved, partRows, isVector };
      await packer.pack(part.key, bytes, work, buffer);
    }
    queued += bytes.byteLength;
    if (queued >= QUEUED_BYTES) {
      await drain(device, part.key, packer);
      queued = 0;
    }
  }
}

/** Bytes that lie in the file as on the GPU, from the first to the last. */
async function uploadPacked(
  device: Device,
  { name, file, begin, end }: TensorEntry,
  buffer: GPUBuffer,
  { signal, onBytes }: UploadOptions,
  packer: RowPacker,
): Promise<void> {
  for (let at = begin; at < end; at += CHUNK_BYTES) {
    signal?.throwIfAborted();
    const bytes = packer.memory(Math.min(CHUNK_BYTES, end - at));
    await file.read(at, bytes, signal);
    onBytes?.(bytes.byteLength, file.path);
    packer.write(name, bytes, buffer, at - begin);
    if ((at + bytes.byteLength - begin) % QUEUED_BYTES === 0) {
      await drain(device, name, packer);
    }
  }
}

/** Waits until the GPU has taken all that was queued. */
async function drain(device: Device, where: string, packer: RowPacker): Promise<void> {
  await packer.settle();
  await device.answer(where, device.gpu.queue.onSubmittedWorkDone());
}

/** Rows of one chunk: whole fours, so that gate and up alternate within a chunk as in the part. */
function chunkRows({ dtype }: TensorEntry, columns: number): number {
  return Math.max(4, Math.floor(CHUNK_BYTES / (columns * dtypeBytes(dtype)) / 4) * 4);
}

/** Whether rows lie on the GPU byte for byte as in the file, one after the other, in whole u32s. */
function liesAsStored(strip: Strip, form: Form, columns: number, isVector: boolean): boolean {
  const rowBytes = columns * dtypeBytes(strip.entry.dtype);
  const packedBytes = isVector ? 4 : rowByteLength(form, columns);
  return !strip.interleaved && strip.dtype === form && rowBytes === packedBytes;
}

/** The rows of each tensor that fall into the part. */
function strips(table: WeightTable, { ingredients, join }: Recipe, part: WeightPart): Strip[] {
  const result: Strip[] = [];
  const partEnd = part.firstRow + part.rows;
  let offset = 0;
  for (const [index, { name, rows }] of ingredients.entries()) {
    const entry = table.entry(name);
    const dtype = FORMS[entry.dtype];
    if (!dtype) {
      throw new GpuError({ where: name, what: "its type was not checked", got: entry.dtype });
    }
    if (join === "interleaved") {
      // Part boundaries are multiples of eight: as many rows of each tensor lie before the part.
      const [begin, end] = [part.firstRow / 2, Math.min(rows, partEnd / 2)];
      result.push({ entry, dtype, begin, end, firstRow: index * 4, interleaved: true });
    } else {
      const begin = Math.max(0, part.firstRow - offset);
      const end = Math.min(rows, partEnd - offset);
      const firstRow = offset + begin - part.firstRow;
      result.push({ entry, dtype, begin, end, firstRow, interleaved: false });
      offset += rows;
    }
  }
  return result.filter(({ begin, end }) => begin < end);
}
