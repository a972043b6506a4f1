// Tested by: test/text/tokenizer/tokenizer.test.ts
/**
 * From a run of text to words: the normalizer and the pre-tokenizer of a tokenizer.json.
 *
 * The expressions are Oniguruma's; @huggingface/tokenizers rewrites them for JavaScript (`\s` of
 * Unicode, ASCII case folding, classes in classes), and `expression/` runs them: the browser's own
 * engine takes exponential time for some. The byte-level step that must come last is left to
 * `tokenizer.ts`.
 */
import { DigitsPreTokenizer, SplitPreTokenizer } from "@huggingface/tokenizers";
import { UnsupportedError, WeightsError } from "../../errors.ts";
import { isObject } from "../../base/json.ts";
import { createSplitter, ExpressionFault } from "./expression/matcher.ts";

/** GPT-2's expression, which a ByteLevel step with `use_regex` applies itself. */
const GPT2_WORDS =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const FORMS: readonly unknown[] = ["NFC", "NFD", "NFKC", "NFKD"];

/** Published tokenizers have up to 5 steps, and expressions of up to 500 characters. */
const MAX_STEPS = 64;
const MAX_EXPRESSION = 10_000;

/**
 * Returns the function that a tokenizer.json's `normalizer` describes.
 * @throws UnsupportedError if it is more than Unicode normal forms
 */
export function createNormalizer(config: unknown): (text: string) => string {
  if (config === null || config === undefined) return (text) => text;
  if (isObject(config)) {
    const { type } = config;
    if (FORMS.includes(type)) return (text) => text.normalize(String(type));
    const listed = config["normalizers"];
    // A sequence in a sequence says nothing that one cannot, and could go too deep.
    if (type === "Sequence" && Array.isArray(listed) && !listed.some(isSequence)) {
      if (listed.length > MAX_STEPS) throw tooMany("normalizer", listed.length);
      const steps = listed.map(createNormalizer);
      return (text) => steps.reduce((normal, step) => step(normal), text);
    }
  }
  throw unsupported("normalizer", config, "NFC, NFD, NFKC, NFKD or none");
}

function isSequence(config: unknown): boolean {
  return isObject(config) && config["type"] === "Sequence";
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
  if (listed.length > MAX_STEPS) throw tooMany("pre_tokenizer", listed.length);
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

/** @throws WeightsError for a text that is not an expression, or takes too many steps */
function createSplit(expression: string): WordSplitter {
  try {
    if (expression.length > MAX_EXPRESSION) {
      throw new ExpressionFault(`more than ${MAX_EXPRESSION} characters`);
    }
    const { pattern } = new SplitPreTokenizer({
      type: "Split",
      pattern: { Regex: expression },
      behavior: "Isolated",
      invert: false,
    });
    if (pattern === null) throw new ExpressionFault("nothing");
    const split = createSplitter(pattern);
    return (text) => {
      try {
        return split(text);
      } catch (cause) {
        throw expressionFault(expression, cause);
      }
    };
  } catch (cause) {
    throw expressionFault(expression, cause);
  }
}

function expressionFault(expression: string, cause: unknown): unknown {
  const where = "tokenizer.json, pre_tokenizer";
  const got = JSON.stringify(expression.slice(0, 80));
  if (cause instanceof ExpressionFault) {
    const what = `this expression is not supported: it has ${cause.message}`;
    return new UnsupportedError({
      where,
      what,
      got,
      expected: "one of a published tokenizer",
      cause,
    });
  }
  if (!(cause instanceof SyntaxError)) return cause;
  return new WeightsError({
    where,
    what: `not a regular expression (${cause.message.slice(0, 200)})`,
    got,
    todo: "Use the tokenizer.json that the model was published with",
    cause,
  });
}

function tooMany(field: string, got: number): UnsupportedError {
  return new UnsupportedError({
    where: `tokenizer.json, ${field}`,
    what: "it has too many steps",
    got,
    expected: `${MAX_STEPS} at most`,
  });
}

function unsupported(field: string, got: unknown, wanted: string): UnsupportedError {
  return new UnsupportedError({
    where: `tokenizer.json, ${field}`,
    what: "this kind of tokenizer is not supported",
    got: shown(got),
    expected: wanted,
  });
}

/** Returns a value for messages; one that is nested too deep has no JSON. */
function shown(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? "nothing").slice(0, 200);
  } catch {
    return "a value nested too deep";
  }
}
