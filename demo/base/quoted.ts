// Tested by: test/demo/heard.browser.test.ts
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { languageOf } from "../../src/base/text-language.ts";

/**
 * Shows a sentence with texts in it that are not the page's own: each in its own direction, and in
 * the voice of its own language.
 * @param texts as they stand in the sentence, quotation marks included; each once
 */
export function withTexts(sentence: string, texts: readonly string[]): (TemplateResult | string)[] {
  const places = texts
    .map((text) => ({ text, from: sentence.indexOf(text) }))
    .filter(({ text, from }) => text !== "" && from >= 0)
    .toSorted((a, b) => a.from - b.from);
  const parts: (TemplateResult | string)[] = [];
  let done = 0;
  for (const { text, from } of places) {
    if (from < done) continue;
    parts.push(sentence.slice(done, from));
    parts.push(html`<bdi lang=${languageOf(text) ?? nothing}>${text}</bdi>`);
    done = from + text.length;
  }
  return [...parts, sentence.slice(done)];
}
