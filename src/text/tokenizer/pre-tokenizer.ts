// Tested by: test/text/tokenizer/tokenizer.test.ts
/**
 * From a run of text to words: the normalizer and the pre-tokenizer of a tokenizer.json.
 *
 * The expressions are Oniguruma's; @huggingface/tokenizers rewrites them for JavaScript (`\s` of
 * Unicode, ASCII case folding, classes in classes). The byte-level step that must come last is left
 * to `tokenizer.ts`.
 */
import { DigitsPreTokenizer, SplitPreTokenizer } from "@huggingface/tokenizers";
import { UnsupportedError } from "../../errors.ts";
import { isObject } from "../../base/json.ts";

/** GPT-2's expression, which a ByteLevel step with `use_regex` applies itself. */
const GPT2_WORDS =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const FORMS: readonly unknown[] = ["NFC", "NFD", "NFKC", "NFKD"];

/**
 * Returns the function that a tokenizer.json's `normalizer` describes.
 * @throws UnsupportedError if it is more than Unicode normal forms
 */
export function createNormalizer(config: unknown): (text: string) => string {
  if (config === null || config === undefined) return (text) => text;
  if (isObject(config)) {
    const { type } = config;
    if (FORMS.includes(type)) return (text) => text.normalize(String(type));
    if (type === "Sequence" && Array.isArray(config["normalizers"])) {
      const steps = config["normalizers"].map(createNormalizer);
      return (text) => steps.reduce((normal, step) => step(normal), text);
    }
  }
  throw unsupported("normalizer", config, "NFC, NFD, NFKC, NFKD or none");
}

/** Splits a run into words. Joined, they are the run without what a Split removes. */
export type WordSplitter = (text: string) => readonly string[];

/**
 * Returns the function that a tokenizer.json's `pre_tokenizer` describes, up to its closing
 * ByteLevel step.
 * @throws UnsupportedError if it does not end in ByteLevel, or holds other steps than Split and
 *   Digits
 */
export function createWordSplitter(config: unknown): WordSplitter {
  const inSequence = isObject(config) && config["type"] === "Sequence" && config["pretokenizers"];
  const listed: readonly unknown[] = Array.isArray(inSequence) ? inSequence : [config];
  const last = listed.at(-1);
  if (!isObject(last) || last["type"] !== "ByteLevel" || last["add_prefix_space"] === true) {
    throw unsupported("pre_tokenizer", last, "ByteLevel without a prefix space as its last step");
  }
  const steps = listed.slice(0, -1).map(createStep);
  // The field is true if it is left out: tokenizers' default.
  if (last["use_regex"] !== false) steps.push(createSplit(GPT2_WORDS));
  return (text) =>
    steps.reduce<readonly string[]>((words, step) => words.flatMap((word) => step(word)), [text]);
}

function createStep(step: unknown): WordSplitter {
  if (isObject(step)) {
    if (step["type"] === "Digits") {
      const digits = new DigitsPreTokenizer({
        type: "Digits",
        individual_digits: step["individual_digits"] === true,
      });
      return (text) => digits.pre_tokenize_text(text);
    }
    const { pattern } = step;
    const isolated = step["behavior"] === "Isolated" && step["invert"] !== true;
    if (step["type"] === "Split" && isolated && isObject(pattern)) {
      if (typeof pattern["Regex"] === "string") return createSplit(pattern["Regex"]);
    }
  }
  throw unsupported("pre_tokenizer", step, "Split (Regex, Isolated), Digits and ByteLevel");
}

function createSplit(expression: string): WordSplitter {
  const split = new SplitPreTokenizer({
    type: "Split",
    pattern: { Regex: expression },
    behavior: "Isolated",
    invert: false,
  });
  return (text) => split.pre_tokenize_text(text);
}

function unsupported(field: string, got: unknown, wanted: string): UnsupportedError {
  return new UnsupportedError({
    where: `tokenizer.json, ${field}`,
    what: "this kind of tokenizer is not supported",
    got: (JSON.stringify(got) ?? "nothing").slice(0, 200),
    expected: wanted,
  });
}
