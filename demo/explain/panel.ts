/**
 * The panel: who is ahead and what differs, the picture, what happens without a part, whether that
 * is true, a text to try, and last the values of single tokens, which are not reasons.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Page } from "../base/page.ts";
import { valueOf } from "../base/form.ts";
import { count, signed } from "../base/format.ts";
import { engine } from "../engine/state.ts";
import { explainWords } from "../language/explain.ts";
import { words } from "../language/language.ts";
import { begin, copyText, explain, stopExplaining } from "./actions.ts";
import { closeWhy } from "./close.ts";
import { contrastView } from "./contrast.ts";
import { pictureView } from "./picture-grid.ts";
import { costSentence, explanationText, leadSentence, truthSentence } from "./sentences.ts";
import type { Subject, Why } from "./state.ts";
import { tokenStrip } from "./token-strip.ts";
import { tokenTable } from "./token-tables.ts";
import { unitList } from "./unit-list.ts";
import { whatIfView } from "./what-if.ts";
import "./explain.css";

export { begin };

/** Returns the panel of a row. */
export function panelView(page: Page, subject: Subject, why: Why): TemplateResult {
  const say = explainWords();
  const { found, isRunning, upTo, fault } = why;
  const isWhole = found !== undefined && found.progress === 1 && !isRunning;
  const phase = isRunning ? "running" : isWhole ? "done" : found === undefined ? "empty" : "part";
  return html`
    <section
      class="why"
      id="why"
      aria-label=${say.panel}
      aria-busy=${isRunning}
      data-phase=${phase}
      data-up-to=${upTo}
      @keydown=${(event: KeyboardEvent) => leave(event, page, isRunning)}
    >
      <div class="why-head">
        <p class="why-lead" id="why-lead">${leadSentence(subject, why.other)}</p>
        ${otherField(page, subject, why)}
      </div>
      ${fault === undefined ? nothing : html`<p class="why-fault" role="alert">${say.failed(fault)}</p>`}
      ${found === undefined ? nothing : contrastView(subject, why, found)}
      ${found === undefined ? nothing : bodyView(page, subject, why)} ${runView(page, subject, why)}
      ${whatIfView(page, subject, why)} ${tokens(page, subject, why)}
      ${
        found === undefined
          ? nothing
          : html`<div class="buttons">
              <button
                type="button"
                id="why-copy"
                @click=${() => void copyText(page, why, explanationText(subject, why))}
              >
                ${why.isCopied ? say.copied : say.copy}
              </button>
            </div>`
      }
    </section>
  `;
}

/** Escape stops what runs, and closes the panel if nothing does. */
function leave(event: KeyboardEvent, page: Page, isRunning: boolean): void {
  if (event.key !== "Escape") return;
  event.stopPropagation();
  if (isRunning) {
    stopExplaining(page);
    return;
  }
  const row = (event.currentTarget as HTMLElement).parentElement;
  closeWhy(page);
  row?.querySelector<HTMLElement>(".why-button")?.focus();
}

/** Lets a person choose the response that the row is compared with. */
function otherField(page: Page, subject: Subject, why: Why): TemplateResult | typeof nothing {
  const { candidates, index } = subject;
  if (candidates.length < 3) return nothing;
  const say = explainWords();
  return html`
    <label class="why-other">
      ${say.otherLabel}
      <select
        id="why-other"
        @change=${(event: Event) => begin(page, subject, Number(valueOf(event)))}
      >
        ${candidates.map(({ name, value }, i) =>
          i === index
            ? nothing
            : html`<option value=${i} ?selected=${i === why.other}>
                ${say.otherOption(name, signed(value))}
              </option>`,
        )}
      </select>
    </label>
  `;
}

function bodyView(page: Page, subject: Subject, why: Why): TemplateResult | typeof nothing {
  const { found } = why;
  if (found === undefined || found.progress <= 2 / 8) return nothing;
  return html`
    <div class="why-body">
      ${pictureView(page, subject, why, found)} ${unitList(page, subject, why, found)}
    </div>
    ${truthView(why)}
  `;
}

function truthView({ found, isRunning }: Why): TemplateResult | typeof nothing {
  if (found === undefined || (isRunning && found.truth.verdict === "not tested")) return nothing;
  const { verdict } = found.truth;
  const level =
    verdict === "no better than chance" ? "chance" : verdict === "not tested" ? "" : "ok";
  return html`<p class="why-truth" id="why-truth" data-level=${level}>
    <b>${explainWords().truthTitle}</b> ${truthSentence(found)}
  </p>`;
}

/** Tells the cost before, the progress meanwhile, and what can be done after. */
function runView(page: Page, subject: Subject, why: Why): TemplateResult {
  const say = explainWords();
  const { found, isRunning, cost, upTo } = why;
  const isReady = page.get(engine).state.kind === "ready";
  if (isRunning) {
    return html`<div class="why-run">
      <progress aria-label=${say.progress} max="1" .value=${why.progress}></progress>
      <p class="hint numbers">${say.working(count(why.scores))}</p>
      <button type="button" class="quiet" id="why-stop" @click=${() => stopExplaining(page)}>
        ${say.stop}
      </button>
    </div>`;
  }
  const run = (refine: boolean): void =>
    void explain(page, subject, why, isReady && found !== undefined ? "all" : "contrast", refine);
  const costs = cost === undefined ? nothing : costSentence(cost);
  const [told, label, isRefining] =
    found === undefined
      ? [isReady ? nothing : say.noModel, say.start, false]
      : found.stopped === "budget"
        ? [`${say.budget} ${say.refineHow}`, say.refine, true]
        : found.progress === 1
          ? [say.refineHow, say.refine, true]
          : [upTo === "contrast" ? costs : html`${say.stopped} ${costs}`, say.goOn, false];
  return html`<div class="why-run">
    <p class="hint numbers" id="why-cost">${told}</p>
    <button
      type="button"
      id=${isRefining ? "why-refine" : "why-go"}
      @click=${() => run(isRefining)}
    >
      ${label}
    </button>
  </div>`;
}

function tokens(page: Page, subject: Subject, why: Why): TemplateResult | typeof nothing {
  if (why.steps.length === 0) return nothing;
  const say = words().score;
  const name = subject.candidates[subject.index]?.name ?? "";
  return html`
    <details class="by-token">
      <summary>${say.tokensTitle}</summary>
      <p class="hint">${say.tokensWarning}</p>
      ${tokenStrip(page, why, name)}
      <details>
        <summary>${say.tokenTables}</summary>
        ${tokenTable(name, why.steps)}
      </details>
    </details>
  `;
}
