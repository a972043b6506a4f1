// Tested by: test/model/families.test.ts
/**
 * All weights of a model: decoder, tower and head, declared under the names of the checkpoint's own
 * layout.
 */
import { list } from "../checkpoint/checkpoint.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { WeightTable } from "../checkpoint/weight-table.ts";
import { GpuError, WeightsError } from "../errors.ts";
import type { ModelConfig } from "./config.ts";
import { decoderWeights } from "./decoder.ts";
import type { DecoderWeights } from "./decoder.ts";
import type { Family, Layout } from "./families/family.ts";
import { findHead, heads } from "./heads/heads.ts";
import type { FoundHead } from "./heads/heads.ts";
import type { Head, ShapeOf } from "./heads/head.ts";

export interface ModelWeights {
  /** The tower's own, which only its record reads; undefined for text models. */
  readonly vision: unknown;
  readonly decoder: DecoderWeights;
  readonly head: HeadWeights;
  /** The name of the embedding table, whose rows are read on demand. */
  readonly embedding: string;
  /** The tensor whose rows make the logits of tokens: the output layer's, or the embedding table. */
  readonly output: string;
}

/** A head's record, and its weights, which only the record reads. */
export interface HeadWeights {
  readonly record: Head;
  readonly own: unknown;
}

const OUTPUT = "lm_head.weight";

/**
 * Declares all weights of the model.
 * @throws WeightsError if the checkpoint has no head that is known
 */
export function modelWeights(table: WeightTable, config: ModelConfig): ModelWeights {
  const { decoder: text, vision } = config;
  const { tower, layouts } = config.family;
  const layout = layoutOf(layouts, (name) => table.shapeOf(name));
  const embedding = `${layout.decoder}embed_tokens.weight`;
  const rows = config.embeddingRows ?? table.shapeOf(embedding)?.[0] ?? text.vocabSize;
  table.expect(embedding, [rows, text.hiddenSize]);
  const { head, prefix } = requireHead(table.checkpoint, config);
  checkCount(table.checkpoint, "num_hidden_layers", text.numHiddenLayers);
  if (vision) checkCount(table.checkpoint, "vision_config, depth", vision.depth);
  return {
    vision: vision && tower?.weights(table, vision, layout.vision),
    decoder: decoderWeights(table, text, layout.decoder),
    head: { record: head, own: head.weights(table, prefix, text.hiddenSize) },
    embedding,
    output: config.isTied || !table.has(OUTPUT) ? embedding : OUTPUT,
  };
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

/**
 * Returns the head of the checkpoint.
 * @throws WeightsError that names the tensors which might have been one
 */
export function requireHead({ tensors, source }: Checkpoint, config: ModelConfig): FoundHead {
  const found = findHead((name) => tensors.get(name)?.shape, config.architecture);
  if (found) return found;
  const others = [...tensors.values()].filter(({ name }) => !isOfModel(name, config.family));
  const shown = others.map(({ name, shape }) => `${name} [${shape.join(", ")}]`);
  const [summary] = heads;
  throw new WeightsError({
    where: source.name,
    what: others.length > 0 ? "its head is of another kind" : `the ${summary?.name} is missing`,
    got: others.length > 0 ? list(shown) : undefined,
    expected: heads.map(({ wanted }) => wanted).join("; or "),
    todo: "A generative model has no head: use a checkpoint trained as a reward model",
  });
}

/** Returns whether a tensor is the decoder's or the tower's, by its name. */
function isOfModel(name: string, { layouts }: Family): boolean {
  const begins = layouts.flatMap(({ decoder, vision }) => [decoder, vision]);
  const bare = begins.includes("") ? ["embed_tokens.", "layers.", "norm."] : [];
  return ["lm_head.", ...bare, ...begins].some(
    (prefix) => prefix !== "" && name.startsWith(prefix),
  );
}
