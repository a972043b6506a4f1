/**
 * Chat templates, dates and added tokens against Python: what `test/golden/oracle/odd_templates.py`
 * generated, all of it. Covers src/text/jinja, src/text/template/control-tokens.ts and
 * src/text/tokenizer/token-files.ts.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { TemplateFault } from "../../../src/text/jinja/fault.ts";
import { strftime } from "../../../src/text/jinja/strftime.ts";
import { compileTemplate } from "../../../src/text/jinja/template.ts";
import { createControlTokens } from "../../../src/text/template/control-tokens.ts";
import type { AddedToken } from "../../../src/text/tokenizer/token-files.ts";
import { createTokenizer } from "../../../src/text/tokenizer/tokenizer.ts";
import { GOLDEN, readJson } from "../support.ts";

interface Odd {
  readonly conversations: readonly unknown[];
  readonly tokens: Readonly<Record<string, string>>;
  /** Template, number of the conversation, text or the error's name. */
  readonly templates: readonly (readonly [string, number, string | { readonly error: string }])[];
  readonly formats: readonly string[];
  readonly dates: readonly (readonly [readonly number[], readonly string[]])[];
  readonly added: readonly (readonly [
    readonly AddedToken[],
    readonly (readonly [string, readonly number[]])[],
  ])[];
}

const odd: Odd = JSON.parse(
  gunzipSync(readFileSync(new URL("odd-templates.json.gz", GOLDEN))).toString(),
);

/** How many of each hundred templates may be refused by name. */
const REFUSED_PERCENT = 1;

function rendered(template: string, conversation: number): string | TemplateFault {
  const messages = odd.conversations[conversation];
  const chat = { messages, tools: null, documents: null, add_generation_prompt: false };
  try {
    return compileTemplate(template).render({ ...chat, ...odd.tokens });
  } catch (fault) {
    if (fault instanceof TemplateFault) return fault;
    throw fault;
  }
}

test("jinja: 4,000 generated templates → Python's text, its error, or a refusal by name", () => {
  const different: unknown[] = [];
  const refused = new Map<string, number>();
  for (const [template, conversation, expected] of odd.templates) {
    const got = rendered(template, conversation);
    const isRefused = got instanceof TemplateFault && got.kind === "unsupported";
    if (isRefused) refused.set(got.message, (refused.get(got.message) ?? 0) + 1);
    else if (typeof expected === "string" ? got !== expected : typeof got === "string") {
      different.push({ template, conversation, expected, got: String(got) });
    }
  }
  expect(odd.templates.length).toBeGreaterThanOrEqual(4000);
  expect(different).toEqual([]);
  const count = [...refused.values()].reduce((a, b) => a + b, 0);
  expect(count, JSON.stringify([...refused])).toBeLessThan(
    (odd.templates.length * REFUSED_PERCENT) / 100,
  );
});

test("strftime: all directives and flags of C at 20 dates → Python's text", () => {
  const different: unknown[] = [];
  for (const [[year = 0, month = 0, ...rest], texts] of odd.dates) {
    const [day = 0, hour = 0, minute = 0, second = 0] = rest;
    const date = new Date(year, month - 1, day, hour, minute, second);
    odd.formats.forEach((format, i) => {
      const got = strftime(format, date);
      if (got !== texts[i]) different.push({ format, date, expected: texts[i], got });
    });
  }
  expect(odd.dates.length * odd.formats.length).toBeGreaterThan(6000);
  expect(different).toEqual([]);
});

test.each(["%Q", "%", "%Ea", "%q stays", "%:z"])("strftime: %s → refused by name", (format) => {
  expect(() => strftime(format, new Date(0))).toThrow(/directive .* of strftime_now/);
});

test("added tokens: 250 tokenizers with odd tokens, 8 texts each → the ids of tokenizers", () => {
  const json = readJson(new URL("tokenizer/tokenizer.json", GOLDEN));
  const listed = json["added_tokens"] as readonly AddedToken[];
  const different: unknown[] = [];
  let texts = 0;
  for (const [added, cases] of odd.added) {
    const changed = new Set(added.map(({ content }) => content));
    const kept = listed.filter(({ content }) => !changed.has(content));
    const all = [...kept, ...added].toSorted((a, b) => a.id - b.id);
    const tokenizer = createTokenizer({ ...json, added_tokens: all });
    const { addedTokens, normalise } = tokenizer;
    const control = createControlTokens(addedTokens, "", normalise);
    for (const [text, expected] of cases) {
      texts += 1;
      const ids = control
        .segments(text)
        .flatMap(({ begin, end, id }) => id ?? tokenizer.encode(text.slice(begin, end)));
      if (ids.join() !== expected.join()) different.push({ added, text, expected, ids });
    }
  }
  expect(texts).toBe(2000);
  expect(different).toEqual([]);
});
