/** The strip under a pair: how far, how fast, how far the model and oneself agree. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { preferenceProbability, isTie } from "../../../src/preference/ranking.ts";
import { sessionNumbers, sideOf } from "../../../src/label/session.ts";
import type { Agreement } from "../../../src/label/statistics.ts";
import { count, percent, plain, share } from "../../base/format.ts";
import type { Page } from "../../base/page.ts";
import { engine } from "../../engine/state.ts";
import { progressWords } from "./pair.ts";
import { goOnReading, stopReading } from "../reading.ts";
import { labelling, type OpenSession } from "../state.ts";
import { say } from "../words.ts";

export function numbersView(page: Page, session: OpenSession): TemplateResult {
  const words = say();
  const numbers = sessionNumbers(session, marginsOf(session));
  const { perMinute } = numbers;
  const rate = perMinute === undefined ? "" : ` · ${words.rate(plain(perMinute))}`;
  const saved = session.isKept ? words.saved : words.unsaved;
  return html`
    <section class="card label-numbers" aria-label=${words.numbersTitle}>
      <div>
        <p class="hint">${words.numbersTitle}</p>
        <p class="numbers" id="label-progress"><b>${progressWords(session)}</b></p>
        <p class="hint numbers">${rate.replace(" · ", "")}${rate === "" ? "" : " · "}${saved}</p>
        <progress
          aria-label=${words.numbersTitle}
          max=${Math.max(1, session.pairs.length)}
          .value=${new Set(session.plan.slice(0, session.votes.length).map(({ pair }) => pair)).size}
        ></progress>
      </div>
      <div id="label-agreement">
        <p class="hint">${words.withModel}</p>
        ${agreement(numbers.model)}
        <p class="hint">${words.withModelHint}</p>
      </div>
      <div id="label-self">
        <p class="hint">${words.withSelf}</p>
        ${agreement(numbers.self)}
        <p class="hint">${words.withSelfHint}</p>
      </div>
      <div id="label-last">
        <p class="hint">${words.lastTitle}</p>
        <p>${lastWords(page, session)}</p>
        <p class="hint">${words.orderText(count(session.record.seed))}</p>
      </div>
      ${session.isKept ? nothing : html`<p class="note" id="label-unsaved">${words.notKept}</p>`}
      ${readingWords(page, session)}
    </section>
  `;
}

/** Returns the model's margins of a over b; undefined for pairs that it has not read. */
export function marginsOf({ pairs, reading }: OpenSession): (number | undefined)[] {
  return pairs.map((_, i) => {
    const scores = reading?.scores[i]?.scores;
    return scores && scores[0] - scores[1];
  });
}

function agreement(one: Agreement | undefined): TemplateResult {
  const words = say();
  if (one === undefined || one.count === 0) return html`<p class="numbers">${words.noneYet}</p>`;
  const { equal, count: all, interval, kappa } = one;
  const shown = Number.isNaN(kappa) ? "–" : plain(kappa);
  return html`
    <p class="numbers"><b>${words.agreement(count(equal), count(all))}</b></p>
    <p class="hint numbers">${words.interval(share(interval.low), share(interval.high), shown)}</p>
  `;
}

/** What the model says of the last pair: never of the one that is shown. */
function lastWords(page: Page, { last, reading }: OpenSession): string {
  const words = say();
  if (!page.get(labelling).showsModel) return words.lastHidden;
  if (last === undefined) return words.lastNone;
  const scores = reading?.scores[last.task.pair]?.scores;
  if (scores === undefined) return words.lastUnread;
  const [a, b] = scores;
  if (isTie(a, b)) return words.lastTie;
  const { state } = page.get(engine);
  const temperature = state.kind === "ready" ? state.model.calibration?.temperature : undefined;
  const chance = preferenceProbability(Math.max(a, b), Math.min(a, b), temperature ?? 1);
  return words.lastModel(words.sides[sideOf(a > b ? "a" : "b", last.task)], percent(chance));
}

function readingWords(page: Page, session: OpenSession): TemplateResult {
  const words = say();
  const { running, isReadingOff } = page.get(labelling);
  const { reading, pairs } = session;
  const done = pairs.filter((_, i) => reading?.scores[i] !== undefined).length;
  const failed = reading?.failed.size ?? 0;
  const isReady = page.get(engine).state.kind === "ready";
  const numbers = [count(done), count(pairs.length)] as const;
  const isLeft = done + failed < pairs.length;
  return html`
    <div class="label-reading" id="label-reading" data-done=${done} data-failed=${failed}>
      <p class="hint">
        ${!isReady ? words.noModel : isReadingOff ? words.readingStopped(...numbers) : words.reading(...numbers)}
        ${failed === 0 ? nothing : words.failedPairs(count(failed))}
      </p>
      ${
        running !== undefined && isLeft
          ? html`<button type="button" class="link" @click=${() => stopReading(page)}>
              ${words.stopReading}
            </button>`
          : nothing
      }
      ${
        isReadingOff && isReady && isLeft
          ? html`<button type="button" class="link" @click=${() => goOnReading(page)}>
              ${words.goOnReading}
            </button>`
          : nothing
      }
    </div>
  `;
}
