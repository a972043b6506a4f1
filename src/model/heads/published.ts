/**
 * The records of published models whose folders do not say what their head is, or how their prompt
 * is made. docs/rewards.md lists the models, MODEL.md has their traps.
 */
import { InputError } from "../../errors.ts";
import type { PromptPart, PromptRecord } from "../../text/template/prompt-record.ts";
import { onePass, RAW_OUTPUT } from "./head.ts";
import type { MlpHead, Output, RewardRecord, ShapeOf } from "./head.ts";
import { PLAIN_PROMPT } from "../../text/template/prompt-record.ts";
import { EDIT_FOLLOWING, EDIT_QUALITY, HPSV3, RATING } from "./instructions.ts";

interface Published {
  /** The name in errors and options. */
  readonly name: string;
  /** Names of repositories. */
  readonly names: RegExp;
  readonly record: (modelType: string, shapeOf: ShapeOf) => RewardRecord;
}

const REWARD = "<|Reward|>";
/** 256 tokens of 28 × 28 pixels. */
const FIXED = { minPixels: 200_704, maxPixels: 200_704 };

function threeLayers(prefix: string): MlpHead {
  const layer = (i: number): string => `${prefix}.${i}`;
  return {
    kind: "mlp",
    layers: [
      { name: layer(0), activation: "relu" },
      { name: layer(3), activation: "relu" },
      { name: layer(5) },
    ],
  };
}

/** Mean and uncertainty; the mean is the score. */
const TWO_OUTPUTS: Output = { ...RAW_OUTPUT, names: ["mean", "uncertainty"] };

function hpsv3(): RewardRecord {
  const text = HPSV3.replace("{text_prompt}", "{prompt}") + RATING;
  // Its code opens pictures by Pillow's convert("RGB"), and nothing else.
  const pictures = { ...FIXED, alpha: "drop", orientation: "stored" } as const;
  return onePass(
    threeLayers("rm_head"),
    { user: [{ image: "image" }, { text }], generationPrompt: true, pictures },
    {
      origin: "HPSv3",
      // Its one file; mirrors for transformers have model.safetensors.
      weights: "HPSv3.safetensors",
      read: { at: "token", token: REWARD },
      positions: "1d",
      output: TWO_OUTPUTS,
    },
  );
}

function editReward(modelType: string): RewardRecord {
  const user = (instruction: string): readonly PromptPart[] => [
    { image: "source" },
    { image: "edited" },
    { text: instruction.replace("{text_prompt}", "{instruction}") + RATING },
  ];
  const prompt = (instruction: string): PromptRecord => ({
    ...PLAIN_PROMPT,
    user: user(instruction),
    generationPrompt: true,
    pictures: { ...FIXED, alpha: "drop", orientation: "stored" },
  });
  const { passes: _, ...common } = onePass(
    threeLayers("rm_head"),
    {},
    {
      origin: "EditReward",
      read: { at: "token", token: REWARD },
      // Its code for Qwen2.5-VL calls the decoder without positions; that for Qwen3-VL with them.
      positions: modelType.startsWith("qwen3") ? "mrope" : "1d",
      output: TWO_OUTPUTS,
    },
  );
  return {
    ...common,
    passes: [
      { head: threeLayers("rm_heads.head_0"), prompt: prompt(EDIT_FOLLOWING) },
      { head: threeLayers("rm_heads.head_1"), prompt: prompt(EDIT_QUALITY) },
    ],
  };
}

const JUDGE =
  "Judge whether the Document meets the requirements based on the Query and the Instruct provided. " +
  'Note that the answer can only be "yes" or "no".';
const YES_NO = { kind: "labels", labels: ["yes", "no"] } as const;
const SIGMOID: Output = { ...RAW_OUTPUT, kind: "sigmoid" };

function qwen3Reranker(): RewardRecord {
  const pieces = [
    `<|im_start|>system\n${JUDGE}<|im_end|>\n<|im_start|>user\n`,
    "<Instruct>: {instruction}\n<Query>: {query}\n<Document>: {document}",
    "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
  ];
  const instruction = "Given a web search query, retrieve relevant passages that answer the query";
  return onePass(
    YES_NO,
    { pieces, defaults: { instruction } },
    { origin: "Qwen3-Reranker", output: SIGMOID },
  );
}

function qwen3VlReranker(): RewardRecord {
  const instruction = "Given a search query, retrieve relevant candidates that answer the query.";
  return onePass(
    YES_NO,
    {
      system: [{ text: JUDGE }],
      user: [
        { text: "<Instruct>: {instruction}" },
        { text: "<Query>:" },
        { side: "query", empty: "NULL" },
        { text: "\n<Document>:" },
        { side: "document", empty: "NULL" },
      ],
      defaults: { instruction },
      generationPrompt: true,
      pictures: { minPixels: 4096, maxPixels: 1_843_200 },
    },
    { origin: "Qwen3-VL-Reranker", output: SIGMOID },
  );
}

function docReward(): RewardRecord {
  const token = "<|regression|>";
  return onePass(
    { kind: "mlp", layers: [{ name: "v_head.summary" }] },
    {
      user: [{ text: "You need to create a professional document page(s). " }],
      assistant: [{ pages: "pages" }],
      suffix: token,
      // Its code calls process_vision_info, and then a processor with a maximum of its own.
      pictures: { firstResize: "qwen_vl_utils", maxPixels: 300_000, orientation: "stored" },
    },
    { origin: "DocReward", read: { at: "token", token } },
  );
}

function baseReward(): RewardRecord {
  return onePass(
    {
      kind: "mlp",
      layers: [{ name: "reward_head.0", activation: "silu" }, { name: "reward_head.2" }],
    },
    {},
    { origin: "BaseReward" },
  );
}

/** Its steps are ended by a line break, which is tokenised by itself. */
function skyworkPrm(): RewardRecord {
  return onePass(
    { kind: "mlp", layers: [{ name: "v_head.summary" }] },
    { pieces: ["<|endoftext|>{question}\n", { each: "steps", after: "\n" }] },
    {
      origin: "Skywork-o1-Open-PRM",
      read: { at: "separators" },
      output: { ...RAW_OUTPUT, kind: "sigmoid", aggregate: "min" },
    },
  );
}

const PUBLISHED: readonly Published[] = [
  { name: "HPSv3", names: /hpsv3(?!\+)/i, record: hpsv3 },
  { name: "EditReward", names: /editreward/i, record: editReward },
  { name: "Qwen3-VL-Reranker", names: /qwen3-vl-reranker/i, record: qwen3VlReranker },
  { name: "Qwen3-Reranker", names: /qwen3-reranker/i, record: qwen3Reranker },
  { name: "DocReward", names: /docreward/i, record: docReward },
  { name: "BaseReward", names: /basereward/i, record: baseReward },
  { name: "Skywork-o1-Open-PRM", names: /skywork-o1-open-prm/i, record: skyworkPrm },
];

/** Names of models whose records are built in. */
export const publishedNames: readonly string[] = PUBLISHED.map(({ name }) => name);

/**
 * Returns the record of the model of that name.
 * @throws InputError if none is built in
 */
export function namedRecord(name: string, modelType = ""): RewardRecord {
  const found = PUBLISHED.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (found) return found.record(modelType, () => undefined);
  throw new InputError({
    where: "reward",
    what: "no record of that name is built in",
    got: name,
    expected: publishedNames.join(", "),
    todo: "Give the content of a reward.json instead",
  });
}

/**
 * Returns the record of a folder that has a published model's name, or its tensors; undefined if it
 * has neither.
 * @param name how the folder is called: `org/name@revision`, an address
 */
export function publishedRecord(
  name: string,
  modelType: string,
  shapeOf: ShapeOf,
): RewardRecord | undefined {
  const found = PUBLISHED.find(({ names }) => names.test(name));
  // A classifier that was converted for another engine has a head of its own.
  if (found && shapeOf("score.weight") === undefined) return found.record(modelType, shapeOf);
  if (shapeOf("rm_heads.head_1.5.weight")) return editReward(modelType);
  return shapeOf("rm_head.5.weight")?.[0] === 2 && modelType === "qwen2_vl" ? hpsv3() : undefined;
}
