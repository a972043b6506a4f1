/**
 * The model that judges: a chip in the header, and the card behind it with its name, form, head,
 * limits, temperature, adapter and times.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { styleMap } from "lit/directives/style-map.js";
import type { Kernels, StageProgress } from "../../src/types.ts";
import { count, milliseconds, plain, share } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import type { LoadedModel } from "../engine/protocol.ts";
import { embeddedUrl, engine, modelTitle, titleOf } from "../engine/state.ts";
import type { StageTime } from "../engine/state.ts";
import { words } from "../language/language.ts";
import { scores } from "../score/state.ts";
import type { Verdict } from "../verdict/state.ts";
import { shell } from "./state.ts";

export function modelChip(page: Page): TemplateResult {
  const { sign, name, more, part } = chipWords(page);
  const { warnings } = page.get(engine);
  const turn = { "--part": String(part ?? 0) };
  return html`
    <button
      type="button"
      class="chip"
      id="model-chip"
      data-sign=${sign}
      popovertarget="model-card"
      title=${words().frame.chip.label}
    >
      <span class="chip-dot" aria-hidden="true" style=${styleMap(turn)}></span>
      <span class="visually-hidden">${words().frame.chip.label}:</span>
      <span class="chip-name">${name}</span>
      ${
        part === undefined
          ? nothing
          : html`<span class="chip-part numbers" aria-hidden="true" style=${styleMap(turn)}>
              ${share(part)}
            </span>`
      }
      ${more === undefined ? nothing : html`<span class="chip-more">· ${more}</span>`}
      ${
        warnings.length === 0
          ? nothing
          : html`<span class="chip-notes" title=${words().frame.card.notes(warnings.length)}
              >${warnings.length}</span
            >`
      }
    </button>
  `;
}

interface ChipWords {
  readonly sign: "ready" | "loading" | "none" | "lost";
  readonly name: string;
  readonly more?: string | undefined;
  /** How much of a model is there, from 0 to 1; undefined if none comes, or it is not known. */
  readonly part?: number | undefined;
}

function chipWords(page: Page): ChipWords {
  const { state, choice, fault } = page.get(engine);
  const { support } = page.get(shell);
  const say = words().frame;
  if (support !== undefined && support !== "available") {
    return { sign: "none", name: say.chip.noWebGpu };
  }
  const asked = typeof choice.from === "string" ? shortName(choice.from) : say.chip.none;
  switch (state.kind) {
    case "idle":
      return { sign: "none", name: say.chip.none };
    case "failed":
      return { sign: "lost", name: say.chip.failed };
    case "paused":
      return { sign: "none", name: asked, more: say.chip.paused, part: partOf(state.progress) };
    case "loading": {
      const part = partOf(state.progress);
      return { sign: "loading", name: asked, more: say.chip.starting(percentOf(part)), part };
    }
    case "ready": {
      const coming = comingWords(page);
      const { name, form, ownHead } = state.model;
      const isBuiltIn = name === embeddedUrl();
      const isLost = fault?.code === "gpu";
      const quantised = form === "stored" ? [] : [say.card.forms[form]];
      return {
        sign: isLost ? "lost" : "ready",
        name: shortName(name),
        part: coming?.part,
        more:
          coming !== undefined
            ? coming.more
            : ownHead !== undefined
              ? words().engine.ownHead(ownHead)
              : isBuiltIn
                ? [say.builtInLimits, ...quantised].join(" · ")
                : say.card.forms[form],
      };
    }
  }
}

/** Returns how far another model is, if one is on its way. */
function comingWords(page: Page): Pick<ChipWords, "more" | "part"> | undefined {
  const { next } = page.get(engine);
  if (next === undefined || next.state.kind === "failed") return undefined;
  const say = words().frame.chip;
  const title = titleOf(next.choice);
  const part = next.state.kind === "waiting" ? 1 : partOf(next.state.progress);
  const isPaused = next.state.kind === "paused";
  return { more: isPaused ? `${title}: ${say.paused}` : say.next(title, percentOf(part)), part };
}

function partOf(progress: StageProgress | undefined): number | undefined {
  if (progress === undefined || progress.totalBytes === 0) return undefined;
  return Math.min(1, progress.loadedBytes / progress.totalBytes);
}

function percentOf(part: number | undefined): string | undefined {
  return part === undefined ? undefined : share(part);
}

/** Returns the part of a name that tells models apart: the last one of a path or an address. */
function shortName(name: string): string {
  return name === embeddedUrl()
    ? modelTitle(name)
    : (name.split("/").findLast((part) => part !== "") ?? name);
}

export function modelCard(page: Page): TemplateResult {
  const { state, warnings } = page.get(engine);
  const say = words().frame;
  return html`
    <div id="model-card" class="popover" popover role="dialog" aria-labelledby="card-title">
      <h2 id="card-title">${say.card.title}</h2>
      ${state.kind === "ready" ? facts(page, state.model, state.stages, state.firstScoreMs) : nothing}
      ${
        warnings.length === 0
          ? nothing
          : html`<details class="warnings">
              <summary>${say.card.notes(warnings.length)}</summary>
              <ul>
                ${warnings.map((warning) => html`<li lang="en">${warning}</li>`)}
              </ul>
            </details>`
      }
      <div class="buttons">
        <a class="button" href="#models" @click=${closeCard}>${say.card.change}</a>
        <button type="button" class="quiet" popovertarget="model-card" popovertargetaction="hide">
          ${say.close}
        </button>
      </div>
    </div>
  `;
}

function closeCard(): void {
  document.querySelector<HTMLElement>("#model-card")?.hidePopover();
}

/** Rows that hold names of the engine, in every language. */
const ENGINE_WORDS: readonly string[] = ["model-head", "adapter", "kernels"];

function facts(
  page: Page,
  model: LoadedModel,
  stages: readonly StageTime[],
  firstScoreMs: number | undefined,
): TemplateResult {
  const { verdict } = page.get(scores);
  const { adapter, calibration } = model;
  const say = words().frame;
  const isBuiltIn = model.name === embeddedUrl();
  const rows: readonly (readonly [string, string, string])[] = [
    [say.card.name, "model-name", modelTitle(model.name)],
    [say.card.form, "model-form", say.card.forms[model.form]],
    [say.card.head, "model-head", `${headWords(model)} · ${model.architecture}`],
    [say.card.knows, "model-knows", isBuiltIn ? say.builtInLimits : say.card.unknownLimits],
    [say.card.limit, "model-limit", say.card.tokens(count(model.maxTokens))],
    [
      say.card.calibration,
      "model-calibration",
      calibration === undefined
        ? say.uncalibrated
        : say.temperature(plain(calibration.temperature), count(calibration.pairs)),
    ],
    [say.card.adapter, "adapter", adapter.name],
    [say.card.kernels, "kernels", kernelWords(model.kernels)],
    [say.card.loading, "loading-times", stageList(stages)],
    ...(firstScoreMs === undefined
      ? []
      : [
          [say.card.start, "first-score", say.card.firstScore(milliseconds(firstScoreMs))] as const,
        ]),
    ...(verdict?.judge === undefined
      ? []
      : [[say.card.scoring, "stage-times", scoringStages(verdict)] as const]),
  ];
  return html`
    <dl class="machine" id="machine">
      ${rows.map(
        ([term, id, text]) =>
          html`<div>
            <dt>${term}</dt>
            <dd id=${id} class="numbers" translate=${ENGINE_WORDS.includes(id) ? "no" : nothing}>
              ${text}
            </dd>
          </div>`,
      )}
    </dl>
    ${adapter.software ? html`<p class="software">${say.card.software}</p>` : nothing}
  `;
}

function headWords({ head, ownHead }: LoadedModel): string {
  return ownHead === undefined ? head : words().engine.ownHead(ownHead);
}

function kernelWords({ profile, matmul, matmulQuantised, attention, chosen }: Kernels): string {
  const say = words().frame.card;
  const products =
    matmul === matmulQuantised ? matmul : `${matmul}, ${say.quantised} ${matmulQuantised}`;
  return `${profile}: matmul ${products}, attention ${attention} · ${say.chosen[chosen]}`;
}

function stageList(stages: readonly StageTime[]): string {
  const total = stages.reduce((sum, { ms }) => sum + ms, 0);
  const parts = stages.map(
    ({ stage, ms }) => `${words().engine.stages[stage]} ${milliseconds(ms)}`,
  );
  return [...parts, `${words().frame.card.total} ${milliseconds(total)}`].join(" · ");
}

/**
 * Returns the stages. Each score of a batch has the times of the whole batch, so the first one has
 * them for all.
 */
function scoringStages({ scores: all }: Verdict): string {
  const [first] = all;
  if (first === undefined) {
    return "";
  }
  const say = words().frame.card;
  const { images, text, gpu, total } = first.timesMs;
  const picture = first.images.length === 0 ? "" : `${say.pictures} ${milliseconds(images)} · `;
  return `${picture}${say.text} ${milliseconds(text)} · GPU ${milliseconds(gpu)} · ${say.total} ${milliseconds(total)}`;
}
