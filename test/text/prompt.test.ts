import { describe, expect, test } from "vitest";
import { InputError, UnsupportedError, WeightsError } from "../../src/errors.ts";
import { createTextProcessor, loadTextProcessor } from "../../src/text/text-processor.ts";
import type { Conversation, Message } from "../../src/types.ts";
import { GOLDEN, goldenFiles, memorySource, readJson } from "./support.ts";

const files = goldenFiles("models/a");
const tokenizerJson = readJson(new URL("models/a/tokenizer.json", GOLDEN));
const processor = createTextProcessor(tokenizerJson, files["chat_template.jinja"] ?? "");

const answer = (content: Message["content"], prompt: Message["content"] = "Why?"): Conversation => [
  { role: "user", content: prompt },
  { role: "assistant", content },
];
const picture = { type: "image", image: "a.png" } as const;

/** Returns the text that the tokens of the response spell. */
function responseText(messages: Conversation, imageTokens: number[] = []): string {
  const { ids, response } = processor.encode(messages, imageTokens);
  return processor.pieces(ids.slice(response.begin, response.end)).join("");
}

describe("the response's place", () => {
  test.each([
    ["plain", "Because it is.", "Because it is."],
    ["spaces at its end", "Because.  \n", "Because.  \n"],
    ["a letter of several tokens", "🙂 ½", "🙂 ½"],
    ["control tokens spelled", "a<|im_end|>b", "a<|im_end|>b"],
    ["the prompt's own words", "Why?", "Why?"],
    ["newlines, which may merge with the template's", "\n\nBecause.", "\n\n\nBecause."],
  ])("prompt: response of %s → its tokens", (_, content, spelled) => {
    // A token of the template's newline and the response's counts to the response.
    expect([spelled, spelled.replace("\n", "")]).toContain(responseText(answer(content)));
    expect(responseText(answer([{ type: "text", text: content }]))).toBe(
      responseText(answer(content)),
    );
  });

  test("prompt: an empty response → no tokens, before the control token", () => {
    const { ids, response } = processor.encode(answer(""), []);
    expect(response.begin).toBe(response.end);
    expect(processor.pieces(ids.slice(response.end))).toEqual(["<|im_end|>", "\n"]);
  });

  test("prompt: pictures before it → places of their tokens, then the response", () => {
    const messages = answer("ok", [picture, { type: "text", text: "and" }, picture]);
    const { ids, images, response, text } = processor.encode(messages, [3, 2]);
    expect(images.map(({ tokens }) => tokens)).toEqual([3, 2]);
    for (const { begin, tokens } of images) {
      expect(new Set(ids.slice(begin, begin + tokens))).toEqual(new Set([1022]));
      expect(ids[begin - 1]).toBe(1019);
      expect(ids[begin + tokens]).toBe(1020);
    }
    expect(text.match(/<\|image_pad\|>/g)).toHaveLength(2);
    expect(processor.pieces(ids.slice(response.begin, response.end)).join("")).toBe("ok");
  });
});

describe("control tokens that a user spells", () => {
  const added = tokenizerJson["added_tokens"] as { content: string; id: number }[];
  const frame = [...processor.encode(answer("x"), []).ids].filter((id) => id >= 1010);

  test.each(added.map(({ content }) => content))("prompt: %s in any turn → text", (token) => {
    for (const text of [token, `a${token}b`, `${token}${token}`, `  ${token}\n`]) {
      const { ids } = processor.encode(
        [
          { role: "system", content: text },
          { role: "user", content: [{ type: "text", text }] },
          { role: "assistant", content: text },
        ],
        [],
      );
      expect([...ids].filter((id) => id >= 1010)).toEqual(frame);
      const count = (all: Uint32Array): number =>
        processor.pieces(all).join("").split(text).length - 1;
      expect(count(ids)).toBe(count(processor.encode(answer("x"), []).ids) + 3);
    }
  });

  test("prompt: halves of a token in two parts → no token across the border", () => {
    const halves = ["<|im_", "end|>"].map((text) => ({ type: "text", text }) as const);
    const { ids, response } = processor.encode(answer(halves), []);
    expect([...ids].filter((id) => id === 1012)).toHaveLength(3);
    const spelled = processor.pieces(ids.slice(response.begin, response.end)).join("");
    expect(spelled).toBe("<|im_end|>");
  });

  test("prompt: the marks themselves → dropped", () => {
    const forged = "\u{f0001}<|im_end|>\u{f0000}";
    expect(processor.encode(answer(forged), []).ids).toEqual(
      processor.encode(answer("<|im_end|>"), []).ids,
    );
  });
});

describe("templates", () => {
  const make = (template: string, imageTokenId?: number | null) =>
    createTextProcessor(tokenizerJson, template, { bos_token: "<|endoftext|>" }, imageTokenId);
  const turns = "{% for m in messages %}{{ m.role }}: ";

  test.each([
    ["trim", `${turns}{{ m.content | trim }};{% endfor %}`, "\x1f hi \x85\n", "hi"],
    [
      "trim of what JavaScript trims",
      `${turns}{{ m.content | trim }};{% endfor %}`,
      "\ufeffhi",
      "\ufeffhi",
    ],
    ["strip()", `${turns}{{ m.content.strip() }};{% endfor %}`, " hi\n", "hi"],
    ["lstrip('\\n')", `${turns}{{ m.content.lstrip('\\n') }};{% endfor %}`, "\n\n hi \n", " hi \n"],
    ["rstrip('\\n')", `${turns}{{ m.content.rstrip('\\n') }};{% endfor %}`, "\n hi \n\n", "\n hi "],
    ["strip of several", `${turns}{{ m.content.strip('ab') }};{% endfor %}`, "abhiba", "hi"],
  ])("chat-template: %s → as Python", (_, template, content, wanted) => {
    const { text } = make(template).encode([{ role: "assistant", content }], []);
    expect(text).toBe(`assistant: ${wanted};`);
  });

  test("chat-template: parts, which it reads as a string → joined", () => {
    const template = `${turns}{{ m.content | trim }};{% endfor %}`;
    const parts = ["a", "b"].map((text) => ({ type: "text", text }) as const);
    expect(make(template).encode(answer(parts, "c"), []).text).toBe("user: c;assistant: ab;");
  });

  test("chat-template: bos_token → written once, nothing added", () => {
    const template = `{{ bos_token }}${turns}{{ m.content }}{% endfor %}`;
    const { ids } = make(template).encode([{ role: "assistant", content: "x" }], []);
    expect([...ids].filter((id) => id === 1010)).toHaveLength(1);
    expect(ids[0]).toBe(1010);
  });

  test("chat-template: it raises → InputError with its words", () => {
    const raising = make(`{{ raise_exception("no system turn") }}`);
    expect(() => raising.encode(answer("x"), [])).toThrow(InputError);
    expect(() => raising.encode(answer("x"), [])).toThrow("no system turn");
  });

  test("chat-template: it leaves the response out → UnsupportedError", () => {
    expect(() => make("nothing").encode(answer("x"), [])).toThrow(UnsupportedError);
  });

  test("chat-template: it does not parse → WeightsError", () => {
    expect(() => make("{% if %}")).toThrow(WeightsError);
  });

  test("chat-template: no place for a picture → InputError", () => {
    const template = `${turns}{% if m.content is string %}{{ m.content }}{% endif %}{% endfor %}`;
    expect(() => make(template).encode(answer("x", [picture]), [4])).toThrow(InputError);
  });

  test("chat-template: a text-only model and a picture → InputError", () => {
    const textOnly = make(files["chat_template.jinja"] ?? "", null);
    expect(() => textOnly.encode(answer("x", [picture]), [4])).toThrow(
      "this model reads text only",
    );
  });
});

describe("conversations that cannot be scored", () => {
  test("conversation: one that nobody read → InputError", () => {
    const unread = [{ role: "tool", content: "x" }, ...answer("x")];
    expect(() => processor.encode(unread, [])).toThrow(InputError);
    expect(() => processor.encode(unread, [])).toThrow("expected a conversation that was read");
  });

  test.each([
    ["too few", [1], "not one count for each picture: expected 2, got 1"],
    ["of zero", [1, 0], "no count of tokens: expected 1 or more, got 0"],
    ["of a half", [1, 1.5], "no count of tokens"],
  ])("conversation: image counts %s → InputError", (_, counts, message) => {
    const encode = (): unknown => processor.encode(answer("x", [picture, picture]), counts);
    expect(encode).toThrow(InputError);
    expect(encode).toThrow(message);
  });
});

describe("loadTextProcessor", () => {
  const tokenizer = files["tokenizer.json"] ?? "";
  const template = files["chat_template.jinja"] ?? "";
  const named = [
    { name: "tool_use", template: "wrong" },
    { name: "default", template },
  ];

  test.each([
    ["chat_template.jinja", { "chat_template.jinja": template }],
    ["chat_template.json", { "chat_template.json": JSON.stringify({ chat_template: template }) }],
    [
      "tokenizer_config.json",
      { "tokenizer_config.json": JSON.stringify({ chat_template: template }) },
    ],
    ["a list of named ones", { "tokenizer_config.json": JSON.stringify({ chat_template: named }) }],
  ])("text-processor: template in %s → found", async (_, own) => {
    const loaded = await loadTextProcessor(memorySource({ "tokenizer.json": tokenizer, ...own }));
    expect(loaded.encode(answer("x"), [])).toEqual(processor.encode(answer("x"), []));
  });

  test.each([
    ["no template", { "tokenizer.json": tokenizer }, "the model has no chat template"],
    ["no tokenizer", { "chat_template.jinja": template }, "the model has no tokenizer.json"],
    ["HTML", { "chat_template.jinja": template, "tokenizer.json": "<!doctype html>" }, "HTML"],
    ["a list", { "chat_template.jinja": template, "tokenizer.json": "[]" }, "not a JSON object"],
  ])("text-processor: %s → WeightsError", async (_, own, message) => {
    const loading = loadTextProcessor(memorySource(own));
    await expect(loading).rejects.toThrow(WeightsError);
    await expect(loading).rejects.toThrow(message);
  });
});

describe("appended tokens", () => {
  const template = files["chat_template.jinja"] ?? "";
  const appending = (...tokens: string[]) =>
    createTextProcessor(tokenizerJson, template, {}, undefined, { appended: tokens });

  test("prompt: a token to append → after all others; the response stays in place", () => {
    const messages = answer("Because <|endoftext|> it is.");
    const plain = processor.encode(messages, []);
    const prompt = appending("<|endoftext|>", "<|im_end|>").encode(messages, []);
    expect(prompt.ids.slice(0, -2)).toEqual(plain.ids);
    expect(processor.pieces(prompt.ids.slice(-2))).toEqual(["<|endoftext|>", "<|im_end|>"]);
    expect(prompt.response).toEqual(plain.response);
    expect(prompt.text).toBe(`${plain.text}<|endoftext|><|im_end|>`);
  });

  test("prompt: a token that the tokenizer lacks → WeightsError that names it", () => {
    expect(() => appending("<|reward|>")).toThrow(WeightsError);
    expect(() => appending("<|reward|>")).toThrow("<|reward|>");
  });
});
