/**
 * The verdict: a sentence, all scores on one axis, and a row for each response, best first. A row
 * opens to what its score came from.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { styleMap } from "lit/directives/style-map.js";
import { rankValues } from "../../src/preference/ranking.ts";
import type { RankedPlace } from "../../src/preference/ranking.ts";
import { percent, plain, signed, count } from "../base/format.ts";
import { axisAround, letter, percentOn } from "../base/axis.ts";
import type { Axis } from "../base/axis.ts";
import type { Page } from "../base/page.ts";
import { languageOf } from "../../src/base/text-language.ts";
import { whyButton, whyPanel } from "../explain/open.ts";
import { whyOf } from "../explain/state.ts";
import type { Subject } from "../explain/state.ts";
import { words } from "../language/language.ts";
import { groupsOf, sentenceOf } from "./groups.ts";
import { outsideOf } from "./state.ts";
import type { Verdict } from "./state.ts";
import { solutionTable } from "./solution-table.ts";
import { strip } from "./strip.ts";
import { pairTable } from "./pair-table.ts";

/** The axis spans this many temperatures at least: a clear gap (95 %) is three of them. */
const LEAST_SPAN = 8;

/**
 * @param subjectOf returns a row as the panel explains it
 * @param foot what stands under the rows: how the result is taken away
 * @param working takes the place of the headline while the next scores are computed: nothing moves
 */
export function verdictView(
  verdict: Verdict,
  page: Page,
  subjectOf: (index: number) => Subject,
  foot: TemplateResult | typeof nothing,
  working?: TemplateResult,
): TemplateResult {
  const temperature = verdict.judge?.calibration?.temperature ?? 1;
  const places = rankValues(
    verdict.scores.map(({ value }) => value),
    temperature,
  );
  const isOutside = outsideOf(verdict) !== undefined;
  const axis = axisAround(
    places.map(({ value }) => value),
    LEAST_SPAN * temperature,
  );
  // Without an opinion there is no order: the responses stand as they were given.
  const rows = isOutside ? places.toSorted((a, b) => a.index - b.index) : places;
  return html`
    <div class="verdict" id="verdict" ?data-outside=${isOutside}>
      <div class="headline">
        <div class="said" ?data-hidden=${working !== undefined}>
          <h2 id="sentence" tabindex="-1">${headline(verdict, places, temperature)}</h2>
          <p class="facts numbers" id="chances">${facts(verdict, places, temperature)}</p>
        </div>
        ${working ?? nothing}
      </div>
      ${strip(axis, groupsOf(places, temperature), !isOutside && places.length > 1)}
      <ol class="places">
        ${repeat(
          rows,
          ({ index }) => verdict.draft.responses[index]?.key ?? index,
          (place) => placeView(place, places, axis, verdict, page, subjectOf(place.index)),
        )}
      </ol>
      ${foot} ${isOutside ? nothing : pairTable(places, temperature)}
    </div>
  `;
}

function headline(verdict: Verdict, places: readonly RankedPlace[], temperature: number): string {
  const [best] = places;
  if (outsideOf(verdict) !== undefined) return words().score.noOpinion;
  if (best !== undefined && places.length === 1) {
    return words().score.one(letter(best.index), signed(best.value));
  }
  return sentenceOf(places, temperature);
}

/** Returns the numbers behind the sentence, and what they rest on. */
function facts(verdict: Verdict, places: readonly RankedPlace[], temperature: number): string {
  const say = words().score;
  const { calibration, ownHead } = verdict.judge ?? {};
  const outside = outsideOf(verdict);
  if (outside !== undefined) {
    const { ratio, part, pairs } = outside;
    const why = say.noOpinionWhy(part, ratio < 1000 ? plain(ratio) : undefined, count(pairs));
    return `${why} ${say.noOpinionShown}`;
  }
  const basis =
    calibration === undefined
      ? say.uncalibrated
      : say.calibrated(plain(temperature), count(calibration.pairs));
  const [only] = verdict.scores;
  if (places.length === 1) {
    const share = only?.reading?.percentile;
    return share === undefined ? say.oneAlone : say.percentile(percent(share));
  }
  const chances = groupsOf(places, temperature)
    .map((group, at, all) => gapWords(group, all[at + 1]))
    .flat();
  const head = ownHead === undefined ? [] : [words().engine.ownHead(ownHead)];
  return [...chances.slice(0, 2), basis, ...head].join(" · ");
}

/**
 * Returns the chance of the first over the second in a group, and of its last over the next one.
 */
function gapWords(
  group: readonly RankedPlace[],
  next: readonly RankedPlace[] | undefined,
): string[] {
  const [best, second] = group;
  const pairs = [
    [best, second],
    [group.at(-1), next?.[0]],
  ];
  return pairs.flatMap(([above, below]) => {
    const chance = above?.probabilityOverNext;
    return above === undefined || below === undefined || chance === undefined
      ? []
      : [words().score.chance(letter(above.index), letter(below.index), percent(chance))];
  });
}

function placeView(
  place: RankedPlace,
  places: readonly RankedPlace[],
  axis: Axis,
  verdict: Verdict,
  page: Page,
  subject: Subject,
): TemplateResult {
  const { index, value } = place;
  const [best] = places;
  const say = words().score;
  const name = letter(index);
  const text = verdict.draft.responses[index]?.text ?? "";
  const isOutside = outsideOf(verdict) !== undefined;
  const solution = verdict.scores[index]?.solution;
  const isOpen = whyOf(page, subject) !== undefined;
  const isBest = place.place === 1 && !isOutside && places.length > 1;
  const isTied = places.some((other) => other !== place && other.place === place.place);
  const behind =
    best === undefined || isOutside || places.length === 1
      ? nothing
      : place.place === 1
        ? isTied
          ? say.tied
          : nothing
        : say.behind(signed(value - best.value), letter(best.index));
  return html`
    <li class="place" ?data-best=${isBest} ?data-open=${isOpen} data-response=${name}>
      <div class="place-head">
        <span class="letter" aria-hidden="true">${name}</span>
        <p class="response">
          <span class="visually-hidden">${say.rowLabel(name)}</span>
          <span class="response-text" dir="auto" lang=${languageOf(text) ?? nothing}>${text}</span>
        </p>
        ${track(axis, value, isOutside ? undefined : best?.value)}
        <div class="place-figures numbers">
          <p class="score"><span class="visually-hidden">${say.value}</span> ${signed(value)}</p>
          <p class="behind">${behind}</p>
        </div>
        ${whyButton(page, subject)}
      </div>
      ${solution === undefined ? nothing : solutionTable(solution)} ${whyPanel(page, subject)}
    </li>
  `;
}

/**
 * Draws a score and its distance to the best one, on an axis. Not from zero: it means nothing.
 * @param best undefined where the order means nothing
 */
export function track(axis: Axis, value: number, best: number | undefined): TemplateResult {
  const end = percentOn(axis, value);
  const from = best === undefined ? end : percentOn(axis, best);
  const span = { left: `${Math.min(from, end)}%`, width: `${Math.abs(end - from)}%` };
  return html`
    <div class="track" aria-hidden="true">
      <i class="bar" style=${styleMap(span)}></i>
      <i class="mark" style=${styleMap({ left: `${end}%` })}></i>
    </div>
  `;
}
