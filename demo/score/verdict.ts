/**
 * The verdict: responses best first, their scores as bars on one axis, margins and probabilities
 * between neighbours, and under each response the tokens that its score came from.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { styleMap } from "lit/directives/style-map.js";
import { rankValues } from "../../src/preference/ranking.ts";
import type { RankedPlace } from "../../src/preference/ranking.ts";
import { percent, signed, tick } from "../base/format.ts";
import { axisOf, letter, percentOn } from "../base/axis.ts";
import type { Axis } from "../base/axis.ts";
import type { Page } from "../base/page.ts";
import type { Verdict } from "./state.ts";
import { pairTable } from "./pair-table.ts";
import { tokenTables } from "./token-tables.ts";
import { tokenStrip } from "./token-strip.ts";

export function verdictView(verdict: Verdict, page: Page): TemplateResult {
  const places = rankValues(verdict.scores.map(({ value }) => value));
  const axis = axisOf(places.map(({ value }) => value));
  return html`
    <div class="verdict" id="verdict">
      <h2>${headline(places)}</h2>
      ${axisTicks(axis)}
      <ol class="places">
        ${repeat(
          places,
          ({ index }) => verdict.draft.responses[index]?.key ?? index,
          (place, at) => placeView(place, places[at + 1], axis, verdict, page),
        )}
      </ol>
      ${legend()} ${pairTable(places)} ${tokenTables(places, verdict.scores)}
    </div>
  `;
}

function headline([best, next]: readonly RankedPlace[]): TemplateResult | typeof nothing {
  if (best?.probabilityOverNext === undefined || next === undefined) {
    return nothing;
  }
  const names = html`<b>${letter(best.index)}</b>`;
  return next.place === best.place
    ? html`${names} and <b>${letter(next.index)}</b> are a tie`
    : html`${names} is best: ${percent(best.probabilityOverNext)} likely to be preferred to
        <b>${letter(next.index)}</b>`;
}

function axisTicks(axis: Axis): TemplateResult {
  return html`
    <div class="axis" aria-hidden="true">
      ${axis.ticks.map(
        (at) =>
          html`<span style=${styleMap({ left: `${percentOn(axis, at)}%` })}>${tick(at)}</span>`,
      )}
    </div>
  `;
}

function placeView(
  place: RankedPlace,
  next: RankedPlace | undefined,
  axis: Axis,
  { draft, scores }: Verdict,
  page: Page,
): TemplateResult {
  const { index, value } = place;
  const name = letter(index);
  const score = scores[index];
  return html`
    <li class="place" data-best=${place.place === 1 ? "" : nothing} data-response=${name}>
      <div class="place-head">
        <span class="letter" aria-hidden="true">${name}</span>
        <p class="response">
          <span class="visually-hidden">Response ${name}:</span>
          <span class="response-text" dir="auto">${draft.responses[index]?.text}</span>
        </p>
        <p class="score numbers"><span class="visually-hidden">Score</span> ${signed(value)}</p>
      </div>
      ${bar(axis, value)} ${score === undefined ? nothing : tokenStrip(page, index, score.steps)}
      ${next === undefined ? nothing : showGap(place, next)}
    </li>
  `;
}

function bar(axis: Axis, value: number): TemplateResult {
  const zero = percentOn(axis, 0);
  const end = percentOn(axis, value);
  const span = { left: `${Math.min(zero, end)}%`, width: `${Math.abs(end - zero)}%` };
  return html`
    <div class="bar-track" aria-hidden="true">
      ${axis.ticks.map(
        (at) =>
          html`<i
            class=${at === 0 ? "zero" : "grid"}
            style=${styleMap({ left: `${percentOn(axis, at)}%` })}
          ></i>`,
      )}
      <div class=${value < 0 ? "bar negative" : "bar"} style=${styleMap(span)}></div>
    </div>
  `;
}

/** Returns what is shown between a response and the next one. */
function showGap(above: RankedPlace, next: RankedPlace): TemplateResult | typeof nothing {
  const { marginToNext: margin, probabilityOverNext: chance } = above;
  if (margin === undefined || chance === undefined) {
    return nothing;
  }
  const [better, worse] = [letter(above.index), letter(next.index)];
  const words =
    above.place === next.place
      ? html`${better} and ${worse} are a tie`
      : html`<b>${signed(margin)}</b> over ${worse} · P(${better} better than ${worse}) =
          <b>${percent(chance)}</b>`;
  return html`<p class="gap numbers">${words}</p>`;
}

function legend(): TemplateResult {
  return html`
    <details class="legend">
      <summary>How to read this</summary>
      <p>
        Scores have no unit and no fixed zero: only differences between responses to the same prompt
        mean something. The chance that people prefer A to B is σ(score A − score B) = 1 / (1 +
        e<sup>−difference</sup>).
      </p>
      <p>
        Under each response are its tokens. The model gives a value after each one;
        <span class="token" data-direction="up" data-strength="4">blue, with a line above</span>
        raised it,
        <span class="token" data-direction="down" data-strength="4">orange, with a line below</span>
        lowered it. Only the value after the last token, the end of the turn, was trained to be the
        score; the ones before it show where the model changed its mind, and swing more.
      </p>
    </details>
  `;
}
