/** Best of N: up to 64 responses to one prompt, in order, with margins, ties and chances. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { rankValues } from "../../src/preference/ranking.ts";
import type { RankedPlace } from "../../src/preference/ranking.ts";
import { axisOf } from "../base/axis.ts";
import { saveFile } from "../base/download.ts";
import { describe, fieldFault, shortcut, shortcutHint, submit, valueOf } from "../base/form.ts";
import { count, percent, signed } from "../base/format.ts";
import { languageOf } from "../../src/base/text-language.ts";
import { closeWhy } from "../explain/close.ts";
import { whyButton, whyPanel } from "../explain/open.ts";
import { kindOf } from "../base/files.ts";
import type { GivenFiles } from "../base/files.ts";
import { located } from "../base/page.ts";
import type { Page, View } from "../base/page.ts";
import { takePicture } from "../draft/edit.ts";
import { pictureField } from "../draft/picture-field.ts";
import { promptField } from "../draft/prompt-field.ts";
import { printedQuestion } from "../draft/printed.ts";
import { drafting } from "../draft/state.ts";
import { engineFault, plainFault } from "../engine/fault-card.ts";
import { enginePanel } from "../engine/panel.ts";
import { engine, judgeTitle, seesPictures } from "../engine/state.ts";
import { labelRanking, rankResponses, setResponses, stopRanking } from "./actions.ts";
import { rankCsv, rankJson } from "./export.ts";
import type { Pasted } from "./pasted.ts";
import {
  areGenerated,
  asksForPictures,
  openPictures,
  PICTURES_ADDRESS,
  picturesView,
  shownPictures,
} from "./pictures/open.ts";
import { MAX_RANKED } from "./responses.ts";
import { rank } from "./state.ts";
import { subjectOf } from "./subject.ts";
import type { RankResult } from "./state.ts";
import { asksForTable, openFiles, TABLE_ADDRESS, tableView } from "./table/open.ts";
import { ranking } from "./table/state.ts";
import { words } from "../language/language.ts";
import { track } from "../verdict/verdict.ts";
import "./rank.css";

export const rankView: View = {
  ...rank,
  title: () => words().frame.views.rank,
  drop: () => words().rank.drop,
  accepts: ["table", "picture", "pictures", "labelled"],
  view,
  // Scores stay: they say which model gave them.
  reset: closeWhy,
  take: (page, given) => void take(page, given),
  shown: (page) => [
    page.get(rank).result?.picture?.url,
    ...[...page.get(ranking).urls.values()].flat(),
    ...shownPictures(page),
  ],
};

/**
 * A table of prompts, or pictures for one, opens in the table; a folder or several pictures are
 * generated ones; a picture alone is the prompt's.
 */
async function take(page: Page, given: GivenFiles): Promise<void> {
  const { files } = given;
  const { address } = page.get(located);
  const isOpen = asksForTable(address);
  if (asksForPictures(address) || (!isOpen && (await areGenerated(given)))) {
    await openPictures(page, given);
    return;
  }
  const kind = await kindOf(files);
  const isTable = kind === "table" || kind === "labelled";
  if (isTable || isOpen) await openFiles(page, files);
  else takePicture(page, files);
}

function view(page: Page): TemplateResult {
  const { address } = page.get(located);
  const [isTable, isPictures] = [asksForTable(address), asksForPictures(address)];
  const isOne = !isTable && !isPictures;
  return html`
    <h1 class="view-title" id="view-title" tabindex="-1">${words().rank.title}</h1>
    <div class="modes" role="group" aria-label=${words().rank.modes}>
      <a href="#rank" aria-current=${isOne ? "true" : nothing}>${words().rank.one}</a>
      <a href=${TABLE_ADDRESS} aria-current=${isTable ? "true" : nothing}>${words().rank.many}</a>
      <a href=${PICTURES_ADDRESS} aria-current=${isPictures ? "true" : nothing}
        >${words().rank.pictures}</a
      >
    </div>
    ${isTable ? tableView(page) : isPictures ? picturesView(page) : onePrompt(page)}
  `;
}

function onePrompt(page: Page): TemplateResult {
  const { state } = page.get(engine);
  const { running, result, fault: ownFault } = page.get(rank);
  const { fault: draftFault, pictureFault } = page.get(drafting);
  // What was wrong with the question may be right now.
  const isMended = ownFault?.field === "picture-file" && pictureFault === undefined;
  const shared = draftFault?.field === "prompt" ? draftFault : undefined;
  const fault = isMended ? shared : (ownFault ?? shared);
  return html`
    <div class="columns">
      <section class="question" aria-label=${words().rank.question}>${rankForm(page)}</section>
      <section class="answer" aria-label=${words().rank.ranking} aria-busy=${running !== undefined}>
        ${engineFault(page)} ${fault === undefined ? nothing : plainFault(fault, "rank-fault")}
        ${enginePanel(page)} ${state.kind === "ready" ? rankingPanel(page) : nothing}
        ${result === undefined ? placeholder(page) : resultView(page, result)}
      </section>
    </div>
  `;
}

function rankForm(page: Page): TemplateResult {
  const { text, read, running, fault } = page.get(rank);
  const { invalid, by } = describe(fault, "rank-responses", ["rank-help", "rank-count"]);
  const found = text.trim() === "" ? "" : "wrong" in read ? read.wrong : pastedWords(read);
  const stop = html`
    <button type="button" class="quiet" id="stop" @click=${() => stopRanking(page)}>
      ${words().score.stop}
    </button>
  `;
  return html`
    <form
      @submit=${(event: Event) => submit(event, () => rankResponses(page))}
      @keydown=${(event: KeyboardEvent) => shortcut(event, () => rankResponses(page))}
    >
      ${pictureField(page)} ${promptField(page)} ${plainNote(page)}
      <div class="field">
        <label for="rank-responses">${words().rank.responses}</label>
        <textarea
          id="rank-responses"
          dir="auto"
          lang=${languageOf(text) ?? nothing}
          rows="8"
          aria-invalid=${invalid}
          aria-describedby=${by}
          placeholder=${words().rank.hint}
          .value=${live(text)}
          @input=${(event: InputEvent) => setResponses(page, valueOf(event))}
        ></textarea>
        ${fieldFault(fault, "rank-responses")}
        <p class="hint" id="rank-help">${words().rank.help(count(MAX_RANKED))}</p>
        <p class="hint" id="rank-count">
          <b>${found}</b>
          ${
            "isTable" in read && read.isTable
              ? html`<button
                  type="button"
                  class="link"
                  id="open-as-table"
                  @click=${() => void openFiles(page, [new File([text], "pasted.jsonl")])}
                >
                  ${words().rank.openAsTable}
                </button>`
              : nothing
          }
        </p>
      </div>
      <div class="buttons">
        <button type="submit" class="primary" id="run-rank">${words().rank.run}</button>
        ${running === undefined ? shortcutHint() : stop}
      </div>
    </form>
  `;
}

/** Says what was read, so that nothing of a row goes in silence. */
function pastedWords({ texts, question, unused }: Pasted): string {
  const say = words().rank;
  const parts = [say.count(count(texts.length))];
  if (question !== undefined) parts.push(say.promptTheirs);
  if (typeof question?.picture === "string") parts.push(say.pictureTheirs(question.picture));
  if (unused.length > 0) parts.push(say.unused(unused.join(", ")));
  return parts.join(" ");
}

function rankingPanel(page: Page): TemplateResult | typeof nothing {
  const { running } = page.get(rank);
  if (running === undefined) {
    return nothing;
  }
  return html`
    <div class="panel" id="ranking">
      <p class="panel-title">${words().rank.working(count(running.total))}</p>
      <progress
        aria-label=${words().rank.ranking}
        max=${running.total}
        .value=${running.done}
      ></progress>
      <p class="hint numbers">${words().units.of(count(running.done), count(running.total))}</p>
    </div>
  `;
}

function placeholder(page: Page): TemplateResult | typeof nothing {
  const { running, fault } = page.get(rank);
  const isLoading = page.get(engine).state.kind === "loading";
  if (running !== undefined || fault !== undefined || isLoading) {
    return nothing;
  }
  return html`
    <div class="placeholder">
      <p>${words().rank.empty}</p>
      <p>${words().rank.emptyWhy(seesPictures(page))}</p>
    </div>
  `;
}

function resultView(page: Page, result: RankResult): TemplateResult {
  const places = rankValues(result.values);
  const name = `ranking-${result.values.length}`;
  return html`
    ${isStale(page, result) ? staleNote() : nothing}
    ${printedQuestion(result, judgeTitle(result.model, result.ownHead))}
    <div class="verdict" id="rank-result">
      <h2>${headline(places)}</h2>
      <p class="hint">${judgeTitle(result.model, result.ownHead)}${pictureWords(result)}</p>
      <ol class="ranked">
        ${places.map((place, at) => placeRow(page, place, places[at + 1], result))}
      </ol>
      <div class="buttons">
        <button
          type="button"
          id="rank-json"
          @click=${() => saveFile(`${name}.json`, "application/json", rankJson(result))}
        >
          ${words().rank.saveJson}
        </button>
        <button
          type="button"
          id="rank-csv"
          @click=${() => saveFile(`${name}.csv`, "text/csv", rankCsv(result))}
        >
          ${words().rank.saveCsv}
        </button>
        <button type="button" id="rank-label" @click=${() => labelRanking(page, result)}>
          ${words().rank.labelThese}
        </button>
      </div>
    </div>
  `;
}

/** Says so if Score's question has more than Rank asks about. */
function plainNote(page: Page): TemplateResult | typeof nothing {
  return page.get(drafting).draft.context === undefined
    ? nothing
    : html`<p class="note" id="rank-plain">${words().rank.plain}</p>`;
}

function staleNote(): TemplateResult {
  return html` <p class="stale">${words().rank.stale}</p> `;
}

function isStale(page: Page, { prompt, picture, responses }: RankResult): boolean {
  const { draft } = page.get(drafting);
  const { read } = page.get(rank);
  const isSame =
    "texts" in read &&
    read.texts.length === responses.length &&
    read.texts.every((text, at) => text === responses[at]);
  const shown = seesPictures(page) ? draft.picture?.url : undefined;
  return !isSame || draft.prompt !== prompt || shown !== picture?.url;
}

function pictureWords({ image }: RankResult): string {
  if (image === undefined) {
    return "";
  }
  const { resizedWidth, resizedHeight, tokens } = image;
  const size = `${count(resizedWidth)} × ${count(resizedHeight)}`;
  return ` · ${words().rank.pictureRead(size, count(tokens))}`;
}

function headline([best, next]: readonly RankedPlace[]): TemplateResult | typeof nothing {
  if (best === undefined || next === undefined || best.probabilityOverNext === undefined) {
    return nothing;
  }
  return best.place === next.place
    ? html`${words().rank.tie}`
    : html`${words().rank.best(count(best.index + 1), percent(best.probabilityOverNext))}`;
}

function placeRow(
  page: Page,
  place: RankedPlace,
  next: RankedPlace | undefined,
  result: RankResult,
): TemplateResult {
  const { responses, values } = result;
  const subject = subjectOf(page, result, place.index);
  const text = responses[place.index] ?? "";
  const shown = text.trim() === "" ? html`<i>${words().rank.emptyText}</i>` : text;
  return html`
    <li class="ranked-row" data-best=${place.place === 1 ? "" : nothing} data-index=${place.index}>
      <span class="place-number numbers">
        <span class="visually-hidden">${words().rank.place}</span>${place.place}
      </span>
      <div class="ranked-body">
        <p class="response-text" dir="auto" lang=${languageOf(text) ?? nothing}>${shown}</p>
        ${track(axisOf(values), place.value, Math.max(...values))}
        <p class="hint numbers">
          ${words().rank.response(count(place.index + 1))}${leadWords(place, next)}
        </p>
      </div>
      <div class="ranked-figures">
        <p class="score numbers">
          <span class="visually-hidden">${words().score.value}</span> ${signed(place.value)}
        </p>
        ${whyButton(page, subject)}
      </div>
      ${whyPanel(page, subject)}
    </li>
  `;
}

function leadWords(place: RankedPlace, next: RankedPlace | undefined): string {
  const { marginToNext, probabilityOverNext } = place;
  if (next === undefined || marginToNext === undefined || probabilityOverNext === undefined) {
    return "";
  }
  return next.place === place.place
    ? ` · ${words().rank.tied}`
    : ` · ${words().rank.ahead(signed(marginToNext), percent(probabilityOverNext))}`;
}
