// Tested by: test/demo/families.browser.test.ts
/** The door to generated pictures: what draws them is loaded when they are first asked for. */
import { html } from "lit";
import type { TemplateResult } from "lit";
import type { GivenFiles } from "../../base/files.ts";
import type { Page } from "../../base/page.ts";
import { pictures } from "./state.ts";

type Panel = typeof import("./panel.ts");

let panel: Panel | undefined;
let loading: Promise<Panel> | undefined;

/** What the address of the page has for generated pictures. */
export const PICTURES_ADDRESS = "#rank/pictures";

/** Returns true if the address asks for generated pictures. */
export function asksForPictures(address: string): boolean {
  return `#${address}` === PICTURES_ADDRESS;
}

/** Draws generated pictures, or nothing yet while the code comes. */
export function picturesView(page: Page): TemplateResult {
  if (panel !== undefined) return panel.picturesView(page);
  void load(page);
  return html`<div id="pictures" aria-busy="true"></div>`;
}

/** Returns true for a folder or several pictures; one picture is that of a prompt. */
export async function areGenerated({ files, folder }: GivenFiles): Promise<boolean> {
  const images = files.filter(({ type }) => type.startsWith("image/"));
  return images.length > 1 || (await folder()) !== undefined;
}

/** Takes a dropped folder, or files. */
export async function openPictures(page: Page, { files, folder }: GivenFiles): Promise<void> {
  if (location.hash !== PICTURES_ADDRESS) location.hash = PICTURES_ADDRESS;
  const handle = await folder();
  const { chooseFiles, filesOf, filesIn } = await load(page);
  chooseFiles(page, handle === undefined ? filesOf(files) : await filesIn(handle));
}

/** Returns the addresses of the pictures that are shown. */
export function shownPictures(page: Page): Iterable<string> {
  return page.get(pictures).result?.urls.values() ?? [];
}

async function load(page: Page): Promise<Panel> {
  loading ??= import("./panel.ts");
  panel = await loading;
  page.change(pictures, {});
  return panel;
}
