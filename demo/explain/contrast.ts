/** What differs between the two responses, marked in both, and what each difference does. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { at } from "../../src/base/at.ts";
import type { Explanation } from "../../src/explain/types.ts";
import { count, signed } from "../base/format.ts";
import { languageOf } from "../../src/base/text-language.ts";
import { withTexts } from "../base/quoted.ts";
import { explainWords } from "../language/explain.ts";
import { effectBar } from "./effect-bar.ts";
import { pairOf } from "./pair.ts";
import { quoteOf, swapWords } from "./sentences.ts";
import type { Subject, Why } from "./state.ts";

export function contrastView(
  subject: Subject,
  { other }: Why,
  { contrast }: Explanation,
): TemplateResult | typeof nothing {
  const pair = pairOf(subject, other);
  const [first, second] = pair;
  if (first === undefined || second === undefined) return nothing;
  const say = explainWords();
  const [only] = contrast;
  const isWhole = contrast.length === 1 && only?.a === first.text && only.b === second.text;
  const sentence =
    contrast.length === 0
      ? say.noDifference
      : isWhole
        ? say.allDiffers
        : contrast.length === 1
          ? say.oneDifference
          : say.differences(count(contrast.length));
  const largest = Math.max(...contrast.map(({ effect }) => Math.abs(effect)));
  return html`
    <div class="why-contrast" role="group" aria-label=${say.contrastTitle}>
      <p>${sentence}</p>
      ${
        isWhole
          ? nothing
          : html`
              <dl class="why-texts">
                ${pair.map(
                  ({ name, text }, side) => html`
                    <div>
                      <dt>${name}</dt>
                      <dd>
                        ${marked(
                          text,
                          contrast.map(({ spans }) => (side === 0 ? spans.a : spans.b)),
                          side === 0 ? "up" : "down",
                        )}
                      </dd>
                    </div>
                  `,
                )}
              </dl>
              <ul class="why-effects">
                ${contrast.map(
                  ({ a, b, effect }) => html`
                    <li>
                      <span>${withTexts(swapWords(a, b), quotesOf(a, b))}</span>
                      ${effectBar(effect, largest)}
                      <span class="numbers">${signed(effect)}</span>
                    </li>
                  `,
                )}
              </ul>
            `
      }
    </div>
  `;
}

/** Returns the quotes of texts that are not empty: those that are not the page's words. */
function quotesOf(...texts: string[]): string[] {
  return texts.filter((text) => text !== "").map(quoteOf);
}

/** Marks spans of a text; an empty one marks nothing. */
function marked(
  text: string,
  spans: readonly (readonly [number, number])[],
  direction: "up" | "down",
): TemplateResult {
  const ordered = spans.filter(([from, to]) => to > from).toSorted((x, y) => x[0] - y[0]);
  const parts = ordered.map(([from, to], i) => {
    const before = text.slice(i === 0 ? 0 : at(ordered, i - 1)[1], from);
    return html`${before}<mark data-direction=${direction}>${text.slice(from, to)}</mark>`;
  });
  const rest = text.slice(ordered.at(-1)?.[1] ?? 0);
  return html`<span dir="auto" lang=${languageOf(text) ?? nothing}>${parts}${rest}</span>`;
}
