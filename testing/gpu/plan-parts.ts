/**
 * The parts of a golden model's plan. Its weights are declared, none is loaded: no GPU is
 * needed.
 */
import { openFolder } from "../../src/load/folder.ts";
import type { PlanParts } from "../../src/model/forward.ts";
import { modelWeights } from "../../src/model/weights.ts";
import { normalisation } from "../../src/image/config.ts";
import type { WeightForm } from "../../src/types.ts";
import { EmbeddingTable } from "../../src/checkpoint/embedding-table.ts";
import { WeightTable } from "../../src/checkpoint/weight-table.ts";
import { modelFolder } from "../golden.ts";
import { fileSystemSource } from "../files/node-source.ts";

/** Matrices are not split: the spec's limit of a binding, and golden models are small. */
const BINDING_BYTES = 128 * 2 ** 20;

export async function planParts(
  model: string,
  form: WeightForm = "stored",
): Promise<Omit<PlanParts, "profile">> {
  const { config, checkpoint, image } = await openFolder(fileSystemSource(modelFolder(model)), {});
  const table = new WeightTable(checkpoint, BINDING_BYTES, form);
  const weights = modelWeights(table, config);
  const { patchSize, mergeSize, temporalPatchSize, resize } = image;
  const sizes = { patchSize, mergeSize, temporalPatchSize, resize };
  return {
    config,
    weights,
    patches: config.vision && { ...sizes, ...normalisation(image) },
    embedding: new EmbeddingTable(table.entry(weights.embedding)),
  };
}
