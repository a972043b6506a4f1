/**
 * Pairs of responses are labelled, and a judge is fitted to the labels. The view's own code, words
 * and style are loaded when it is first shown.
 */
import { html } from "lit";
import type { TemplateResult } from "lit";
import type { Page, View } from "../base/page.ts";
import { words } from "../language/language.ts";
import { labelling } from "./state.ts";

type Body = typeof import("./body.ts");

let body: Body | undefined;
let loading: Promise<Body> | undefined;

export const labelView: View = {
  ...labelling,
  title: () => words().frame.views.label,
  drop: () => words().frame.dropTable,
  accepts: ["table", "labelled"],
  takesOnlyShown: true,
  view,
  // Votes are the person's, not the model's: another model reads the pairs again.
  reset: () => {},
  take: (page, { files }) => void load(page).then(({ takeFiles }) => takeFiles(page, files)),
  shown: (page) => [...page.get(labelling).pictureUrls.values()].flat(),
  open: (page) => void load(page).then(({ openLabel }) => openLabel(page)),
};

function view(page: Page): TemplateResult {
  if (body !== undefined) return body.labelBody(page);
  // Without WebGPU no view is opened, but labelling needs none.
  if (loading === undefined) void load(page).then(({ openLabel }) => openLabel(page));
  const title = words().frame.views.label;
  return html`<h1 class="view-title" id="view-title" tabindex="-1">${title}</h1>`;
}

async function load(page: Page): Promise<Body> {
  loading ??= import("./body.ts");
  body = await loading;
  page.change(labelling, {});
  return body;
}
