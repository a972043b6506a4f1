// Tested by: test/load/options.test.ts
/** One pass on the GPU: prepared conversations to the values of their tokens. */
import { at, valueAt } from "../base/at.ts";
import type { SourcePicture } from "../kernels/resize.ts";
import { forward, STATES, towerOutput, towerPass, VALUES } from "../model/forward.ts";
import type { PlanParts } from "../model/forward.ts";
import type { EmbeddingTable } from "../checkpoint/embedding-table.ts";
import type { Device } from "../gpu/device.ts";
import { GpuError } from "../errors.ts";
import type { Arena } from "../pass/arena.ts";
import { createPack, packedToken, valuesOf } from "../pass/pack.ts";
import type { PackedInput, PackGroup } from "../pass/pack.ts";
import { run } from "../pass/run.ts";
import type { WeightHolder } from "../pass/weight-holder.ts";
import type { Picture, PictureMemory, PictureRows } from "./picture-memory.ts";
import type { Prepared } from "./prepare.ts";

/** The part of a loaded model that a pass reads. */
export interface PassModel extends PlanParts {
  readonly device: Device;
  readonly embedding: EmbeddingTable;
  readonly holder: WeightHolder;
}

/** The request for one pass. */
export interface PassRequest {
  /** All conversations of the call. */
  readonly prepared: readonly Prepared[];
  /** Those that this pass computes, by their index. */
  readonly groups: readonly PackGroup[];
  /**
   * Tokens of each conversation, by its index, whose states are read back too: what the head reads
   * there.
   */
  readonly stateTokens?: readonly (readonly number[])[];
  /** Whether every activation is read back too. */
  readonly isTraced?: boolean;
  /** Keeps the rows of pictures for later passes; what it has is not computed again. */
  readonly memory?: PictureMemory | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PassResult {
  /** The values of a conversation's tokens, by its index. */
  readonly valuesOf: (conversation: number) => Float32Array;
  /** The states that were asked for of a conversation, by its index: [tokens, hidden], rows joined. */
  readonly statesOf: (conversation: number) => Float32Array;
  /** Every output with its shape, by name. */
  readonly outputs: ReadonlyMap<string, { readonly shape: number[]; readonly data: Float32Array }>;
}

/** Computes the conversations of the groups. */
export async function runPass(
  model: PassModel,
  arena: Arena,
  { prepared, groups, stateTokens = [], isTraced = false, memory, signal }: PassRequest,
): Promise<PassResult> {
  const members = new Set(groups.flatMap((group) => group.members));
  const { pictures, firstRows } = placePictures([...members].map((i) => at(prepared, i)));
  const inputs = prepared.map((own, i) =>
    members.has(i) ? packedInput(own, firstRows) : undefined,
  );
  const pack = createPack(inputs, groups, model.config.decoder.rope.axes);
  const tokenRows = await model.embedding.rows(pack.ids, signal);
  const imageRows = memory && (await rowsOfPictures(model, arena, pictures, memory, signal));
  const sources = imageRows === undefined ? pictures.map(sourceOf) : [];
  // Conversations of the pass, in the order in which their states are read back.
  const asked = stateTokens.length === 0 ? [] : [...members];
  const tokensOf = (i: number): readonly number[] => at(stateTokens, i);
  const stateRows = asked.flatMap((i) => tokensOf(i).map((token) => packedToken(pack, i, token)));
  const plan = forward(model, {
    pack,
    tokenRows,
    pictures: sources,
    imageRows,
    stateTokens: Uint32Array.from(stateRows),
    isTraced,
  });
  memory?.count(imageRows === undefined ? pictures : [], pack.ids.length);
  const read = await run(model.device, arena, model.holder, plan, { signal });
  const outputs = new Map(
    [...plan.outputs].map(([name, { rows, columns }]) => [
      name,
      { shape: [rows, columns], data: valueAt(read, name) },
    ]),
  );
  const values = valueAt(read, VALUES);
  const statesOf = (i: number): Float32Array => {
    const before = asked.slice(0, asked.indexOf(i));
    const first = before.reduce((sum, other) => sum + tokensOf(other).length, 0);
    const { hiddenSize } = model.config.decoder;
    return valueAt(read, STATES).slice(
      first * hiddenSize,
      (first + tokensOf(i).length) * hiddenSize,
    );
  };
  return { valuesOf: (i) => valuesOf(pack, i, values), statesOf, outputs };
}

/**
 * Returns the rows of pictures, one after the other: those that the memory has, and the others from
 * a pass of the tower. Undefined if there are none, or the tower's pass cannot be taken apart.
 */
async function rowsOfPictures(
  model: PassModel,
  arena: Arena,
  pictures: readonly Picture[],
  memory: PictureMemory,
  signal: AbortSignal | undefined,
): Promise<PictureRows | undefined> {
  if (pictures.length === 0) return undefined;
  const found = new Map<Picture, PictureRows>();
  for (const picture of pictures) {
    const rows = memory.rowsOf(picture);
    if (rows) found.set(picture, rows);
  }
  const missing = pictures.filter((picture) => !found.has(picture));
  if (missing.length > 0) {
    const plan = towerPass(model, missing.map(sourceOf));
    if (plan === undefined) return undefined;
    const read = await run(model.device, arena, model.holder, plan, { signal });
    const tensors = [...plan.outputs.keys()].map((_, n) => valueAt(read, towerOutput(n)));
    const { hiddenSize } = model.config.decoder;
    let row = 0;
    for (const picture of missing) {
      const end = row + picture.grid.tokens;
      const own = tensors.map((values) => values.slice(row * hiddenSize, end * hiddenSize));
      row = end;
      found.set(picture, own);
      memory.keep(picture, own);
    }
    memory.count(missing, 0);
  }
  const rows = pictures.flatMap((picture) => [found.get(picture)]);
  return at(rows, 0).map((_, n) => joined(rows.map((_own, i) => at(at(rows, i), n))));
}

function joined(lists: readonly Float32Array[]): Float32Array {
  const [first] = lists;
  if (first && lists.length === 1) return first;
  const all = new Float32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let next = 0;
  for (const list of lists) {
    all.set(list, next);
    next += list.length;
  }
  return all;
}

interface PlacedPictures {
  /** Each picture once, in the order of their rows. */
  readonly pictures: readonly Picture[];
  /** The row of the pass's image embeddings at which each picture begins. */
  readonly firstRows: ReadonlyMap<Picture, number>;
}

function placePictures(prepared: readonly Prepared[]): PlacedPictures {
  const firstRows = new Map<Picture, number>();
  let row = 0;
  for (const picture of prepared.flatMap(({ pictures }) => pictures)) {
    if (!firstRows.has(picture)) {
      firstRows.set(picture, row);
      row += picture.grid.tokens;
    }
  }
  return { pictures: [...firstRows.keys()], firstRows };
}

function packedInput(
  { prompt, positions, pictures }: Prepared,
  firstRows: PlacedPictures["firstRows"],
): PackedInput {
  const images = prompt.images.map((place, i) => {
    const row = firstRows.get(at(pictures, i));
    if (row === undefined) {
      throw new GpuError({ where: `picture ${i}`, what: "is not among the pictures of its pass" });
    }
    return { ...place, row };
  });
  return { ids: prompt.ids, positions, images };
}

function sourceOf({ pixels, grid }: Picture): SourcePicture {
  return { pixels, width: grid.resizedWidth, height: grid.resizedHeight };
}
