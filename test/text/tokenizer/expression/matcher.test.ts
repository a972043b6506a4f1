/**
 * Expressions of tokenizers: matched as JavaScript's own engine matches them, and in bounded time.
 * Covers parse.ts, program.ts and matcher.ts.
 */
import { SplitPreTokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createSplitter,
  ExpressionFault,
} from "../../../../src/text/tokenizer/expression/matcher.ts";

/** Expressions of published tokenizers, as tokenizer.json has them. */
const PUBLISHED = {
  "GPT-2": "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  "Qwen 2.5":
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  "Llama 3":
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  "GPT-4, possessive":
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
  "GPT-4o":
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  "DeepSeek, punctuation": "\\s?[!-/:-~！-／：-～‘-‟　-。]+",
  "digits in threes from the right": "\\p{N}{1,3}(?=(?:\\p{N}{3})*(?:\\P{N}|$))",
  words: "\\w+\\b|\\B.|[a-z&&[^b]]x",
};

/** Returns what `matchAll` makes of the same expression, as the library cuts it. */
function nativeSplit(pattern: RegExp, text: string): string[] {
  const pieces: string[] = [];
  let done = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    if (index > done) pieces.push(text.slice(done, index));
    if (match !== "") pieces.push(match);
    done = index + match.length;
  }
  if (done < text.length) pieces.push(text.slice(done));
  return pieces;
}

function patternOf(expression: string): RegExp {
  const config = { type: "Split", pattern: { Regex: expression }, invert: false } as const;
  const { pattern } = new SplitPreTokenizer({ ...config, behavior: "Isolated" });
  if (pattern === null) throw new Error("no pattern");
  return pattern;
}

const PIECES = [
  "a",
  "B",
  "é",
  "日本",
  "1",
  "23",
  " ",
  "\n",
  "\r\n",
  "\t",
  "'s",
  "'LL",
  "!?",
  "🙂",
  "\ud83d",
  "́",
  "\u00a0",
  "b",
  "x",
];
const texts = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 24 })
  .map((pieces) => pieces.join(""));

describe("published expressions", () => {
  test.each(Object.entries(PUBLISHED))(
    "expression: %s → the pieces of the browser's engine",
    (_, own) => {
      const pattern = patternOf(own);
      const split = createSplitter(pattern);
      fc.assert(
        fc.property(texts, (text) => {
          expect(split(text)).toEqual(nativeSplit(pattern, text));
        }),
        { numRuns: 200, seed: 22 },
      );
    },
  );
});

/** An expression, and whether it may match nothing. */
interface Made {
  readonly source: string;
  readonly isEmpty: boolean;
}

const wrapped = (open: string, isEmpty?: boolean) => (inner: Made) => ({
  source: `${open}${inner.source})`,
  isEmpty: isEmpty ?? inner.isEmpty,
});
const MARKS = ["", "", "", "?", "??", "*", "+", "*?", "{2}", "{1,2}", "{0,2}?"] as const;

/**
 * Small expressions of every construct. A body that may match nothing is not repeated: JavaScript
 * and Oniguruma differ in what becomes of such a repetition.
 */
const { expression } = fc.letrec<{ expression: Made; atom: Made }>((tie) => ({
  atom: fc.oneof(
    { maxDepth: 3 },
    fc
      .constantFrom("a", "b", "[ab]", "[^a]", "\\s", "\\u{62}", ".")
      .map((source) => ({ source, isEmpty: false })),
    fc.constantFrom("(?:)", "(?<=a)", "(?<!b)").map((source) => ({ source, isEmpty: true })),
    tie("expression").map(wrapped("(?:")),
    tie("expression").map(wrapped("(?=", true)),
    tie("expression").map(wrapped("(?!", true)),
  ),
  expression: fc
    .array(fc.tuple(tie("atom"), fc.constantFrom(...MARKS), fc.constantFrom("", "", "|")), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => {
      let [isAny, isEmpty, source] = [false, true, ""];
      for (const [atom, mark, bar] of parts) {
        source += atom.source + (atom.isEmpty ? "" : mark) + bar;
        isEmpty &&= atom.isEmpty || /^[?*]|^\{0/.test(mark);
        if (bar === "") continue;
        isAny ||= isEmpty;
        isEmpty = true;
      }
      return { source, isEmpty: isAny || isEmpty };
    }),
}));

test("expression: 1,500 made ones → the pieces of the browser's engine, or refused", () => {
  let refused = 0;
  fc.assert(
    fc.property(expression, fc.stringMatching(/^[ab \n]{0,9}$/), ({ source: own }, text) => {
      const pattern = new RegExp(own, "gu");
      let split: (text: string) => readonly string[];
      try {
        split = createSplitter(pattern);
      } catch (error) {
        expect(error).toBeInstanceOf(ExpressionFault);
        refused += 1;
        return;
      }
      expect(split(text), own).toEqual(nativeSplit(pattern, text));
    }),
    { numRuns: 1500, seed: 22 },
  );
  expect(refused).toBe(0);
});

/** Counts how often characters are looked at: the clock of this test. */
function workOf(own: string, text: string): number {
  let count = 0;
  class CountedText extends String {
    override codePointAt(at: number): number | undefined {
      count += 1;
      return super.codePointAt(at);
    }
  }
  createSplitter(new RegExp(own, "gu"))(new CountedText(text) as string);
  return count;
}

test.each([
  ["(a+)+$", "(?:a+)+(?![\\s\\S])"],
  ["(a|a)*b", "(?:a|a)*b"],
  ["(a|aa)+c", "(?:a|aa)+c"],
  ["(.*a){12}c", "(?:.*a){12}c"],
  ["(\\p{L}+\\s?)*!", "(?:\\p{L}+\\s?)*!"],
  ["a*a*a*a*a*b", "a*a*a*a*a*b"],
  ["(?=(a+)+b)", "(?=(?:a+)+b)a|a"],
  ["((a?){50})*b", "(?:(?:a?){50})*b"],
])("expression: %s on 4,000 letters → work grows with the length only", (_, own) => {
  const [short, long] = [workOf(own, "a".repeat(1000)), workOf(own, "a".repeat(4000))];
  expect(long).toBeLessThan(5 * short);
  expect(long).toBeLessThan(4000 * 1000);
});

test.each([
  ["a back reference", "(a)\\1"],
  ["a named one", "(?<x>a)\\k<x>"],
  ["a look behind of any width", "(?<=a+)b"],
  ["a repetition of millions", "(?:a{1000}){1000}"],
  ["nothing, repeated without end of steps", "(?:(?:(?:){1000}){1000}){1000}"],
  ["100 groups", `${"(?:".repeat(100)}a${")".repeat(100)}`],
])("expression: %s → ExpressionFault", (_, own) => {
  expect(() => createSplitter(new RegExp(own, "gu"))).toThrow(ExpressionFault);
});
