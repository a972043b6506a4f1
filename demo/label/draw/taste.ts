/** The last step: a head fitted to the votes, the verdict on it in words, and its use. */
import { html, nothing, svg } from "lit";
import type { TemplateResult } from "lit";
import type { Quality } from "../../../src/adapt/adapt.ts";
import type { CurvePoint } from "../../../src/adapt/curve.ts";
import { labelsOf } from "../../../src/label/session.ts";
import { count, percent, plain, share } from "../../base/format.ts";
import type { Page } from "../../base/page.ts";
import { engine } from "../../engine/state.ts";
import {
  fitTaste,
  judgeByFile,
  judgeByOwn,
  judgeByPublished,
  LEAST_LABELS,
  saveHead,
} from "../taste-actions.ts";
import { labelling, type FittedTaste, type OpenSession } from "../state.ts";
import { say } from "../words.ts";

export function tasteSection(page: Page, session: OpenSession): TemplateResult {
  const words = say();
  const { isFitting, taste } = page.get(labelling);
  const { state } = page.get(engine);
  const given = labelsOf(session).filter(({ task }) => task.how !== "repeat");
  const labels = given.length;
  const read = session.reading?.scores ?? [];
  const usable = given.filter(({ task }) => read[task.pair] !== undefined).length;
  const isOwn = state.kind === "ready" && state.model.ownHead !== undefined;
  const isReady = state.kind === "ready" && !isOwn && usable > 0 && usable === labels;
  const why = labels < LEAST_LABELS ? words.needs(count(LEAST_LABELS), count(labels)) : undefined;
  const wait =
    labels === 0 || isReady ? undefined : isOwn ? words.switchFirst : words.waitsForReading;
  return html`
    <section class="card" id="label-taste" aria-labelledby="label-taste-title">
      <h2 id="label-taste-title">${words.tasteTitle}</h2>
      <p class="hint">${words.tasteHint}</p>
      ${why === undefined ? nothing : html`<p class="hint">${why}</p>`}
      ${wait === undefined ? nothing : html`<p class="hint" id="label-fit-wait">${wait}</p>`}
      <div class="buttons">
        <button
          type="button"
          class="primary"
          id="label-fit"
          ?disabled=${!isReady || isFitting}
          @click=${() => void fitTaste(page)}
        >
          ${isFitting ? words.fitting : words.fit}
        </button>
      </div>
      ${taste === undefined ? nothing : tasteResult(taste)} ${judgeChoice(page, isOwn)}
    </section>
  `;
}

function tasteResult({ fitted, file }: FittedTaste): TemplateResult {
  const words = say();
  const { accepted, gain, gainError, before, after, labels, temperature, lambda } =
    fitted.adaptation;
  const isLinearOnly = file?.name.startsWith("linear_head") === true;
  const title = accepted
    ? words.accepted
    : lambda === undefined
      ? words.temperatureOnly
      : words.refused;
  return html`
    <div id="label-fitted" data-accepted=${accepted}>
      <h3>${title}</h3>
      ${
        gain === undefined || gainError === undefined
          ? nothing
          : html`<p>${words.gain(plain(gain), plain(gainError))}</p>`
      }
      ${isLinearOnly ? html`<p class="hint">${words.linearOnly}</p>` : nothing}
      <div class="table-scroll" tabindex="0" role="group" aria-label=${words.tasteTitle}>
        <table>
          <thead>
            <tr>
              <th scope="col">${words.judge}</th>
              <th scope="col">${words.accuracy}</th>
              <th scope="col">${words.interval95}</th>
              <th scope="col">${words.logLoss}</th>
            </tr>
          </thead>
          <tbody>
            ${qualityRow(words.before, before)}
            ${qualityRow(accepted ? words.after : words.afterTemperature, after)}
          </tbody>
        </table>
      </div>
      <p class="hint numbers">
        ${words.facts(count(labels.all), count(labels.ties), plain(temperature))}
      </p>
      ${curve(fitted.curve)}
    </div>
  `;
}

function qualityRow(name: string, { accuracy, interval, logLoss }: Quality): TemplateResult {
  return html`
    <tr>
      <th scope="row">${name}</th>
      <td>${percent(accuracy)}</td>
      <td>${share(interval.low)} – ${share(interval.high)}</td>
      <td>${plain(logLoss, 3)}</td>
    </tr>
  `;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [320, 130, 44, 24];
/** The least share that the axis spans. */
const LEAST_SPAN = 0.2;
/** By how much the log-loss must fall from half of the labels to all to be worth more. */
const WORTH = 0.01;

/** Draws accuracy against the number of labels, with the spread of the splits. */
function curve(points: readonly CurvePoint[]): TemplateResult | typeof nothing {
  const [first, last] = [points.at(0), points.at(-1)];
  const half = points.at(1);
  if (first === undefined || last === undefined || half === undefined) return nothing;
  const words = say();
  const most = Math.max(...points.map(({ accuracy, accuracySpread }) => accuracy + accuracySpread));
  const least = Math.min(
    ...points.map(({ accuracy, accuracySpread }) => accuracy - accuracySpread),
  );
  const high = Math.min(1, most);
  // A small spread must not look like a large one.
  const low = Math.max(0, Math.min(least, high - LEAST_SPAN));
  const span = high - low;
  const x = (labels: number): number => LEFT + 8 + (labels / last.labels) * (WIDTH - LEFT - 24);
  const y = (accuracy: number): number => 6 + ((high - accuracy) / span) * (HEIGHT - BOTTOM - 12);
  const line = points.map(({ labels, accuracy }) => `${x(labels)},${y(accuracy)}`).join(" ");
  return html`
    <figure class="plot">
      <figcaption>${words.curveTitle} <span class="hint">${words.curveHint}</span></figcaption>
      <svg
        role="img"
        aria-label="${words.curveTitle} ${points
          .map(({ labels, accuracy }) => `${count(labels)}: ${percent(accuracy)}`)
          .join(", ")}"
        width=${WIDTH}
        height=${HEIGHT}
        viewBox="0 0 ${WIDTH} ${HEIGHT}"
        class="label-curve"
      >
        <polyline points=${line} />
        ${points.map(
          ({ labels, accuracy, accuracySpread }) =>
            svg`<line x1=${x(labels)} x2=${x(labels)} y1=${y(Math.max(low, accuracy - accuracySpread))} y2=${y(Math.min(high, accuracy + accuracySpread))} />
              <circle cx=${x(labels)} cy=${y(accuracy)} r="3.5" />
              <text x=${x(labels)} y=${HEIGHT - 6} text-anchor="middle">${count(labels)}</text>`,
        )}
        <text x=${LEFT - 4} y=${y(high) + 8} text-anchor="end">${share(high)}</text>
        <text x=${LEFT - 4} y=${y(low)} text-anchor="end">${share(low)}</text>
      </svg>
      <p class="hint">
        ${half.logLoss - last.logLoss > WORTH ? words.moreHelps : words.moreLittle}
      </p>
    </figure>
  `;
}

function judgeChoice(page: Page, isOwn: boolean): TemplateResult {
  const words = say();
  const file = page.get(labelling).taste?.file;
  const take = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const [chosen] = input.files ?? [];
    if (chosen !== undefined) judgeByFile(page, chosen);
    input.value = "";
  };
  return html`
    <p id="label-judge" data-own=${isOwn}>${isOwn ? words.ownJudges : words.publishedJudges}</p>
    <div class="buttons">
      ${
        file === undefined || isOwn
          ? nothing
          : html`<button type="button" id="label-use-own" @click=${() => judgeByOwn(page)}>
              ${words.useOwn}
            </button>`
      }
      ${
        isOwn
          ? html`<button
              type="button"
              id="label-use-published"
              @click=${() => judgeByPublished(page)}
            >
              ${words.usePublished}
            </button>`
          : nothing
      }
      ${
        file === undefined
          ? nothing
          : html`<button type="button" id="label-save-head" @click=${() => saveHead(page)}>
              ${words.saveHead}
            </button>`
      }
      <label class="button" for="label-head-file">${words.loadHead}</label>
      <input
        id="label-head-file"
        class="visually-hidden"
        type="file"
        accept=".safetensors"
        @change=${take}
      />
    </div>
  `;
}
