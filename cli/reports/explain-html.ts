// Tested by: test/cli/commands/explain.test.ts
/**
 * Explanations to read: one HTML file with its pictures inside, and without scripts.
 *
 * **Trap** Texts come from files: every one goes through `escape`.
 */

import { differencesOf } from "../../src/explain/difference.ts";
import type { Explanation, PictureUnit, TextUnit } from "../../src/explain/types.ts";
import type { RowId } from "../../src/base/json.ts";
import type { Conversation } from "../../src/types.ts";

export interface ExplainedRow {
  readonly id: RowId;
  readonly messages: Conversation;
  readonly responses: readonly [string, string] | readonly [string];
  readonly explanation: Explanation;
  /** Data URLs; undefined for a picture that is not a file here. */
  readonly pictures: readonly (string | undefined)[];
}

/** Units that a row shows. */
const SHOWN = 12;

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b18;background:#fbfaf7}
h1{font-size:1.4rem}h2{font-size:1.1rem;border-top:1px solid #ccc;padding-top:1rem}
table{border-collapse:collapse}td,th{padding:.15rem .8rem .15rem 0;text-align:left;vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}
mark{background:#ffe08a;color:inherit}blockquote{margin:.3rem 0;padding-left:.8rem;border-left:3px solid #aaa;white-space:pre-wrap}
.picture{position:relative;display:inline-block;max-width:100%}.picture img{display:block;width:22rem;max-width:100%;image-rendering:auto}
.picture i{position:absolute;outline:1px solid #fff8}.soft{color:#6b6a64}.warn{color:#8a2f00;font-weight:600}`;

/** Returns the report as a whole page. */
export function explainHtml(rows: readonly ExplainedRow[]): string {
  return [
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>Explanations</title><style>${STYLE}</style>`,
    `<h1>Why these scores: ${rows.length} ${rows.length === 1 ? "explanation" : "explanations"}</h1>`,
    `<p class="soft">Effects are in units of the margin: what a part adds to it, found by leaving the part out and scoring the rest.</p>`,
    ...rows.map(rowHtml),
    "</html>",
  ].join("\n");
}

function rowHtml(row: ExplainedRow): string {
  const { id, responses, explanation } = row;
  const [a, b] = responses;
  const { margin, contrast, units, truth } = explanation;
  const differences = b === undefined ? [] : differencesOf(a, b);
  const texts = units.filter((unit): unit is TextUnit => unit.in !== "picture").slice(0, SHOWN);
  return [
    `<h2 id="${anchorOf(id)}">${escape(String(id))}</h2>`,
    `<p><strong>${sentence(margin, b !== undefined)}</strong></p>`,
    ...row.pictures.map((url, i) => pictureHtml(url, i, explanation)),
    `<blockquote>${escape(promptOf(row.messages))}</blockquote>`,
    `<p>A</p><blockquote>${marked(
      a,
      differences.map((one) => one.a),
    )}</blockquote>`,
    b === undefined
      ? ""
      : `<p>B</p><blockquote>${marked(
          b,
          differences.map((one) => one.b),
        )}</blockquote>`,
    contrast.length === 0 ? "" : contrastTable(explanation),
    `<table><tr><th>Left out</th><th>in</th><th>effect</th></tr>${texts
      .map(
        (unit) =>
          `<tr><td>${escape(unit.text.slice(0, 200))}</td><td>${unit.in}</td><td class="n">${signed(unit.effect)}${unit.standardError > 0 ? ` ± ${unit.standardError.toFixed(2)}` : ""}</td></tr>`,
      )
      .join("")}</table>`,
    flipHtml(explanation),
    `<p class="${truth.verdict === "better than chance" ? "soft" : "warn"}">${truthLine(explanation)}</p>`,
    ...explanation.notes.map((note) => `<p class="soft">${escape(note)}</p>`),
  ].join("\n");
}

/** Returns the id of a row in the report, to link to. */
export function anchorOf(id: RowId): string {
  return `why-${encodeURIComponent(String(id))}`;
}

function contrastTable({ contrast }: Explanation): string {
  const rows = contrast.map(
    ({ a, b, effect }) =>
      `<tr><td>${escape(a) || "–"}</td><td>${escape(b) || "–"}</td><td class="n">${signed(effect)}</td></tr>`,
  );
  return `<table><tr><th>A has</th><th>B has</th><th>effect</th></tr>${rows.join("")}</table>`;
}

function sentence(margin: number, isPair: boolean): string {
  if (!isPair) return `The score is ${signed(margin)}.`;
  if (margin === 0) return "A and B have the same score.";
  const [first, second] = margin > 0 ? ["A", "B"] : ["B", "A"];
  return `${first} is ahead of ${second} by ${Math.abs(margin).toFixed(2)}.`;
}

function truthLine({ truth, picture, scores }: Explanation): string {
  const p = truth.p === null ? "" : ` (p = ${truth.p.toFixed(2)})`;
  const verdict =
    truth.verdict === "not tested"
      ? "This explanation was not tested."
      : `This explanation is ${truth.verdict}${p}.`;
  const share = picture?.blank;
  const blank =
    share === null || share === undefined
      ? ""
      : ` Without the picture ${Math.round(share * 100)} % of the margin remains.`;
  return `${verdict}${blank} ${scores} scores.`;
}

function flipHtml({ counterfactual }: Explanation): string {
  if (counterfactual === null) return "";
  const texts = counterfactual.removed.map(
    ({ text, in: place }) => `<mark>${escape(text)}</mark> (${place})`,
  );
  return `<p>Without ${texts.join(", ")} the order flips: the margin is ${signed(counterfactual.margin)}.</p>`;
}

/** Shows the cells over the picture: the darker, the larger their effect. */
function pictureHtml(url: string | undefined, index: number, { units }: Explanation): string {
  const cells = units.filter(
    (unit): unit is PictureUnit => unit.in === "picture" && unit.picture === index,
  );
  if (url === undefined || cells.length === 0) return "";
  const width = Math.max(...cells.map(({ box }) => box[2]));
  const height = Math.max(...cells.map(({ box }) => box[3]));
  const largest = Math.max(...cells.map(({ effect }) => Math.abs(effect)));
  const boxes = cells.map(({ box: [left, top, right, bottom], effect }) => {
    const opacity = largest === 0 ? 0 : (Math.abs(effect) / largest) * 0.75;
    const colour = effect > 0 ? "0,114,178" : "213,94,0";
    const place = `left:${(100 * left) / width}%;top:${(100 * top) / height}%;width:${(100 * (right - left)) / width}%;height:${(100 * (bottom - top)) / height}%`;
    return `<i style="${place};background:rgba(${colour},${opacity.toFixed(2)})" title="${signed(effect)}"></i>`;
  });
  return `<div class="picture"><img alt="Picture ${index + 1}" src="${escape(url)}">${boxes.join("")}</div>`;
}

function marked(
  text: string,
  spans: readonly { readonly start: number; readonly end: number }[],
): string {
  let html = "";
  let last = 0;
  for (const { start, end } of spans) {
    html += escape(text.slice(last, start));
    if (end > start) html += `<mark>${escape(text.slice(start, end))}</mark>`;
    last = end;
  }
  return html + escape(text.slice(last));
}

function promptOf(messages: Conversation): string {
  const last = messages.at(-1)?.content ?? "";
  if (typeof last === "string") return last;
  return last.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function signed(value: number): string {
  const text = value.toFixed(2);
  return value > 0 ? `+${text}` : text.replace("-", "−");
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
