/** Generated pictures: which files, by which prompt; and their ranking with thumbnails. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { languageOf } from "../../../src/base/text-language.ts";
import { axisOf } from "../../base/axis.ts";
import { saveFile } from "../../base/download.ts";
import { filesButton, folderButton } from "../../base/file-buttons.ts";
import { describe, fieldFault, shortcut, shortcutHint, submit, valueOf } from "../../base/form.ts";
import { count, signed } from "../../base/format.ts";
import type { Page } from "../../base/page.ts";
import { engineFault, plainFault } from "../../engine/fault-card.ts";
import { enginePanel } from "../../engine/panel.ts";
import { engine, judgeTitle, modelTitle } from "../../engine/state.ts";
import { words } from "../../language/language.ts";
import { pictureWords } from "../../language/pictures.ts";
import { track } from "../../verdict/verdict.ts";
import { isStale, rankPictures, stopPictures } from "./actions.ts";
import { picturesCsv, picturesJsonl, rankedGroups, type PlacedPicture } from "./export.ts";
import { chooseFiles, filesOf } from "./files.ts";
import { pictures, PICTURES_SHOWN } from "./state.ts";
import type { RankedPictures } from "./state.ts";
import "./pictures.css";

export { chooseFiles, filesIn, filesOf } from "./files.ts";

export function picturesView(page: Page): TemplateResult {
  const { state } = page.get(engine);
  const { running, result, fault } = page.get(pictures);
  return html`
    <div class="columns" id="pictures">
      <section class="question" aria-label=${words().rank.question}>${picturesForm(page)}</section>
      <section class="answer" aria-label=${words().rank.ranking} aria-busy=${running !== undefined}>
        ${engineFault(page)} ${fault === undefined ? nothing : plainFault(fault, "pictures-fault")}
        ${enginePanel(page)} ${otherModel(page)}
        ${state.kind === "ready" ? progress(page) : nothing}
        ${result === undefined ? placeholder(page) : resultView(page, result)}
      </section>
    </div>
  `;
}

/** Says that the loaded model takes no generated pictures, and what to do. */
function otherModel(page: Page): TemplateResult | typeof nothing {
  const { state } = page.get(engine);
  if (state.kind !== "ready" || state.model.ranksImages) return nothing;
  const say = pictureWords();
  return html`
    <div class="note" id="not-for-pictures">
      <p>${say.otherModel(modelTitle(state.model.name))}</p>
      <p><a href="#models">${say.otherModelTodo}</a></p>
    </div>
  `;
}

function picturesForm(page: Page): TemplateResult {
  const { chosen, prompt, running, fault, result } = page.get(pictures);
  const say = pictureWords();
  const { invalid, by } = describe(fault, "pictures-files", ["pictures-chosen"]);
  const take = (files: File[]): void => chooseFiles(page, filesOf(files));
  const goesOn = result?.isPartial === true && !isStale(page, result);
  return html`
    <form
      @submit=${(event: Event) => submit(event, () => rankPictures(page))}
      @keydown=${(event: KeyboardEvent) => shortcut(event, () => rankPictures(page))}
    >
      <div class="picture-actions">
        ${filesButton({ id: "pictures-files", label: say.files, accept: "image/*,.txt,.jsonl,.ndjson", invalid, by, take })}
        ${folderButton({ id: "pictures-folder", label: say.folder, take })}
        ${fieldFault(fault, "pictures-files")}
        <p class="hint" id="pictures-chosen">
          ${
            chosen.pictures.length === 0
              ? nothing
              : html`<b>${say.chosen(count(chosen.pictures.length))}</b>${
                    chosen.prompts.length === 0
                      ? nothing
                      : ` ${say.promptsFrom(chosen.prompts.map(({ name }) => name).join(", "))}`
                  } `
          }${say.filesHelp}
        </p>
      </div>
      <div class="field">
        <label for="pictures-prompt">${say.prompt}</label>
        <textarea
          id="pictures-prompt"
          dir="auto"
          lang=${languageOf(prompt) ?? nothing}
          rows="3"
          aria-describedby="pictures-prompt-help"
          .value=${live(prompt)}
          @input=${(event: InputEvent) => page.change(pictures, { prompt: valueOf(event) })}
        ></textarea>
        <p class="hint" id="pictures-prompt-help">${say.promptHelp}</p>
      </div>
      <div class="buttons">
        <button type="submit" class="primary" id="run-pictures">
          ${goesOn ? say.goOn : words().rank.run}
        </button>
        ${
          running === undefined
            ? shortcutHint()
            : html`<button type="button" class="quiet" id="stop" @click=${() => stopPictures(page)}>
                ${words().score.stop}
              </button>`
        }
      </div>
    </form>
  `;
}

function progress(page: Page): TemplateResult | typeof nothing {
  const { running } = page.get(pictures);
  if (running === undefined) return nothing;
  const { done, total } = running;
  return html`
    <div class="panel" id="ranking-pictures">
      <p class="panel-title">${pictureWords().working}</p>
      <progress aria-label=${words().rank.ranking} max=${total} .value=${done}></progress>
      <p class="hint numbers">${words().units.of(count(done), count(total))}</p>
    </div>
  `;
}

function placeholder(page: Page): TemplateResult | typeof nothing {
  const { running, fault } = page.get(pictures);
  const isLoading = page.get(engine).state.kind === "loading";
  if (running !== undefined || fault !== undefined || isLoading) return nothing;
  const say = pictureWords();
  return html`
    <div class="placeholder">
      <p>${say.empty}</p>
      <p>${say.emptyHow}</p>
    </div>
  `;
}

function resultView(page: Page, result: RankedPictures): TemplateResult {
  const { scored, failed, total, isPartial, model, ownHead } = result;
  const say = pictureWords();
  const groups = rankedGroups(scored);
  const name = `pictures-${scored.length}`;
  return html`
    ${isStale(page, result) ? html`<p class="stale">${words().rank.stale}</p>` : nothing}
    ${
      isPartial
        ? html`<p class="stale" id="partial">${say.partial(count(scored.length), count(total))}</p>`
        : nothing
    }
    <div class="verdict" id="pictures-result">
      <h2>${say.said(count(scored.length), count(total))}</h2>
      <p class="hint">${judgeTitle(model, ownHead)}</p>
      ${[...groups].map(([prompt, own]) => group(page, prompt, own, result))} ${failures(result)}
      ${
        scored.length + failed.length === 0
          ? nothing
          : html`<div class="buttons">
              <button
                type="button"
                id="pictures-csv"
                @click=${() => saveFile(`${name}.csv`, "text/csv", picturesCsv(result))}
              >
                ${words().rank.saveCsv}
              </button>
              <button
                type="button"
                id="pictures-jsonl"
                @click=${() =>
                  saveFile(`${name}.jsonl`, "application/jsonl", picturesJsonl(result))}
              >
                ${say.saveJsonl}
              </button>
            </div>`
      }
    </div>
  `;
}

function group(
  page: Page,
  prompt: string,
  own: readonly PlacedPicture[],
  result: RankedPictures,
): TemplateResult {
  const { shown } = page.get(pictures);
  const more = own.length - shown;
  const axis = axisOf(own.map(({ score }) => score));
  return html`
    <section class="of-prompt">
      <h3 dir="auto" lang=${languageOf(prompt) ?? nothing}>
        ${prompt === "" ? words().rank.emptyText : prompt}
      </h3>
      <ol class="ranked">
        ${own.slice(0, shown).map((one) => row(one, axis, own[0]?.score, result))}
      </ol>
      ${
        more > 0
          ? html`<button
              type="button"
              class="more-pictures"
              @click=${() => page.change(pictures, { shown: shown + PICTURES_SHOWN })}
            >
              ${words().report.more(count(Math.min(more, PICTURES_SHOWN)))}
            </button>`
          : nothing
      }
    </section>
  `;
}

function row(
  { place, name, score }: PlacedPicture,
  axis: ReturnType<typeof axisOf>,
  best: number | undefined,
  { urls }: RankedPictures,
): TemplateResult {
  const url = urls.get(name);
  return html`
    <li class="ranked-row" data-best=${place === 1 ? "" : nothing} data-name=${name}>
      <span class="place-number numbers">
        <span class="visually-hidden">${words().rank.place}</span>${place}
      </span>
      <div class="ranked-body">
        <a class="thumbnail" href=${url ?? nothing} target="_blank">
          <img src=${url ?? nothing} alt=${name} loading="lazy" decoding="async" />
        </a>
        <p class="picture-name" dir="auto">${name}</p>
        ${track(axis, score, best)}
      </div>
      <div class="ranked-figures">
        <p class="score numbers">
          <span class="visually-hidden">${words().score.value}</span> ${signed(score)}
        </p>
      </div>
    </li>
  `;
}

function failures({ failed }: RankedPictures): TemplateResult | typeof nothing {
  if (failed.length === 0) return nothing;
  return html`
    <details id="failed-pictures" open>
      <summary>${pictureWords().failed(count(failed.length))}</summary>
      <ul class="hint notes">
        ${failed
          .slice(0, 100)
          .map(({ name, reason }) => html`<li><b dir="auto">${name}</b>: ${reason}</li>`)}
      </ul>
    </details>
  `;
}
