/**
 * Which chat template counts, and what it may say of itself. The order is transformers 5.23's,
 * tried with its AutoProcessor and AutoTokenizer. Covers template-files.ts and chat-template.ts.
 */
import { describe, expect, test } from "vitest";
import { InputError, UnsupportedError, WeightsError } from "../../../src/errors.ts";
import { createChatTemplate } from "../../../src/text/template/chat-template.ts";
import { chooseTemplate } from "../../../src/text/template/template-files.ts";
import { loadTextProcessor, readTextFiles } from "../../../src/text/text-processor.ts";
import type { Conversation } from "../../../src/types.ts";
import { goldenFiles, memorySource } from "../support.ts";

const json = (value: unknown): string => JSON.stringify(value);
const tokenizer = goldenFiles("models/qwen3")["tokenizer.json"] ?? "";

async function chosen(
  files: Readonly<Record<string, string>>,
  hasPictures: boolean,
  name?: string,
): Promise<string> {
  const source = memorySource({ "tokenizer.json": tokenizer, ...files });
  const { templates } = await readTextFiles(source, { chatTemplate: name });
  return chooseTemplate(templates, hasPictures, name);
}

const all = {
  "processor_config.json": json({ chat_template: "processor" }),
  "chat_template.json": json({ chat_template: "legacy" }),
  "chat_template.jinja": "jinja",
  "tokenizer_config.json": json({ chat_template: "config" }),
};

describe("which file counts", () => {
  test.each([
    ["processor_config.json", true, all, "processor"],
    ["chat_template.json", true, { ...all, "processor_config.json": "{}" }, "legacy"],
    ["chat_template.jinja", false, all, "jinja"],
  ])("template: all files, %s for pictures %s", async (_, hasPictures, files, expected) => {
    expect(await chosen(files, hasPictures)).toBe(expected);
  });

  test("template: a text model → tokenizer_config.json before chat_template.json", async () => {
    const { "chat_template.jinja": _, ...files } = all;
    expect(await chosen(files, false)).toBe("config");
  });

  test("template: one of additional_chat_templates → by its name only", async () => {
    const files = { ...all, "additional_chat_templates/rag.jinja": "rag" };
    expect(await chosen(files, false)).toBe("jinja");
    expect(await chosen(files, false, "rag")).toBe("rag");
    expect(await chosen(files, false, "default")).toBe("jinja");
  });
});

describe("named templates", () => {
  const named = json({
    chat_template: [
      { name: "tool_use", template: "tools" },
      { name: "reward", template: "judge" },
    ],
  });
  const files = { "tokenizer_config.json": named };

  test("template: a list without default → WeightsError with the names", async () => {
    const choosing = chosen(files, false);
    await expect(choosing).rejects.toThrow(WeightsError);
    await expect(choosing).rejects.toThrow('"tool_use", "reward"');
  });

  test("template: chosen by name; an unknown name → InputError with the names", async () => {
    expect(await chosen(files, false, "reward")).toBe("judge");
    await expect(chosen(files, false, "other")).rejects.toThrow(InputError);
    await expect(chosen(files, false, "../../x")).rejects.toThrow('"tool_use", "reward"');
  });
});

const talk: Conversation = [
  { role: "user", content: "Hello?\r\nA second line." },
  { role: "assistant", content: "Hi." },
];

test.each(["qwen3", "qwen3-wide", "a"])(
  "template: %s with CRLF or CR, in any file → the same tokens",
  async (model) => {
    const files = goldenFiles(`models/${model}`);
    const template = files["chat_template.jinja"] ?? "";
    const expected = (await loadTextProcessor(memorySource(files))).encode(talk, []);
    expect(expected.text).toContain("Hello?\r\nA second line.");
    const { "chat_template.jinja": _, ...rest } = files;
    for (const end of ["\r\n", "\r"]) {
      const odd = template.replaceAll("\n", end);
      for (const own of [
        { "chat_template.jinja": odd },
        { "chat_template.json": json({ chat_template: odd }) },
        { "tokenizer_config.json": json({ chat_template: odd }) },
        { "processor_config.json": json({ chat_template: odd }) },
      ]) {
        const source = memorySource({ ...rest, "tokenizer_config.json": "{}", ...own });
        const hasPictures = "processor_config.json" in own;
        const processor = await loadTextProcessor(source, undefined, hasPictures ? 1022 : null);
        expect(processor.encode(talk, []).text).toBe(expected.text);
      }
    }
  },
);

describe("what a template does", () => {
  const render = (template: string): string => createChatTemplate(template, {})([]);

  test.each([
    ["{{ raise_exception('no such role') }}", InputError, "it refuses this conversation: no such"],
    ["{{ missing.field }}", WeightsError, "'missing' is undefined"],
    ["{% if %}", WeightsError, "cannot be parsed"],
    ["{{ ''.x() }}", WeightsError, "it fails"],
    ["{{ 'a' + 1 }}", WeightsError, "unsupported operand"],
    ["{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", WeightsError, "maximum recursion depth"],
    ["{{ range(200000000) }}", WeightsError, "Range too big"],
    [
      "{% set ns = namespace(s='x') %}{% for i in range(40) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
      WeightsError,
      "more than 16777216 characters",
    ],
    [
      "{% for a in range(3000) %}{% for b in range(3000) %}{% for c in range(3000) %}" +
        "{% endfor %}{% endfor %}{% endfor %}",
      WeightsError,
      "steps",
    ],
    ["{{ ''.__class__ }}", undefined, ""],
    ["{{ messages.append(1) }}", WeightsError, "unsafe"],
    ["{% include 'x' %}", UnsupportedError, "the tag {% include %}"],
    ["{{ 'a' | urlize }}", UnsupportedError, "the filter urlize"],
    ["{{ strftime_now('%Q') }}", UnsupportedError, "%Q"],
    ["{{ lipsum() }}", UnsupportedError, "lipsum"],
  ])("template: %s → %s", (template, kind, message) => {
    if (kind === undefined) return expect(render(template)).toBe(message);
    expect(() => render(template)).toThrow(kind);
    expect(() => render(template)).toThrow(message);
  });

  test("template: generation tags, named macros, loop controls → as transformers renders", () => {
    const template =
      "{% for m in messages %}{% if loop.index > 2 %}{% break %}{% endif %}" +
      "{% generation %}{{ m.content }}{% endgeneration %}|{% endfor %}";
    const messages = ["a", "b", "c"].map((content) => ({ role: "user", content }));
    expect(createChatTemplate(template, {})(messages)).toBe("a|b|");
  });
});

test("template: it rewrites the response → one warning", async () => {
  const { createTextProcessor } = await import("../../../src/text/text-processor.ts");
  const warned = (template: string, text: string): string[] => {
    const warnings: string[] = [];
    const processor = createTextProcessor(JSON.parse(tokenizer), template, {}, null, {
      onWarning: (warning) => warnings.push(warning),
    });
    for (let i = 0; i < 2; i++) {
      processor.encode(
        [
          { role: "user", content: "Is it?" },
          { role: "assistant", content: text },
        ],
        [],
      );
    }
    return warnings;
  };
  const swap = "{% for m in messages %}{{ m.content | replace('Yes', 'No') }}{% endfor %}";
  expect(warned(swap, "Yes.")).toEqual([expect.stringContaining("does not write the response")]);
  expect(warned(swap, "Maybe.")).toEqual([]);
  const trim = "{% for m in messages %}{{ m.content | trim }}\n{% endfor %}";
  expect(warned(trim, "  Yes.\n\n")).toEqual([]);
  const think = "{% for m in messages %}{{ m.content.split('</think>')[-1] }}{% endfor %}";
  expect(warned(think, "<think>hm</think>Yes.")).toHaveLength(1);
});
