/**
 * Folders as people have them, with the scores that transformers 5.23 gives: processor_config.json
 * alone, CRLF in templates, a token of tokenizer_config.json, names with a wrapper's prefix.
 */
import { afterEach, expect, test } from "vitest";
import type { Source } from "../../src/files/source.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { Conversation } from "../../src/types.ts";
import {
  changedFolder,
  changedJson,
  goldenFolder,
  storedTensors,
  tensorsFile,
} from "../../testing/checkpoint/folder-fixture.ts";
import { GOLDEN_ROOT, withPixels } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";

const LIMIT = 2e-4;

let model: RewardModel | undefined;
afterEach(() => model?.dispose());

async function scoreOf(source: Source, conversation: Conversation): Promise<[number, number]> {
  model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
  const { value, tokenIds } = await model.score(conversation);
  return [value, tokenIds.length];
}

const shapes = (file: string): Promise<Conversation> =>
  withPixels(
    [
      {
        role: "user",
        content: [
          { type: "image", image: `images/${file}` },
          { type: "text", text: "How many shapes?" },
        ],
      },
      { role: "assistant", content: "Five." },
    ],
    GOLDEN_ROOT,
  );

const text = (model_: string, file: string): string =>
  Buffer.from(goldenFolder(model_)[file] ?? "").toString();
const crlf = text("a", "chat_template.jinja").replaceAll("\n", "\r\n");

const processor = JSON.stringify({
  image_processor: {
    ...JSON.parse(text("a", "preprocessor_config.json")),
    image_processor_type: "Qwen2VLImageProcessor",
  },
});

const wrapped = tensorsFile(
  new Map([
    ...[...storedTensors("b", "model.safetensors")].map(
      ([name, tensor]) => [`pretrained_model.${name}`, tensor] as const,
    ),
    ...storedTensors("b", "value_head.safetensors"),
  ]),
);

test.each([
  [
    "processor_config.json alone, large",
    changedFolder("a", {
      "preprocessor_config.json": undefined,
      "processor_config.json": processor,
    }),
    "large.png",
    0.92469323,
    299,
  ],
  [
    "a template with CRLF, small",
    changedFolder("a", { "chat_template.jinja": crlf }),
    "small.png",
    -0.3369509,
    56,
  ],
  [
    "names with pretrained_model., small",
    changedFolder("b", { "model.safetensors": wrapped, "value_head.safetensors": undefined }),
    "small.png",
    -1.52337992,
    undefined,
  ],
])("folder: %s → the reference's score", async (_, source, file, expected, count) => {
  const [score, tokens] = await scoreOf(source, await shapes(file));
  expect(Math.abs(score - expected)).toBeLessThanOrEqual(LIMIT * Math.max(1, Math.abs(expected)));
  if (count !== undefined) expect(tokens).toBe(count);
});

test("folder: a token of tokenizer_config.json only → the reference's score", async () => {
  const config = changedJson("qwen3", "tokenizer_config.json", (json) => {
    const decoder = json["added_tokens_decoder"] as Record<string, unknown>;
    decoder["1024"] = { content: "<|eot|>", special: true, normalized: false };
    json["eos_token"] = "<|eot|>";
  });
  const source = changedFolder("qwen3", {
    "tokenizer_config.json": config,
    "chat_template.jinja":
      "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}{{ eos_token }}\n{% endfor %}",
  });
  const [score, tokens] = await scoreOf(source, [
    { role: "user", content: "What is 3 plus 4?" },
    { role: "assistant", content: "3 plus 4 is 7." },
  ]);
  expect(Math.abs(score - -0.36013106)).toBeLessThanOrEqual(LIMIT);
  expect(tokens).toBe(39);
});
