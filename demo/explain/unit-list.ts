/** What happens without each sentence, clause or word. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Explanation, TextUnit } from "../../src/explain/types.ts";
import { count, signed } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { withTexts } from "../base/quoted.ts";
import { explainWords } from "../language/explain.ts";
import { effectBar } from "./effect-bar.ts";
import { pairOf, placeOf, textUnits } from "./pair.ts";
import { flipSentence, plainAmount } from "./sentences.ts";
import { changeWhy } from "./state.ts";
import type { Candidate, Subject, Why } from "./state.ts";

/** Units that are shown before "show all". */
const SHOWN = 8;
/** Characters of a unit that are shown. */
const LONGEST = 120;

export function unitList(
  page: Page,
  subject: Subject,
  why: Why,
  found: Explanation,
): TemplateResult | typeof nothing {
  const units = textUnits(found);
  if (units.length === 0) return nothing;
  const say = explainWords();
  const pair = pairOf(subject, why.other);
  const [first, second] = pair;
  const largest = Math.max(...units.map(({ effect }) => Math.abs(effect)));
  const shown = why.showsAll ? units : units.slice(0, SHOWN);
  const flip = flipSentence(found);
  const removed = (found.counterfactual?.removed ?? []).map(({ text }) => say.quoted(text));
  return html`
    <div class="why-units">
      <h3>${say.unitsTitle}</h3>
      <p class="hint">
        ${second === undefined ? say.unitsHintAlone : say.unitsHint(first?.name ?? "")}
      </p>
      <ul class="why-effects">
        ${shown.map((unit) => unitRow(unit, pair, largest))}
      </ul>
      ${
        units.length > shown.length
          ? html`<button
              type="button"
              class="link"
              @click=${() => changeWhy(page, why.key, { showsAll: true })}
            >
              ${say.showAll(count(units.length))}
            </button>`
          : nothing
      }
      ${flip === undefined ? nothing : html`<p>${withTexts(flip, removed)}</p>`}
    </div>
  `;
}

function unitRow(unit: TextUnit, pair: readonly Candidate[], largest: number): TemplateResult {
  const say = explainWords();
  const { text, effect, standardError } = unit;
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const quoted = say.quoted(short);
  const value =
    standardError > 0 ? say.plusMinus(signed(effect), plainAmount(standardError)) : signed(effect);
  return html`
    <li>
      <span>${withTexts(say.leftOut(quoted, placeOf(unit, pair)), [quoted])}</span>
      ${effectBar(effect, largest)}
      <span class="numbers">${value}</span>
    </li>
  `;
}
