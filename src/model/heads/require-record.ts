// Tested by: test/load/reward.test.ts
/** What a folder implies of its reward, if that is not one linear layer; or why nothing is. */
import { list } from "../../checkpoint/checkpoint.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { JsonObject } from "../../base/json.ts";
import { WeightsError } from "../../errors.ts";
import type { ModelConfig } from "../config.ts";
import type { Family } from "../families/family.ts";
import type { RewardRecord, ShapeOf } from "./head.ts";
import { heads } from "./heads.ts";
import { generativeRecord, impliedRecord } from "./implied.ts";

/**
 * Returns what the folder implies of its reward.
 * @param json the content of config.json
 * @throws WeightsError that names the tensors which might have been a head
 */
export function requireRecord(
  { tensors, source }: Checkpoint,
  config: ModelConfig,
  json: JsonObject,
): RewardRecord {
  const shapeOf: ShapeOf = (name) => tensors.get(name)?.shape;
  const { architecture } = config;
  const implied = impliedRecord({ config: json, architecture, shapeOf });
  if (implied) return implied;
  const others = [...tensors.values()].filter(({ name }) => !isOfModel(name, config.family));
  if (others.length === 0 && GENERATIVE.test(architecture)) return generativeRecord();
  const shown = others.map(({ name, shape }) => `${name} [${shape.join(", ")}]`);
  const [summary] = heads;
  throw new WeightsError({
    where: source.name,
    what: others.length > 0 ? "its head is of another kind" : `the ${summary?.name} is missing`,
    got: others.length > 0 ? list(shown) : undefined,
    expected: [...heads.map(({ wanted }) => wanted), "a reward.json that names its layers"].join(
      "; or ",
    ),
    todo: "Describe the head in a reward.json beside it: docs/rewards.md has the fields",
  });
}

/** Classes of models that answer: any question may be asked by its labels. */
const GENERATIVE = /For(?:CausalLM|ConditionalGeneration)$/;

/** Returns whether a tensor is the decoder's or the tower's, by its name. */
function isOfModel(name: string, { layouts }: Family): boolean {
  const begins = layouts.flatMap(({ decoder, vision }) => [decoder, vision]);
  const bare = begins.includes("") ? ["embed_tokens.", "layers.", "norm."] : [];
  return ["lm_head.", ...bare, ...begins].some(
    (prefix) => prefix !== "" && name.startsWith(prefix),
  );
}
