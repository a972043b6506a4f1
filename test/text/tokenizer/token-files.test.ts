/**
 * The added and special tokens of a folder's files. Expected: what transformers 5.23's
 * AutoTokenizer made of the same folders (special_tokens_map, get_added_vocab, encode).
 */
import { describe, expect, test } from "vitest";
import { WeightsError } from "../../../src/errors.ts";
import { loadTextProcessor, readTextFiles } from "../../../src/text/text-processor.ts";
import type { AddedToken } from "../../../src/text/tokenizer/token-files.ts";
import type { Conversation } from "../../../src/types.ts";
import { goldenFiles, memorySource } from "../support.ts";

type Json = Record<string, unknown>;

/** The text files of a golden model, with the objects in two of them changed. */
function changed(
  model: string,
  changes: { config?: (json: Json) => void; tokenizer?: (json: Json) => void; files?: Json },
): Record<string, string> {
  const files = goldenFiles(`models/${model}`);
  const change = (name: string, of: ((json: Json) => void) | undefined): void => {
    const json: Json = JSON.parse(files[name] ?? "{}");
    of?.(json);
    files[name] = JSON.stringify(json);
  };
  change("tokenizer_config.json", changes.config);
  change("tokenizer.json", changes.tokenizer);
  for (const [name, json] of Object.entries(changes.files ?? {}))
    files[name] = JSON.stringify(json);
  return files;
}

async function read(files: Record<string, string>) {
  const { tokenizer, specialTokens } = await readTextFiles(memorySource(files), {});
  const added = tokenizer["added_tokens"] as readonly AddedToken[];
  return { specialTokens, added, idOf: (text: string) => find(added, text)?.id };
}

function find(added: readonly AddedToken[], text: string): AddedToken | undefined {
  return added.find(({ content }) => content === text);
}

const plain = {
  lstrip: false,
  normalized: false,
  rstrip: false,
  single_word: false,
  special: true,
};
const eot = { content: "<|eot|>", ...plain };
const decoder = (json: Json): Json => json["added_tokens_decoder"] as Json;

describe("added tokens", () => {
  test("tokens: one in tokenizer_config.json only → added, and a template may write it", async () => {
    const files = changed("qwen3", {
      config: (json) => {
        decoder(json)["1024"] = eot;
        json["eos_token"] = "<|eot|>";
      },
    });
    files["chat_template.jinja"] =
      "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}{{ eos_token }}\n{% endfor %}";
    expect((await read(files)).idOf("<|eot|>")).toBe(1024);
    const talk: Conversation = [
      { role: "user", content: "What is 3 plus 4?" },
      { role: "assistant", content: "3 plus 4 is <|eot|> 7." },
    ];
    const { ids } = (await loadTextProcessor(memorySource(files), undefined, null)).encode(
      talk,
      [],
    );
    expect(ids.filter((id) => id === 1024)).toHaveLength(2);
  });

  test("tokens: added_tokens.json and names of special tokens → added at the end", async () => {
    const legacy = changed("qwen3", {
      config: (json) => delete json["added_tokens_decoder"],
      files: { "added_tokens.json": { "<|legacy|>": 1024 } },
    });
    expect((await read(legacy)).idOf("<|legacy|>")).toBe(1024);
    for (const fields of [
      { eos_token: "<|new|>" },
      { extra_special_tokens: ["<|new|>"] },
      { extra_special_tokens: { foo_token: "<|new|>" } },
      { my_token: "<|new|>" },
    ]) {
      const files = changed("qwen3", { config: (json) => Object.assign(json, fields) });
      expect((await read(files)).idOf("<|new|>")).toBe(1024);
    }
  });

  test("tokens: one in tokenizer.json only → added, but not by a class that takes the config's list", async () => {
    const add = (id: number) => (json: Json) =>
      (json["added_tokens"] as unknown[]).push({ id, ...eot });
    const general = changed("llama3", { tokenizer: add(1015) });
    expect((await read(general)).idOf("<|eot|>")).toBe(1015);
    const own = changed("qwen3", { tokenizer: add(1024) });
    expect((await read(own)).idOf("<|eot|>")).toBeUndefined();
  });

  test("tokens: flags in the config → they count; not of a class's own special tokens", async () => {
    const strip = (id: string) => (json: Json) => {
      (decoder(json)[id] as Json)["lstrip"] = true;
    };
    const own = await read(changed("qwen3", { config: strip("1012") }));
    expect(find(own.added, "<|im_end|>")?.lstrip).toBe(false);
    const config = (json: Json): void => {
      json["added_tokens_decoder"] = { "1014": { ...eot, content: "<|eot_id|>", lstrip: true } };
    };
    const general = await read(changed("llama3", { config }));
    expect(find(general.added, "<|eot_id|>")?.lstrip).toBe(true);
  });

  test.each([
    ["a second id", { "1030": { ...eot, content: "<|im_end|>" } }],
    ["an id with a hole before it", { "5000": eot }],
  ])("tokens: %s → WeightsError that names the token", async (_, tokens) => {
    const files = changed("qwen3", { config: (json) => Object.assign(decoder(json), tokens) });
    const reading = read(files);
    await expect(reading).rejects.toThrow(WeightsError);
    await expect(reading).rejects.toThrow(/added token|two tokens have the id/);
  });

  test("tokens: one that no template writes and is not special → a token wherever it is spelled", async () => {
    const config = (json: Json): void => {
      decoder(json)["1024"] = { ...eot, content: "<tool>", special: false };
    };
    const processor = await loadTextProcessor(memorySource(changed("qwen3", { config })));
    const { ids } = processor.encode(
      [
        { role: "user", content: "a<tool>b<|im_end|>" },
        { role: "assistant", content: "x" },
      ],
      [],
    );
    expect([...ids].slice(-28)).toEqual(
      [
        291, 13, 1012, 198, 1011, 84, 635, 198, 64, 1024, 65, 27, 91, 72, 76, 62, 627, 91, 29, 1012,
        198, 1011, 351, 342, 268, 64, 291, 198, 87, 1012, 198,
      ].slice(-28),
    );
  });
});

describe("special tokens", () => {
  test.each([
    [
      "absent, of a class that has one",
      "qwen3",
      (json: Json) => delete json["eos_token"],
      "<|endoftext|>",
    ],
    ["null", "qwen3", (json: Json) => (json["eos_token"] = null), undefined],
    [
      "absent, of a class that has none",
      "llama3",
      (json: Json) => delete json["eos_token"],
      undefined,
    ],
    ["an object", "qwen3", (json: Json) => (json["eos_token"] = eot), "<|eot|>"],
  ])("tokens: eos_token %s → as transformers", async (_, model, config, expected) => {
    const { specialTokens } = await read(changed(model, { config }));
    expect(specialTokens["eos_token"]).toBe(expected);
  });

  test("tokens: special_tokens_map.json → read only without added_tokens_decoder", async () => {
    const files = { "special_tokens_map.json": { eos_token: "<|endoftext|>", bos_token: eot } };
    const newer = await read(changed("qwen3", { files }));
    expect(newer.specialTokens["eos_token"]).toBe("<|im_end|>");
    const config = (json: Json): boolean => delete json["added_tokens_decoder"];
    const older = await read(changed("qwen3", { config, files }));
    expect(older.specialTokens).toMatchObject({ eos_token: "<|endoftext|>", bos_token: "<|eot|>" });
  });
});
