// Tested by: test/load/options.test.ts
/** One pass on the GPU: prepared conversations to the values of their tokens. */
import { at, valueAt } from "../base/at.ts";
import type { SourcePicture } from "../kernels/resize.ts";
import {
  forward,
  KEYS,
  QUERIES,
  STATES,
  towerOutput,
  towerPass,
  valuesName,
} from "../model/forward.ts";
import type { PlanParts } from "../model/forward.ts";
import type { EmbeddingTable } from "../checkpoint/embedding-table.ts";
import type { Device } from "../gpu/device.ts";
import { GpuError } from "../errors.ts";
import type { Arena } from "../pass/arena.ts";
import { createPack, packedToken, valuesOf } from "../pass/pack.ts";
import type { Pack, PackedInput, PackGroup } from "../pass/pack.ts";
import { run } from "../pass/run.ts";
import type { WeightHolder } from "../pass/weight-holder.ts";
import { differenceOf } from "../model/heads/labels.ts";
import { outputsOf } from "../model/heads/mlp.ts";
import type { Picture, PictureMemory, PictureRows } from "./picture-memory.ts";
import { inputTokens } from "./input-states.ts";
import type { LabelRows } from "./cases/own-prompt.ts";
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
  /** Whether the states that heads read are read back, of every head. */
  readonly hasStates?: boolean;
  /** Whether every activation is read back too. */
  readonly isTraced?: boolean;
  /** Keeps the rows of pictures for later passes; what it has is not computed again. */
  readonly memory?: PictureMemory | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the heads said of one conversation. */
export interface Reading {
  /** [tokens, width]: an mlp's outputs, or the difference of two labels' logits. */
  readonly values: Float32Array;
  readonly width: number;
  /** [places, hidden]: the states that labels are read at. */
  readonly states: readonly Float32Array[];
  /** The states of the input apart from the response, if states were asked for. */
  readonly inputStates: readonly Float32Array[];
  /** [places, head_dim] of a pointer head. */
  readonly queries: readonly Float32Array[];
  readonly keys: readonly Float32Array[];
}

export interface PassResult {
  /** What the heads said of a conversation, by its index. */
  readonly readingOf: (conversation: number) => Reading;
  /** Every output with its shape, by name. */
  readonly outputs: ReadonlyMap<string, { readonly shape: number[]; readonly data: Float32Array }>;
}

/** Computes the conversations of the groups. */
export async function runPass(
  model: PassModel,
  arena: Arena,
  { prepared, groups, hasStates = false, isTraced = false, memory, signal }: PassRequest,
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
  const places = placesOf(model, prepared, members, pack, hasStates);
  const differences = new Differences([...members].map((i) => at(prepared, i).labels));
  const plan = forward(model, {
    pack,
    tokenRows,
    pictures: sources,
    imageRows,
    isTraced,
    stateTokens: Uint32Array.from(places.rows),
    differences: differences.vectors,
  });
  memory?.count(imageRows === undefined ? pictures : [], pack.ids.length);
  const read = await run(model.device, arena, model.holder, plan, { signal });
  const outputs = new Map(
    [...plan.outputs].map(([name, { rows, columns }]) => [
      name,
      { shape: [rows, columns], data: valueAt(read, name) },
    ]),
  );
  const rowsOf = (name: string, i: number): Float32Array[] => {
    const output = outputs.get(name);
    const { begin, count } = places.of.get(i) ?? { begin: 0, count: 0 };
    if (output === undefined || count === 0) return [];
    const width = at(output.shape, 1);
    return Array.from({ length: count }, (_, k) =>
      output.data.slice((begin + k) * width, (begin + k + 1) * width),
    );
  };
  const readingOf = (i: number): Reading => {
    const { pass, labels, reads } = at(prepared, i);
    const readRows = (name: string): Float32Array[] => rowsOf(name, i).slice(0, reads.length);
    const head = at(model.weights.heads, pass);
    const width = head.kind === "mlp" ? outputsOf(head.own) : 1;
    const index = head.kind === "mlp" ? pass : differences.indexOf(labels);
    const values = read.get(valuesName(index));
    return {
      values: values ? valuesOf(pack, i, values, width) : new Float32Array(0),
      width,
      states: readRows(STATES),
      inputStates: rowsOf(STATES, i).slice(reads.length),
      queries: readRows(QUERIES),
      keys: readRows(KEYS),
    };
  };
  return { readingOf, outputs };
}

/** Where the states that are read back are in the pack, conversation after conversation. */
function placesOf(
  { weights }: PassModel,
  prepared: readonly Prepared[],
  members: ReadonlySet<number>,
  pack: Pack,
  hasStates: boolean,
): { rows: number[]; of: ReadonlyMap<number, { begin: number; count: number }> } {
  const rows: number[] = [];
  const of = new Map<number, { begin: number; count: number }>();
  for (const i of members) {
    const { pass, reads } = at(prepared, i);
    if (at(weights.heads, pass).kind === "mlp" && !hasStates) continue;
    const tokens = hasStates ? [...reads, ...inputTokens(at(prepared, i))] : reads;
    of.set(i, { begin: rows.length, count: tokens.length });
    rows.push(...tokens.map((token) => packedToken(pack, i, token)));
  }
  return { rows, of };
}

/** The differences of the first two labels of the conversations of a pass, each once. */
class Differences {
  readonly vectors: Float32Array[] = [];
  readonly #known = new Map<string, number>();

  constructor(all: readonly (LabelRows | undefined)[]) {
    for (const labels of all) {
      const key = keyOf(labels);
      if (!labels || this.#known.has(key)) continue;
      this.#known.set(key, this.vectors.length);
      const [first = new Float32Array(0), second] = labels.rows;
      this.vectors.push(second ? differenceOf(first, second) : first);
    }
  }

  indexOf(labels: LabelRows | undefined): number {
    return labels === undefined ? 0 : valueAt(this.#known, keyOf(labels));
  }
}

function keyOf(labels: LabelRows | undefined): string {
  return labels ? labels.ids.slice(0, 2).join() : "";
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
