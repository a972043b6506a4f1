/**
 * One pass written down: pictures and packed tokens to a value for every token.
 *
 *   pictures → vision → image embeddings ─┐
 *   token rows ───────────────────────────┴→ embed → decoder → value head → values
 */
import { attentionPairs, attentionTiles } from "../kernels/attention.ts";
import { embed, IMAGE_ROW } from "../kernels/embed.ts";
import type { Tensor } from "../kernels/kernel.ts";
import type { Profile } from "../kernels/profile.ts";
import type { SourcePicture } from "../kernels/resize.ts";
import type { Pack } from "../pass/pack.ts";
import { Plan } from "../pass/plan.ts";
import type { TokenRows } from "../checkpoint/embedding-table.ts";
import type { WeightTable } from "../checkpoint/weight-table.ts";
import type { ModelConfig } from "./config.ts";
import { decoder, decoderWeights } from "./decoder.ts";
import type { DecoderWeights, PackAttention } from "./decoder.ts";
import { angleTable, decoderChannels, decoderFrequencies } from "./rotary.ts";
import { noTap } from "./tap.ts";
import type { Tap } from "./tap.ts";
import { valueHead, valueHeadWeights } from "./heads/value-head.ts";
import type { ValueHeadWeights } from "./heads/value-head.ts";
import { vision, visionWeights } from "./families/vision.ts";
import type { PictureSteps, VisionWeights } from "./families/vision.ts";

export interface ModelWeights {
  readonly vision: VisionWeights | undefined;
  readonly decoder: DecoderWeights;
  readonly head: ValueHeadWeights;
  /** The name of the embedding table, whose rows are read on demand. */
  readonly embedding: string;
}

/** The name under which the values are read back. */
export const VALUES = "values";

/** Declares all weights of the model, under the names of whichever layout the checkpoint has. */
export function modelWeights(table: WeightTable, config: ModelConfig): ModelWeights {
  // Published in 2025: visual.*, model.*; by transformers 5: model.visual.*, model.language_model.*. Text models: model.*.
  const isNew = table.has("model.language_model.embed_tokens.weight");
  const prefix = isNew ? "model.language_model." : "model.";
  const { decoder: text, vision: tower } = config;
  const embedding = `${prefix}embed_tokens.weight`;
  table.expect(embedding, [text.vocabSize, text.hiddenSize]);
  return {
    vision: tower && visionWeights(table, tower, isNew ? "model.visual." : "visual."),
    decoder: decoderWeights(table, text, prefix),
    head: valueHeadWeights(table, config.head, text.hiddenSize),
    embedding,
  };
}

export interface PassInput {
  readonly pack: Pack;
  readonly tokenRows: TokenRows;
  readonly pictures: readonly SourcePicture[];
  /** How pictures become patches; undefined for text models. */
  readonly patches: PictureSteps | undefined;
}

/**
 * The plan of one pass. Its output are the values of all tokens [tokens]; when traced, every activation that the oracle
 * names as well.
 */
export function forward(
  profile: Profile,
  weights: ModelWeights,
  config: ModelConfig,
  { pack, tokenRows, pictures, patches }: PassInput,
  isTraced: boolean,
): Plan {
  const plan = new Plan(profile);
  const look: Tap = isTraced ? (name, tensor) => plan.output(name, tensor) : noTap;
  const image = imageEmbeddings(plan, weights, config, pictures, patches, look); // [image tokens, hidden]
  const rows = {
    table: plan.input("embed.rows", tokenRows.values, tokenRows.rows),
    form: tokenRows.form,
    hidden: config.decoder.hiddenSize,
  };
  const source = tokenRows.source.map((row, token) => {
    const imageRow = pack.imageRows[token] ?? -1;
    return imageRow < 0 ? row : IMAGE_ROW + imageRow;
  });
  const embedded = embed(plan, "embed", source, rows, image); // [tokens, hidden]
  const attention = packAttention(plan, config, pack);
  const hidden = decoder(plan, weights.decoder, config.decoder, embedded, attention, look); // [tokens, hidden]
  plan.output(VALUES, valueHead(plan, weights.head, hidden)); // [1, tokens]
  return plan;
}

function imageEmbeddings(
  plan: Plan,
  weights: ModelWeights,
  config: ModelConfig,
  pictures: readonly SourcePicture[],
  patches: PictureSteps | undefined,
  tap: Tap,
): Tensor | undefined {
  return weights.vision && config.vision && patches && pictures.length > 0
    ? vision(plan, weights.vision, config.vision, patches, pictures, tap)
    : undefined;
}

function packAttention(plan: Plan, { decoder: text }: ModelConfig, pack: Pack): PackAttention {
  const { headDim, rope } = text;
  const frequencies = decoderFrequencies(headDim, rope);
  const positions =
    pack.positions.reduce((highest, position) => Math.max(highest, position), 0) + 1;
  const table = attentionTiles(pack.segments, true, plan.profile.attention);
  return {
    rotary: {
      angles: plan.input("decoder.angles", angleTable(positions, frequencies)),
      frequencies: frequencies.length,
      channels: plan.input("decoder.channels", decoderChannels(headDim, rope.mropeSection)),
      positions: plan.input("decoder.positions", pack.positions),
      axes: rope.mropeSection ? 3 : 1,
    },
    tiles: { table: plan.input("decoder.segments", table), pairs: attentionPairs(table) },
  };
}
