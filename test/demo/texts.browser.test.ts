/** Texts as people have them: long addresses, Arabic, emoji, in every field and every result. */
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../../cli/chrome/browser.ts";
import { misfits } from "./looks.ts";
import { servePage } from "./page-server.ts";
import type { ServedPage } from "./page-server.ts";
import { visit } from "./visitor.ts";

let browser: Browser;
let served: ServedPage;

beforeAll(async () => {
  served = await servePage({ fake: true });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** Writes into a field, as a paste does. */
async function fill(page: Page, selector: string, text: string): Promise<void> {
  const field = await page.waitForSelector(selector);
  await field?.evaluate((area, value) => {
    (area as HTMLTextAreaElement).value = value;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }, text);
}

/** Controls that something else covers in their middle, scrolled into sight; runs in the page. */
function covered(): string[] {
  const controls = [...document.querySelectorAll<HTMLElement>("form button, form textarea")];
  return controls.flatMap((control) => {
    control.scrollIntoView({ block: "center", behavior: "instant" });
    const { left, top, width, height } = control.getBoundingClientRect();
    const found = document.elementFromPoint(left + width / 2, top + height / 2);
    const isFree = found !== null && (control.contains(found) || found.contains(control));
    return isFree
      ? []
      : [`${control.outerHTML.slice(0, 80)} under ${found?.outerHTML.slice(0, 80)}`];
  });
}

const address = `https://example.org/${"charts-and-figures-2026-".repeat(4)}final.html`;
const letters = "W".repeat(600);

describe("page: long words", () => {
  it.each([
    [320, "an address", address],
    [390, "600 letters", letters],
    [1280, "an address", address],
    [1280, "600 letters", letters],
  ])(
    "page: %d px wide, %s in every field of Compare → nothing sticks out or is covered",
    async (width, _, word) => {
      const { page } = await visit(browser, served);
      await page.waitForSelector("#verdict");
      await page.setViewport({ width, height: 900 });
      await fill(page, "#prompt", word);
      await fill(page, ".responses li:nth-child(1) textarea", word);
      await page.click("#score");
      await page.waitForFunction(
        (text) => document.querySelector("#verdict")?.textContent?.includes(text),
        {},
        word,
      );
      await page.$$eval("details", (all) => all.forEach((each) => (each.open = true)));
      expect(await page.evaluate(misfits)).toEqual({ over: 0, small: [] });
      expect(await page.evaluate(covered)).toEqual([]);
      await page.close();
    },
  );

  it.each([320, 390, 1280])(
    "page: %d px wide, long words in Rank → nothing sticks out or is covered",
    async (width) => {
      const { page } = await visit(browser, served, "#rank");
      await page.waitForSelector("#machine");
      await page.setViewport({ width, height: 900 });
      await fill(page, "#prompt", address);
      await fill(page, "#rank-responses", `${address}\n${letters}\nYes.`);
      await page.click("#run-rank");
      await page.waitForSelector("#rank-result");
      expect(await page.evaluate(misfits)).toEqual({ over: 0, small: [] });
      expect(await page.evaluate(covered)).toEqual([]);
      await page.close();
    },
  );

  it.each([320, 390, 1280])(
    "page: %d px wide, long words in a file for Report and in a model's address → nothing sticks out",
    async (width) => {
      const { page, give } = await visit(browser, served, "#report");
      await page.waitForSelector("#machine");
      await page.setViewport({ width, height: 900 });
      const row = {
        id: letters,
        prompt: address,
        chosen: letters,
        rejected: address,
        category: letters,
      };
      const bytes = [...new TextEncoder().encode(`${JSON.stringify(row)}\n`.repeat(2))];
      await give("drop", { name: `${letters.slice(0, 200)}.jsonl`, type: "", bytes });
      await page.waitForSelector("#report-chosen b");
      await page.click("#run-report");
      await page.waitForSelector("#report-result");
      await page.select("#pair-filter", "all");
      await page.waitForSelector(".pair");
      await page.$$eval("details", (all) => all.forEach((each) => (each.open = true)));
      expect(await page.evaluate(misfits)).toEqual({ over: 0, small: [] });
      await page.click('nav a[href="#model"]');
      await page.waitForSelector("#hub-id");
      await fill(page, "#hub-id", letters);
      await page.click("#look");
      await page.waitForSelector("#model-fault");
      expect(await page.evaluate(misfits)).toEqual({ over: 0, small: [] });
      await page.close();
    },
  );
});
