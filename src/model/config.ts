/**
 * config.json, read strictly: the fields the engine needs, under Hugging Face's names in camelCase.
 *
 * What a family needs is in its record, `families/`. A field that changes the numbers is never
 * guessed.
 */
import { UnsupportedError, WeightsError } from "../errors.ts";
import { Fields } from "../base/fields.ts";
import { isObject } from "../base/json.ts";
import { findFamily, modelTypes } from "./families/families.ts";
import type { Family, FamilyConfig } from "./families/family.ts";
import type { PositionScheme } from "./positions.ts";

export interface ModelConfig extends FamilyConfig {
  readonly modelType: string;
  readonly architecture: string;
  readonly family: Family;
  /**
   * How positions are computed: as the family does it. It is a property of the checkpoint, so what
   * says how a checkpoint was trained may replace it.
   */
  readonly positions: PositionScheme;
  /**
   * Rows of the embedding table. `vocab_size` by default; undefined for as many as the file has,
   * for a checkpoint to which a token was appended.
   */
  readonly embeddingRows: number | undefined;
  /** Whether the output layer is the embedding table, even if the file has another. */
  readonly isTied: boolean;
  /** The token that fills up batches; which heads skip it, `heads/` says. */
  readonly padTokenId: number | undefined;
}

/** Classes with this ending have labels; a reward is the only one. */
const CLASSIFIER = "ForSequenceClassification";

/**
 * Checks a parsed config.json.
 * @throws WeightsError for missing or senseless fields, UnsupportedError for models of another
 *   kind.
 */
export async function parseConfig(json: unknown): Promise<ModelConfig> {
  if (!isObject(json)) {
    throw new WeightsError({ where: "config.json", what: "is not a JSON object" });
  }
  const root = new Fields(json, "config.json");
  const modelType = root.text("model_type");
  const architecture = root.firstText("architectures");
  const family = await findFamily(modelType);
  if (!family) throw unsupported("model_type", modelType, modelTypes);
  if (!family.architectures.includes(architecture)) {
    throw unsupported("architectures", architecture, family.architectures);
  }
  // vLLM's classifiers of tokens keep the count of labels of the model that they were.
  if (architecture.endsWith(CLASSIFIER) && root.get("classifier_from_token") === undefined) {
    checkOneLabel(root);
  }
  const own = family.parse(root);
  return {
    modelType,
    architecture,
    family,
    positions: family.prompt.positions,
    embeddingRows: own.decoder.vocabSize,
    isTied: readTied(root),
    ...own,
    padTokenId: readPadToken(root),
  };
}

/** Reads whether the output layer is the embedding table. No class has it by default. */
function readTied(root: Fields): boolean {
  const text = root.optionalObject("text_config");
  const field = "tie_word_embeddings";
  return (root.optionalBoolean(field) ?? text?.optionalBoolean(field)) === true;
}

/** Reads the decoder's own pad token, or that of the whole model. */
function readPadToken(root: Fields): number | undefined {
  const text = root.optionalObject("text_config");
  return text?.optionalTokenId("pad_token_id") ?? root.optionalTokenId("pad_token_id");
}

/**
 * Checks that the model has one label. `num_labels` is not always in config.json; the labels' names
 * are.
 */
function checkOneLabel(root: Fields): void {
  const labels = root.optionalObject("id2label");
  const count = root.optionalInteger("num_labels") ?? (labels ? labels.keys().length : 2);
  if (count !== 1) {
    throw new UnsupportedError({
      where: "config.json",
      what: "number of labels (id2label)",
      got: count,
      expected: "1: a reward is one number",
    });
  }
}

function unsupported(field: string, got: string, wanted: readonly string[]): UnsupportedError {
  return new UnsupportedError({
    where: "config.json",
    what: `${field} is not supported`,
    got: `"${got}"`,
    expected: wanted.join(" or "),
  });
}
