/**
 * The picture with its parts: the stronger a part, the more of its colour. Blue carries the lead,
 * orange works against it; the number stands below for the part that the focus is on.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { styleMap } from "lit/directives/style-map.js";
import type { Box } from "../../src/explain/cells.ts";
import type { Explanation, PictureUnit } from "../../src/explain/types.ts";
import { valueOf } from "../base/form.ts";
import { count, signed } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { explainWords } from "../language/explain.ts";
import { words } from "../language/language.ts";
import { pairOf } from "./pair.ts";
import { pictureSentences, plainAmount } from "./sentences.ts";
import { changeWhy } from "./state.ts";
import type { Subject, Why } from "./state.ts";

/** The colour of the strongest part covers this share of the picture below it. */
const STRONGEST = 0.7;

export function pictureView(
  page: Page,
  subject: Subject,
  why: Why,
  found: Explanation,
): TemplateResult | typeof nothing {
  const { pictureUrl, pictureUrls = pictureUrl === undefined ? [] : [pictureUrl] } = subject;
  const url = pictureUrls[why.picture];
  if (url === undefined) return nothing;
  const say = explainWords();
  const cells = inReadingOrder(
    found.units.filter(
      (unit): unit is PictureUnit => unit.in === "picture" && unit.picture === why.picture,
    ),
  );
  const [first] = pairOf(subject, why.other);
  const lead = why.other === undefined ? say.cellScoreFor : (first?.name ?? "");
  const largest = Math.max(...cells.map(({ effect }) => Math.abs(effect)));
  const measure = (event: Event): void => {
    const { naturalWidth: width, naturalHeight: height } = event.currentTarget as HTMLImageElement;
    changeWhy(page, why.key, { size: { width, height } });
  };
  const chosen = why.cell === undefined ? undefined : cells[why.cell];
  return html`
    <div class="why-picture">
      <h3>${say.pictureTitle}</h3>
      ${pictureUrls.length < 2 ? nothing : chooser(page, why, pictureUrls.length)}
      <div class="why-frame">
        <img src=${url} alt=${words().draft.picture} @load=${measure} />
        <div
          class="why-grid"
          role="group"
          aria-label=${say.grid(lead)}
          @keydown=${(event: KeyboardEvent) => moveByKey(event, cells)}
        >
          ${why.size === undefined ? nothing : cells.map((cell, i) => cellView(page, why, cell, i, largest, cells))}
        </div>
      </div>
      <p class="hint" id="why-cell">
        ${chosen === undefined ? (cells.length === 0 ? nothing : say.chooseCell) : cellWords(chosen, lead)}
      </p>
      ${pictureSentences(found).map((sentence) => html`<p class="hint">${sentence}</p>`)}
    </div>
  `;
}

/** Lets a person choose one of several pictures. */
function chooser(page: Page, why: Why, total: number): TemplateResult {
  const say = explainWords();
  const choose = (event: Event): void =>
    changeWhy(page, why.key, {
      picture: Number(valueOf(event)),
      cell: undefined,
      size: undefined,
    });
  return html`
    <label class="why-other">
      ${say.whichPicture}
      <select id="why-picture" @change=${choose}>
        ${Array.from(
          { length: total },
          (_, i) =>
            html`<option value=${i} ?selected=${i === why.picture}>
              ${words().units.of(count(i + 1), count(total))}
            </option>`,
        )}
      </select>
    </label>
  `;
}

function cellView(
  page: Page,
  why: Why,
  { box, effect }: PictureUnit,
  index: number,
  largest: number,
  cells: readonly PictureUnit[],
): TemplateResult {
  const [left, top, right, bottom] = box;
  const { width, height } = why.size ?? { width: 1, height: 1 };
  const place = {
    left: `${(100 * left) / width}%`,
    top: `${(100 * top) / height}%`,
    width: `${(100 * (right - left)) / width}%`,
    height: `${(100 * (bottom - top)) / height}%`,
    "--share": `${Math.round(largest === 0 ? 0 : (100 * STRONGEST * Math.abs(effect)) / largest)}%`,
  };
  const choose = (): void => changeWhy(page, why.key, { cell: index });
  const [row, column] = [placeIn(cells, box, 1), placeIn(cells, box, 0)];
  return html`<button
    type="button"
    data-direction=${effect < 0 ? "down" : "up"}
    style=${styleMap(place)}
    tabindex=${index === (why.cell ?? 0) ? 0 : -1}
    aria-label=${explainWords().cell(count(row), count(column), signed(effect))}
    @focus=${choose}
    @click=${choose}
    @pointerenter=${choose}
  ></button>`;
}

function cellWords({ effect }: PictureUnit, lead: string): string {
  const say = explainWords();
  const amount = plainAmount(effect);
  if (Number(effect.toFixed(2)) === 0) return say.cellNone;
  return effect > 0 ? say.cellFor(lead, amount) : say.cellAgainst(lead, amount);
}

/** Returns the row (axis 1) or the column (axis 0) of a cell, counted from 1. */
function placeIn(cells: readonly PictureUnit[], box: Box, axis: 0 | 1): number {
  const starts = [...new Set(cells.map((cell) => cell.box[axis]))].toSorted((x, y) => x - y);
  return starts.indexOf(box[axis]) + 1;
}

function inReadingOrder(cells: readonly PictureUnit[]): PictureUnit[] {
  return cells.toSorted((x, y) => x.box[1] - y.box[1] || x.box[0] - y.box[0]);
}

/** Moves the focus to the nearest cell on the side of an arrow key. */
function moveByKey(event: KeyboardEvent, cells: readonly PictureUnit[]): void {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
    event.key
  ];
  const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll("button")];
  const from = cells[buttons.findIndex((button) => button === event.target)];
  const [x = 0, y = 0] = step ?? [];
  if (step === undefined || from === undefined) return;
  event.preventDefault();
  const middle = ({ box }: PictureUnit): [number, number] => [
    (box[0] + box[2]) / 2,
    (box[1] + box[3]) / 2,
  ];
  const [fromX, fromY] = middle(from);
  const distances = cells.map((cell) => {
    const [dx, dy] = [middle(cell)[0] - fromX, middle(cell)[1] - fromY];
    const ahead = dx * x + dy * y;
    return ahead <= 0 ? Infinity : ahead + 3 * Math.abs(x === 0 ? dx : dy);
  });
  const nearest = Math.min(...distances);
  if (nearest < Infinity) buttons[distances.indexOf(nearest)]?.focus();
}
