/** What people do on the page, as tests and drawings of it do it. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ElementHandle, Page } from "puppeteer";

export const SLOW = { timeout: 120_000 } as const;

/** Waits for the verdict of the example, or of what was asked before. */
export async function scored(page: Page): Promise<void> {
  await page.waitForSelector("#verdict", SLOW);
  await page.waitForSelector(".answer[aria-busy=false]", SLOW);
}

/** Writes into a field, as a paste does. */
export async function type(page: Page, selector: string, text: string): Promise<void> {
  await page.waitForSelector(selector, SLOW);
  await page.$eval(
    selector,
    (field, value) => {
      (field as HTMLTextAreaElement).value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    },
    text,
  );
}

/** Gives files to a field. */
export async function give(
  page: Page,
  selector: string,
  ...files: readonly string[]
): Promise<void> {
  await page.waitForSelector(selector, SLOW);
  const input = (await page.$(selector)) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(...files);
}

/** Gives files of these texts to a field. */
export async function giveTexts(
  page: Page,
  selector: string,
  texts: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-state-"));
  const files = Object.keys(texts).map((name) => path.join(folder, name));
  for (const [name, text] of Object.entries(texts)) {
    await writeFile(path.join(folder, name), text);
  }
  await give(page, selector, ...files);
}

/** Presses a button once it is there. */
export async function press(page: Page, selector: string): Promise<void> {
  await page.waitForSelector(selector, SLOW);
  await page.click(selector);
}

/** Waits for the model. */
export async function ready(page: Page): Promise<void> {
  await page.waitForSelector("#machine", SLOW);
}
