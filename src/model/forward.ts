// Tested by: test/model/decoder.test.ts
/**
 * One pass written down: pictures and packed tokens to a value for every token.
 *
 *   pictures → tower → image embeddings ─┐
 *   token rows ──────────────────────────┴→ embed → decoder → head → values
 */
import { at } from "../base/at.ts";
import { attentionPairs, attentionTiles } from "../kernels/attention.ts";
import { embed, IMAGE_ROW } from "../kernels/embed.ts";
import { gatherRows } from "../kernels/gather-rows.ts";
import type { Profile } from "../kernels/profile.ts";
import type { SourcePicture } from "../kernels/resize.ts";
import type { StoredForm } from "../kernels/weight-forms.ts";
import type { Pack } from "../pass/pack.ts";
import { Plan } from "../pass/plan.ts";
import type { TokenRows } from "../checkpoint/embedding-table.ts";
import type { ModelConfig } from "./config.ts";
import { decoder } from "./decoder.ts";
import type { LayerInput } from "./decoder.ts";
import type { ImageTokens, PictureSteps, VisionConfig } from "./families/family.ts";
import { angleTable, decoderChannels, decoderFrequencies } from "./rotary.ts";
import { noTap } from "./tap.ts";
import type { Tap } from "./tap.ts";
import type { HeadWeights, ModelWeights } from "./weights.ts";
import type { Tensor } from "../kernels/kernel.ts";
import { recordDifference } from "./heads/labels.ts";
import { recordMlp } from "./heads/mlp.ts";
import { recordPointer } from "./heads/pointer.ts";

/** What the plans of a model are made of: the same for all its passes. */
export interface PlanParts {
  readonly profile: Profile;
  readonly weights: ModelWeights;
  readonly config: ModelConfig;
  /** How pictures become patches; undefined for text models. */
  readonly patches: PictureSteps | undefined;
  readonly embedding: { readonly form: StoredForm };
}

/** What one pass computes. */
export interface PassInput {
  readonly pack: Pack;
  readonly tokenRows: TokenRows;
  readonly pictures: readonly SourcePicture[];
  /** In place of pictures: the rows that `towerPass` computed for them, one after the other. */
  readonly imageRows?: readonly Float32Array[] | undefined;
  /** Tokens of the pack whose states, as the head reads them, are an output too. */
  readonly stateTokens?: Uint32Array | undefined;
  /** Differences of two labels' rows, which give a value at every token. */
  readonly differences?: readonly Float32Array[] | undefined;
  /** Whether every activation that the oracle names is an output too. */
  readonly isTraced?: boolean;
}

/** The name under which the values of a head, or of a difference of labels, are read back. */
export function valuesName(index: number): string {
  return index === 0 ? "values" : `values.${index}`;
}

/**
 * The names under which the states [stateTokens, hidden] are read back, and what a pointer head
 * makes of them.
 */
export const STATES = "states";
export const QUERIES = "queries";
export const KEYS = "keys";

/**
 * Returns the plan of one pass. Its output is the values of all tokens, in their order, and the
 * states of the tokens that were asked for.
 */
export function forward(parts: PlanParts, { isTraced = false, ...input }: PassInput): Plan {
  const { profile, weights, config } = parts;
  const { pack, tokenRows } = input;
  const plan = new Plan(profile);
  const look: Tap = isTraced ? (name, tensor) => plan.output(name, tensor) : noTap;
  const image =
    restoredTokens(plan, parts, input.imageRows) ?? imageTokens(plan, parts, input.pictures, look);
  const rows = {
    table: plan.input("embed.rows", tokenRows.values, tokenRows.rows),
    form: tokenRows.form,
    hidden: config.decoder.hiddenSize,
  };
  const source = tokenRows.source.map((row, token) => {
    const imageRow = at(pack.imageRows, token);
    return imageRow < 0 ? row : IMAGE_ROW + imageRow;
  });
  const embedded = embed(plan, "embed", source, rows, image?.embeddings); // [tokens, hidden]
  const layers = layerInput(plan, config, pack, image, look);
  // [tokens, hidden]
  const hidden = decoder(plan, weights.decoder, config.decoder, embedded, layers, look);
  recordHeads(plan, weights.heads, hidden, input);
  return plan;
}

function recordHeads(
  plan: Plan,
  heads: readonly HeadWeights[],
  hidden: Tensor,
  { stateTokens, differences = [] }: Pick<PassInput, "stateTokens" | "differences">,
): void {
  const label = (i: number): string => (i === 0 ? "value_head" : `value_head.${i}`);
  for (const [i, head] of heads.entries()) {
    if (head.kind !== "mlp") continue;
    plan.output(valuesName(i), recordMlp(plan, label(i), head.own, hidden));
  }
  for (const [i, difference] of differences.entries()) {
    plan.output(valuesName(i), recordDifference(plan, label(i), hidden, difference));
  }
  if (stateTokens === undefined || stateTokens.length === 0) return;
  const read = gatherRows(plan, "states", hidden, stateTokens); // [places, hidden]
  plan.output(STATES, read);
  const pointer = heads.find((head) => head.kind === "pointer");
  if (pointer === undefined) return;
  const { queries, keys } = recordPointer(plan, label(0), pointer.own, read);
  plan.output(QUERIES, queries);
  plan.output(KEYS, keys);
}

/** The name under which the n-th tensor of a tower is read back. */
export const towerOutput = (n: number): string => `tower.${n}`;

/**
 * Returns the plan of the tower alone. Its outputs are what a later pass takes as `imageRows`.
 * Returns undefined if the model's tower cannot be restored from them.
 */
export function towerPass(parts: PlanParts, pictures: readonly SourcePicture[]): Plan | undefined {
  const plan = new Plan(parts.profile);
  const image = imageTokens(plan, parts, pictures, noTap);
  if (image === undefined || !isRestorable(parts, image)) return undefined;
  const { embeddings, added = [] } = image;
  for (const [n, tensor] of [embeddings, ...added].entries()) {
    plan.output(towerOutput(n), tensor);
  }
  return plan;
}

function isRestorable({ config }: PlanParts, { embeddings, afterLayer }: ImageTokens): boolean {
  const hasAll = afterLayer === undefined || config.family.tower?.restore !== undefined;
  // Rows are read back without the zeros that pad them to whole vec4s.
  return hasAll && embeddings.columns % 4 === 0;
}

function restoredTokens(
  plan: Plan,
  { config }: PlanParts,
  rows: readonly Float32Array[] = [],
): ImageTokens | undefined {
  const { tower } = config.family;
  const { hiddenSize } = config.decoder;
  const tensors = rows.map((values, n) =>
    plan.input(towerOutput(n), values, values.length / hiddenSize),
  );
  const [embeddings] = tensors;
  if (embeddings === undefined || config.vision === undefined) return undefined;
  return tower?.restore?.(plan, config.vision, tensors) ?? { embeddings };
}

function imageTokens(
  plan: Plan,
  { weights, config, patches }: PlanParts,
  pictures: readonly SourcePicture[],
  tap: Tap,
): ImageTokens | undefined {
  const { tower } = config.family;
  return tower && config.vision && patches && pictures.length > 0
    ? tower.record(plan, weights.vision, config.vision, patches, pictures, tap)
    : undefined;
}

function layerInput(
  plan: Plan,
  { decoder: text, vision }: ModelConfig,
  pack: Pack,
  image: ImageTokens | undefined,
  tap: Tap,
): LayerInput {
  const { headDim, rope } = text;
  const frequencies = decoderFrequencies(headDim, rope);
  const positions =
    pack.positions.reduce((highest, position) => Math.max(highest, position), 0) + 1;
  const table = attentionTiles(pack.segments, true, plan.profile.attention);
  return {
    rotary: {
      angles: plan.input("decoder.angles", angleTable(positions, frequencies)),
      frequencies: frequencies.length,
      channels: plan.input("decoder.channels", decoderChannels(rope)),
      positions: plan.input("decoder.positions", pack.positions),
      axes: rope.axes,
    },
    tiles: { table: plan.input("decoder.segments", table), pairs: attentionPairs(table) },
    afterLayer: vision && afterLayers(vision, text.numHiddenLayers, image, pack, tap),
  };
}

/** Returns what follows the decoder's layers; undefined if nothing does. */
function afterLayers(
  { addsAfter }: VisionConfig,
  layers: number,
  image: ImageTokens | undefined,
  { imageRows }: Pack,
  tap: Tap,
): LayerInput["afterLayer"] {
  if (addsAfter === 0) return undefined;
  const { afterLayer } = image ?? {};
  return (layer, x) => {
    if (layer >= addsAfter) return x;
    const next = afterLayer ? afterLayer(layer, x, imageRows) : x;
    // A tower may have more mergers than the decoder has layers; the oracle names all of them.
    const last = layer === layers - 1 ? addsAfter : layer + 1;
    for (let i = layer + 1; i <= last; i++) tap(`decoder.input.${i}`, next);
    return next;
  };
}
