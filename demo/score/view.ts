/** Score: the question on the left, the judgement on the right. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { letter } from "../base/axis.ts";
import type { Page, View } from "../base/page.ts";
import { languageOf } from "../../src/base/text-language.ts";
import { picturesOf, questionPictures } from "../draft/context.ts";
import { takePictures } from "../draft/edit-context.ts";
import { takePicture } from "../draft/edit.ts";
import { printedQuestion } from "../draft/printed.ts";
import { drafting } from "../draft/state.ts";
import { engineFault, faultCard } from "../engine/fault-card.ts";
import { enginePanel } from "../engine/panel.ts";
import { engine, isInUse, judgeTitle } from "../engine/state.ts";
import { closeWhy } from "../explain/close.ts";
import { words } from "../language/language.ts";
import { score, scoreAgain, showFirstExample, showSamples } from "./actions.ts";
import { draftForm } from "./form.ts";
import type { Verdict } from "../verdict/state.ts";
import { verdictView } from "../verdict/verdict.ts";
import { savers } from "./savers.ts";
import { isStale, scores } from "./state.ts";
import { subjectOf } from "./subject.ts";
import "./score.css";

export const scoreView: View = {
  ...scores,
  title: () => words().frame.views.score,
  drop: () => words().score.drop,
  accepts: ["picture"],
  view,
  reset(page) {
    // The verdict stays: it says which model gave it.
    closeWhy(page);
    page.change(drafting, { fault: undefined });
  },
  take(page, { files }) {
    const pictures = files.filter(({ type }) => type.startsWith("image/"));
    const isMore = questionPictures(page.get(drafting).draft).length > 1;
    if (pictures.length > 1 || (isMore && pictures.length === 1)) takePictures(page, pictures);
    else takePicture(page, files);
  },
  shown(page) {
    const { draft, cleared, removed } = page.get(drafting);
    const { verdict } = page.get(scores);
    const drafts = [draft, cleared, removed?.draft, verdict?.draft];
    return drafts
      .flatMap((one) => (one === undefined ? [] : picturesOf(one)))
      .map(({ url }) => url);
  },
  prepare: showFirstExample,
  begin: (page) => void showSamples(page),
  again: scoreAgain,
};

function view(page: Page): TemplateResult {
  const say = words().score;
  return html`
    <h1 class="visually-hidden" id="view-title" tabindex="-1">${say.title}</h1>
    <div class="columns">
      <section class="question" aria-label=${say.question}>${draftForm(page)}</section>
      <section
        class="answer"
        id="answer"
        aria-label=${say.scores}
        aria-busy=${page.get(scores).scoring !== undefined}
      >
        ${judgement(page)}
      </section>
    </div>
  `;
}

function judgement(page: Page): TemplateResult {
  const { fault } = page.get(engine);
  const { verdict, scoring } = page.get(scores);
  const { fault: draftFault } = page.get(drafting);
  const isFailed = fault !== undefined || draftFault !== undefined;
  return html`
    ${engineFault(page)} ${draftFault === undefined ? nothing : faultCard(page, draftFault)}
    ${verdict === undefined ? (isFailed ? nothing : waiting(page)) : judged(page)}
  `;

  function judged(of: Page): TemplateResult {
    return html`
      ${enginePanel(of)} ${scoring === undefined ? staleNote(of) : nothing}
      ${
        verdict === undefined
          ? nothing
          : html`${printedQuestion(verdict.draft, judgeOfVerdict(verdict))}
            ${verdictView(
              verdict,
              of,
              (index) => subjectOf(of, verdict, index),
              savers(of, verdict),
              scoring === undefined ? undefined : scoringPanel(of),
            )}`
      }
    `;
  }
}

function judgeOfVerdict({ judge }: Verdict): string {
  return judge === undefined ? words().frame.chip.none : judgeTitle(judge.name, judge.ownHead);
}

/** Says so if the verdict is of an earlier text, or of another model than the one in use. */
function staleNote(page: Page): TemplateResult | typeof nothing {
  const say = words().score;
  const judge = page.get(scores).verdict?.judge;
  const isOthers = judge !== undefined && !isInUse(page, judge);
  if (!isOthers && !isStale(page)) return nothing;
  return html`
    <p class="stale">
      ${isOthers ? say.judgedBy(judgeTitle(judge.name, judge.ownHead)) : say.stale}
      <button type="button" class="link" @click=${() => void score(page)}>${say.scoreAgain}</button>
    </p>
  `;
}

function scoringPanel(page: Page): TemplateResult {
  const { done, total } = page.get(scores).scoring ?? { done: 0, total: 0 };
  return html`
    <div class="panel" id="scoring">
      <p class="panel-title">${words().score.scoring(total)}</p>
      <progress aria-label=${words().score.score} max=${total} .value=${done}></progress>
      <p class="hint numbers">${words().units.of(String(done), String(total))}</p>
    </div>
  `;
}

/** Shows the responses in their rows before there are scores, so that nothing moves later. */
function waiting(page: Page): TemplateResult {
  const { state } = page.get(engine);
  const { scoring } = page.get(scores);
  const { responses } = page.get(drafting).draft;
  const say = words().score;
  const isComing = scoring !== undefined || state.kind === "loading" || state.kind === "idle";
  const panel =
    state.kind === "ready" && scoring !== undefined ? scoringPanel(page) : enginePanel(page);
  return html`
    <div class="verdict waiting">
      <div class="headline">
        ${
          isComing || state.kind === "paused"
            ? panel
            : html`<div class="said">
                <p class="empty-title">${say.empty}</p>
                <p class="facts">${say.emptyHow}</p>
              </div>`
        }
      </div>
      <div class="strip" aria-hidden="true"></div>
      <div class="axis" aria-hidden="true"></div>
      <ol class="places" aria-hidden="true">
        ${responses.map(
          ({ text }, at) => html`
            <li class="place waiting-row">
              <div class="place-head">
                <span class="letter">${letter(at)}</span>
                <p class="response">
                  <span class="response-text" dir="auto" lang=${languageOf(text) ?? nothing}
                    >${text}</span
                  >
                </p>
                <div class="track"></div>
                <div class="place-figures">
                  <p class="score">–</p>
                  <p class="behind"></p>
                </div>
                <span class="why-button"></span>
              </div>
            </li>
          `,
        )}
      </ol>
      <div class="savers buttons"></div>
    </div>
  `;
}
