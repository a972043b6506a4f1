// Tested by: test/load/reward.test.ts
/**
 * Finds out what a folder's reward is: by reward.json, by tinyjev.json, by the name of a published
 * model, by what the folder implies.
 */
import { isObject } from "../base/json.ts";
import type { JsonObject } from "../base/json.ts";
import { RECORD_FILE } from "../checkpoint/checkpoint.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { WeightsError } from "../errors.ts";
import type { Source } from "../files/source.ts";
import { parseJson, readText } from "../files/text-file.ts";
import type { ModelConfig } from "../model/config.ts";
import type { RewardRecord, ShapeOf } from "../model/heads/head.ts";
import { linearRecord } from "../model/heads/heads.ts";

const POINTER_FILE = "tinyjev.json";

/** What a caller may give in place of what the folder says: a published name, or a record. */
export type RewardChoice = string | object | undefined;

/**
 * Returns the record that is given, or the one in reward.json; undefined if there is neither.
 * @throws WeightsError naming a field that is wrong
 */
export async function readRewardFile(
  source: Source,
  choice: RewardChoice,
  signal?: AbortSignal,
): Promise<RewardRecord | undefined> {
  if (typeof choice === "string") {
    const { namedRecord } = await import("../model/heads/published.ts");
    return namedRecord(choice);
  }
  if (choice !== undefined) {
    const { readRecord } = await import("../model/heads/read-record.ts");
    return readRecord(choice, "reward");
  }
  const text = await readText(source, RECORD_FILE, { signal });
  if (text === undefined) return undefined;
  const where = `${source.name}, ${RECORD_FILE}`;
  const json = parseJson(text, where);
  const { readRecord } = await import("../model/heads/read-record.ts");
  return readRecord(json, where);
}

/** The tensors of a pointer head. */
const POINTER = ["q.weight", "k.weight"];

/**
 * Returns the record of a folder.
 * @param given the one that the caller or reward.json gives
 * @param json the content of config.json
 * @throws WeightsError that names the tensors found, if nothing says what the head is
 */
export async function findRecord(
  checkpoint: Checkpoint,
  config: ModelConfig,
  json: unknown,
  given: RewardRecord | undefined,
  signal?: AbortSignal,
): Promise<RewardRecord> {
  if (given) return given;
  const { source, tensors } = checkpoint;
  const fields: JsonObject = isObject(json) ? json : {};
  if (POINTER.every((name) => tensors.has(name))) {
    const text = await readText(source, POINTER_FILE, { signal });
    const where = `${source.name}, ${POINTER_FILE}`;
    const tinyjev = text === undefined ? undefined : parseJson(text, where);
    if (isObject(tinyjev)) {
      const { pointerRecord } = await import("../model/heads/implied.ts");
      return pointerRecord(tinyjev);
    }
  }
  if (isPublished(source.name) || PUBLISHED_TENSORS.some((name) => tensors.has(name))) {
    const { publishedRecord } = await import("../model/heads/published.ts");
    const shapeOf: ShapeOf = (name) => tensors.get(name)?.shape;
    const published = publishedRecord(source.name, config.modelType, shapeOf);
    if (published) return published;
  }
  const { architecture } = config;
  const isSaid = "classifier_from_token" in fields || OWN_CLASS.test(architecture);
  const linear = isSaid
    ? undefined
    : linearRecord((name) => tensors.get(name)?.shape, architecture);
  if (linear) return linear;
  const { requireRecord } = await import("../model/heads/require-record.ts");
  return requireRecord(checkpoint, config, fields);
}

/** Classes that say what their head is: `implied.ts` knows them. */
const OWN_CLASS = /RewardModel$/;

/** Layers of the heads of HPSv3 and EditReward. */
const PUBLISHED_TENSORS = ["rm_head.5.weight", "rm_heads.head_1.5.weight"];

/** Names of models whose records are built in: `published.ts` has them. */
const PUBLISHED =
  /(?:hpsv3|qwen3(?:-vl)?-reranker|editreward|docreward|basereward|skywork-o1-open-prm)/i;

function isPublished(name: string): boolean {
  return PUBLISHED.test(name);
}

/**
 * Checks that the embedding table ends with a marker that was appended to the tokenizer: training
 * code shrinks the table to one row more than the marker's id.
 * @throws WeightsError
 */
export function checkMarker(
  appendedId: number | undefined,
  rows: number | undefined,
  { read }: RewardRecord,
  where: string,
): void {
  if (appendedId === undefined || rows === appendedId + 1) return;
  const token = "token" in read ? read.token : "";
  throw new WeightsError({
    where,
    what: `the tokenizer lacks ${token}, and the embedding table does not end with it`,
    got: `${rows} rows`,
    expected: `${appendedId + 1} rows: one more than the id that ${token} would have`,
    todo: "Use the tokenizer of the model that was trained further, as it was published",
  });
}
