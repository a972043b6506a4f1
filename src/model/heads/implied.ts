// Tested by: test/load/reward.test.ts
/**
 * What a folder without reward.json says of its reward: by the name of its class, by config.json,
 * by
 * the tensors of its head.
 */
import type { JsonObject } from "../../base/json.ts";
import { WeightsError } from "../../errors.ts";
import { onePass, RAW_OUTPUT } from "./head.ts";
import type { Head, MlpHead, RewardRecord, ShapeOf } from "./head.ts";
import { linearRecord } from "./heads.ts";

/** What is looked at. */
export interface Folder {
  /** The content of config.json. */
  readonly config: JsonObject;
  readonly architecture: string;
  readonly shapeOf: ShapeOf;
}

const TWO_LAYERS: MlpHead = {
  kind: "mlp",
  layers: [{ name: "score.0", activation: "relu" }, { name: "score.2" }],
};
const STEP = "<extra_0>";

/** Classes of Qwen2.5-Math's own code. */
const REWARD_CLASSES = {
  answer: "Qwen2ForRewardModel",
  process: "Qwen2ForProcessRewardModel",
} as const;

/** Returns what the folder implies; undefined if nothing says what its head is. */
export function impliedRecord({ config, architecture, shapeOf }: Folder): RewardRecord | undefined {
  const origin = "config.json, architectures";
  if (architecture === REWARD_CLASSES.answer) return onePass(TWO_LAYERS, {}, { origin });
  if (architecture === REWARD_CLASSES.process) {
    const prompt = {
      user: [{ text: "{question}" }],
      assistant: [{ each: "steps", after: STEP }],
    };
    return onePass(TWO_LAYERS, prompt, {
      origin,
      read: { at: "every", token: STEP },
      output: { ...RAW_OUTPUT, kind: "softmax", index: 1, aggregate: "min" },
    });
  }
  const classifier = classifierRecord(config, shapeOf);
  if (classifier) return classifier;
  return linearRecord(shapeOf, architecture);
}

/**
 * Reads `classifier_from_token` as vLLM does: [false, true]. A checkpoint that was converted
 * further
 * has a score head, which counts.
 */
function classifierRecord(config: JsonObject, shapeOf: ShapeOf): RewardRecord | undefined {
  const tokens = config["classifier_from_token"] ?? undefined;
  if (tokens === undefined || shapeOf("score.weight") !== undefined) return undefined;
  const method = config["method"] ?? "from_2_way_softmax";
  const isPair =
    Array.isArray(tokens) && tokens.length === 2 && tokens.every((one) => typeof one === "string");
  if (!isPair || method !== "from_2_way_softmax") {
    throw new WeightsError({
      where: "config.json, classifier_from_token",
      what: "this way to make a classifier of tokens is not supported",
      got: JSON.stringify({ method, classifier_from_token: tokens }).slice(0, 120),
      expected: 'method "from_2_way_softmax" and two texts, [false, true]',
    });
  }
  const labels = tokens.toReversed();
  return onePass(
    { kind: "labels", labels },
    { generationPrompt: true },
    {
      origin: "config.json, classifier_from_token",
      output: { ...RAW_OUTPUT, kind: "sigmoid" },
    },
  );
}

/** Returns the record of a model that was trained to answer, for which nothing says a head. */
export function generativeRecord(): RewardRecord {
  return onePass(
    { kind: "labels", labels: ["yes", "no"] },
    { generationPrompt: true },
    {
      origin: "a model without a reward",
      output: { ...RAW_OUTPUT, kind: "sigmoid" },
      isGenerative: true,
    },
  );
}

/** Returns the record of a TinyJev or Kev folder, from tinyjev.json. */
export function pointerRecord(json: JsonObject): RewardRecord {
  const where = "tinyjev.json";
  const head = json["head"];
  const fields: JsonObject = typeof head === "object" && head !== null ? (head as JsonObject) : {};
  const { head_dim: headDim, temperature = 1, option_isolation: isIsolated = false } = fields;
  const family = json["family"] ?? "pointer";
  const isSound =
    family === "pointer" &&
    Number.isSafeInteger(headDim) &&
    Number(headDim) > 0 &&
    typeof temperature === "number" &&
    temperature > 0 &&
    Number.isFinite(temperature) &&
    isIsolated === false;
  if (!isSound) {
    throw new WeightsError({
      where: `${where}, head`,
      what: "this head is not supported",
      got: JSON.stringify({ family, head: fields }).slice(0, 160),
      expected: "family pointer, head_dim above 0, temperature above 0, option_isolation false",
    });
  }
  const pointer: Head = { kind: "pointer", headDim: Number(headDim), temperature };
  return onePass(pointer, {}, { origin: where });
}
