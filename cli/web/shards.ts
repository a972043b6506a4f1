// Tested by: test/cli/commands/export-web.gpu.test.ts
/**
 * Decides which tensors an export for the web has, and in which shard each of them is.
 *
 * Tensors follow each other as a pass needs them, so a shard is read from front to back. Embeddings
 * are read row by row, so they have shards of their own, with a hash for every few rows.
 */
import type { TensorEntry } from "../../src/checkpoint/checkpoint.ts";
import type { WeightTable } from "../../src/checkpoint/weight-table.ts";
import { isQuantised } from "../../src/kernels/weight-forms.ts";
import { PACKED_DTYPE } from "../../src/checkpoint/weight-table.ts";
import { partBytes } from "./part-bytes.ts";

/** A tensor of the export. */
export interface ExportTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** Gives its bytes, piece by piece. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface Shard {
  readonly tensors: readonly ExportTensor[];
  /** Bytes that one hash is of. */
  readonly chunkBytes: number;
}

export interface ShardPlan {
  readonly shards: readonly Shard[];
  /** Shapes of the tensors that are cut into pieces. */
  readonly pieced: ReadonlyMap<string, readonly number[]>;
}

/** Bytes that one hash is of, in shards that are read from front to back. */
const CHUNK_BYTES = 2 ** 18;
/** The same, of embeddings: whole rows, about as many bytes. */
const ROWS_CHUNK_BYTES = 2 ** 14;
/** Smaller tensors are not worth a shard. */
const SMALL_BYTES = 2 ** 16;
/** Bytes of a copied tensor that are in memory together. */
const PIECE_BYTES = 4 * 2 ** 20;

/** Returns the shards of a table whose form is quantised. */
export function planShards(table: WeightTable, shardBytes: number): ShardPlan {
  const shards: Shard[] = [];
  const pieced = new Map<string, readonly number[]>();
  let open: ExportTensor[] = [];
  let openBytes = 0;
  const close = (): void => {
    if (open.length > 0) shards.push({ tensors: open, chunkBytes: CHUNK_BYTES });
    open = [];
    openBytes = 0;
  };
  const add = (tensor: ExportTensor): void => {
    if (openBytes + tensor.byteLength > shardBytes) close();
    open.push(tensor);
    openBytes += tensor.byteLength;
  };
  const { inOrder, byRows } = tensorsOf(table);
  for (const tensor of inOrder) {
    if ("read" in tensor) add(tensor);
    else if (tensor.end - tensor.begin <= shardBytes) add(whole(tensor));
    else {
      pieced.set(tensor.name, tensor.shape);
      pieces(tensor, shardBytes).forEach(add);
    }
  }
  close();
  for (const tensor of byRows) {
    const rowBytes = (tensor.end - tensor.begin) / (tensor.shape[0] ?? 1);
    const chunkBytes = Math.max(1, Math.floor(ROWS_CHUNK_BYTES / rowBytes)) * rowBytes;
    const cut = tensor.end - tensor.begin > shardBytes;
    if (cut) pieced.set(tensor.name, tensor.shape);
    for (const own of cut ? pieces(tensor, shardBytes) : [whole(tensor)]) {
      shards.push({ tensors: [own], chunkBytes });
    }
  }
  return { shards, pieced };
}

/** Returns the tensors in the order of a pass, and those that are read row by row. */
function tensorsOf(table: WeightTable): {
  inOrder: (ExportTensor | TensorEntry)[];
  byRows: TensorEntry[];
} {
  const left = table.names();
  const inOrder: (ExportTensor | TensorEntry)[] = [];
  const take = (name: string): void => {
    if (left.delete(name)) inOrder.push(table.entry(name));
  };
  const replaced = new Set<string>();
  for (const part of [...table.groups.values()].flat()) {
    const recipe = table.recipes.get(part.key);
    if (recipe === undefined) continue;
    if (!isQuantised(recipe.weight.form)) {
      for (const { name } of recipe.ingredients) take(name);
      continue;
    }
    for (const { name } of recipe.ingredients) replaced.add(name);
    const { key, byteLength } = part;
    const read = (signal: AbortSignal): AsyncIterable<Uint8Array> => partBytes(table, part, signal);
    inOrder.push({ name: key, dtype: PACKED_DTYPE, shape: [byteLength], byteLength, read });
  }
  const others = [...left].filter((name) => !replaced.has(name)).map((name) => table.entry(name));
  const isByRows = ({ begin, end }: TensorEntry): boolean => end - begin > SMALL_BYTES;
  return {
    inOrder: [...inOrder, ...others.filter((entry) => !isByRows(entry))],
    byRows: others.filter(isByRows),
  };
}

function whole(entry: TensorEntry): ExportTensor {
  const { name, dtype, shape, begin, end } = entry;
  const byteLength = end - begin;
  return { name, dtype, shape, byteLength, read: (signal) => copy(entry, begin, end, signal) };
}

/** Cuts a tensor into pieces of whole rows, that fit a shard if a row does. */
function pieces(entry: TensorEntry, shardBytes: number): ExportTensor[] {
  const { name, dtype, shape, begin, end } = entry;
  const [rows = 1, ...rest] = shape;
  const rowBytes = (end - begin) / rows;
  const most = Math.max(1, Math.floor(shardBytes / rowBytes));
  return Array.from({ length: Math.ceil(rows / most) }, (_, i) => {
    const own = Math.min(most, rows - i * most);
    const from = begin + i * most * rowBytes;
    return {
      name: `${name}#${i}`,
      dtype,
      shape: [own, ...rest],
      byteLength: own * rowBytes,
      read: (signal: AbortSignal) => copy(entry, from, from + own * rowBytes, signal),
    };
  });
}

async function* copy(
  { file }: TensorEntry,
  begin: number,
  end: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let at = begin; at < end; at += PIECE_BYTES) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, end - at));
    await file.read(at, piece, signal);
    yield piece;
  }
}
