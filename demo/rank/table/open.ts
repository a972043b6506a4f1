// Tested by: test/demo/rank/table.browser.test.ts
/** The door to Rank's table: its code, words and style are loaded when it is first asked for. */
import { html } from "lit";
import type { TemplateResult } from "lit";
import type { Page } from "../../base/page.ts";
import { ranking } from "./state.ts";

type Body = typeof import("./body.ts");

let body: Body | undefined;
let loading: Promise<Body> | undefined;

/** Returns the table, or nothing yet while its code comes. */
export function tableView(page: Page): TemplateResult {
  if (body !== undefined) return body.tableBody(page);
  void load(page);
  return html`<div aria-busy="true"></div>`;
}

/** Shows the table in Rank, with these files. */
export async function openFiles(page: Page, files: readonly File[]): Promise<void> {
  if (location.hash !== TABLE_ADDRESS) location.hash = TABLE_ADDRESS;
  await (await load(page)).openTable(page, files);
}

/** What the address of the page has for the table. */
export const TABLE_ADDRESS = "#rank/file";

/** Returns true if the address asks for the table. */
export function asksForTable(address: string): boolean {
  return `#${address}` === TABLE_ADDRESS;
}

async function load(page: Page): Promise<Body> {
  loading ??= import("./body.ts");
  body = await loading;
  page.change(ranking, {});
  return body;
}
