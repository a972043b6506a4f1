// Tested by: test/model/families.test.ts
/**
 * All weights of a model: decoder, tower and head, declared under the names of the checkpoint's own
 * layout.
 */
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { WeightTable } from "../checkpoint/weight-table.ts";
import { GpuError, WeightsError } from "../errors.ts";
import type { ModelConfig } from "./config.ts";
import { decoderWeights } from "./decoder.ts";
import type { DecoderWeights } from "./decoder.ts";
import type { Layout } from "./families/family.ts";
import { linearRecord } from "./heads/heads.ts";
import { mlpWeights, outputsOf } from "./heads/mlp.ts";
import type { MlpWeights } from "./heads/mlp.ts";
import { pointerWeights } from "./heads/pointer.ts";
import type { PointerWeights } from "./heads/pointer.ts";
import type { Head, RewardRecord, ShapeOf } from "./heads/head.ts";

export interface ModelWeights {
  /** The tower's own, which only its record reads; undefined for text models. */
  readonly vision: unknown;
  readonly decoder: DecoderWeights;
  /** One for each pass of the reward's record. */
  readonly heads: readonly HeadWeights[];
  /** The name of the embedding table, whose rows are read on demand. */
  readonly embedding: string;
  /** The name of the output embedding, for heads of labels: `lm_head.weight`, or the table. */
  readonly outputEmbedding: string | undefined;
}

/** A head and its weights. */
export type HeadWeights =
  | { readonly kind: "mlp"; readonly own: MlpWeights }
  | { readonly kind: "labels" }
  | { readonly kind: "pointer"; readonly own: PointerWeights };

/**
 * Declares all weights of the model.
 * @param reward what its head is; by default one linear layer that the checkpoint has
 * @throws WeightsError if the head does not fit the decoder
 */
export function modelWeights(
  table: WeightTable,
  config: ModelConfig,
  reward: RewardRecord = requireLinear(table, config),
): ModelWeights {
  const { decoder: text, vision } = config;
  const { tower, layouts } = config.family;
  const shapeOf: ShapeOf = (name) => table.shapeOf(name);
  const layout = layoutOf(layouts, shapeOf);
  const embedding = `${layout.decoder}embed_tokens.weight`;
  const rows = tableRows(shapeOf(embedding), config, reward);
  table.expect(embedding, [rows, text.hiddenSize]);
  const declared = reward.passes.map(({ head }, i) => headWeights(table, head, text.hiddenSize, i));
  const isOfLabels = declared.some(({ kind }) => kind === "labels");
  const outputEmbedding = isOfLabels ? expectOutput(table, embedding, config) : undefined;
  checkIndex(declared, reward);
  checkCount(table.checkpoint, "num_hidden_layers", text.numHiddenLayers);
  if (vision) checkCount(table.checkpoint, "vision_config, depth", vision.depth);
  return {
    vision: vision && tower?.weights(table, vision, layout.vision),
    decoder: decoderWeights(table, text, layout.decoder),
    heads: declared,
    embedding,
    outputEmbedding,
  };
}

function requireLinear(table: WeightTable, { architecture }: ModelConfig): RewardRecord {
  const record = linearRecord((name) => table.shapeOf(name), architecture);
  if (record) return record;
  throw new WeightsError({
    where: table.checkpoint.source.name,
    what: "has no head of one linear layer, and no record says what its head is",
  });
}

/**
 * Returns how many rows the embedding table must have: those of the configuration, or, if a marker
 * was added for training, what the file says. `checkMarker` in `load/` compares that with the
 * marker's id.
 */
function tableRows(
  shape: readonly number[] | undefined,
  { decoder, embeddingRows }: ModelConfig,
  { read }: RewardRecord,
): number {
  const isMarked = read.at === "token" || read.at === "every";
  const asStored = shape?.[0] ?? decoder.vocabSize;
  return isMarked ? asStored : (embeddingRows ?? asStored);
}

function headWeights(table: WeightTable, head: Head, hidden: number, index: number): HeadWeights {
  // The first keeps the name that it had when there was only one.
  const group = index === 0 ? "value_head" : `value_head.${index}`;
  const shapeOf: ShapeOf = (name) => table.shapeOf(name);
  if (head.kind === "labels") return { kind: head.kind };
  if (head.kind === "pointer") {
    return { kind: head.kind, own: pointerWeights(table, head, hidden, group) };
  }
  return { kind: head.kind, own: mlpWeights(table, shapeOf, head, hidden, group) };
}

const OUTPUT_EMBEDDINGS = ["lm_head.weight", "language_model.lm_head.weight"];

/** Expects the output embedding; a file without one has it tied to the table. */
function expectOutput(
  table: WeightTable,
  embedding: string,
  { decoder, isTied }: ModelConfig,
): string {
  const name = OUTPUT_EMBEDDINGS.find((own) => table.has(own));
  if (name === undefined || isTied) return embedding;
  table.expect(name, [table.shapeOf(name)?.[0] ?? 1, decoder.hiddenSize]);
  return name;
}

/** Refuses an index that the head has no output for, and passes that differ in outputs. */
function checkIndex(declared: readonly HeadWeights[], { output, origin }: RewardRecord): void {
  const counts = declared.flatMap((head) => (head.kind === "mlp" ? [outputsOf(head.own)] : []));
  const [count] = counts;
  if (count === undefined) return;
  const isSame = counts.every((own) => own === count);
  const isNamed = output.names === undefined || output.names.length === count;
  if (isSame && isNamed && output.index < count && !(output.kind === "softmax" && count < 2))
    return;
  const { kind, index, names } = output;
  throw new WeightsError({
    where: `${origin}, output`,
    what: "does not fit what the head gives",
    got: JSON.stringify({ kind, index, names }),
    expected: `${count} ${count === 1 ? "output" : "outputs"}, in every pass`,
    todo: "Correct reward.json, or give the weights that it was made for",
  });
}

/** Refuses more layers than there are tensors, before anything is made for each of them. */
function checkCount({ tensors, source }: Checkpoint, field: string, count: number): void {
  if (count <= tensors.size) return;
  throw new WeightsError({
    where: `${source.name}, config.json, ${field}`,
    expected: `${tensors.size} at most, as many as the checkpoint has tensors`,
    got: count,
    todo: "Check that config.json and the weights are of the same model",
  });
}

/** Returns the layout whose embedding table the checkpoint has; the last one if it has none. */
function layoutOf(layouts: readonly Layout[], shapeOf: ShapeOf): Layout {
  const found = layouts.find(({ decoder }) => shapeOf(`${decoder}embed_tokens.weight`));
  const layout = found ?? layouts.at(-1);
  if (!layout) throw new GpuError({ where: "family", what: "names no layout of its tensors" });
  return layout;
}
