/** Texts as people have them: long addresses, Arabic, emoji, in every field and every result. */
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { misfits } from "../../testing/demo/looks.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;

beforeAll(async () => {
  served = await servePage({ fake: true });
  browser = await launchTestBrowser();
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
      await page.click(".place[data-response=A] .why-button");
      await page.waitForSelector("#why .tokens");
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
      await page.click('nav a[href="#models"]');
      await page.waitForSelector("#hub-id");
      await fill(page, "#hub-id", letters);
      await page.click("#look");
      await page.waitForSelector("#model-fault");
      expect(await page.evaluate(misfits)).toEqual({ over: 0, small: [] });
      await page.close();
    },
  );
});

describe("page: writing from right to left, and characters of several code points", () => {
  const arabic = "العمود الأرجواني هو الأعلى، نعم.";
  const family = "👩‍👩‍👧‍👦 and 🇯🇵!";

  /** Returns the direction and the places of the response that has `text`. Runs in the page. */
  function shownOf(text: string): {
    direction: string;
    strip: string;
    lefts: number[];
    chips: string[];
  } {
    const place = [...document.querySelectorAll(".place")].find((each) =>
      each.querySelector(".response-text")?.textContent?.includes(text),
    );
    const strip = place?.querySelector(".tokens");
    const chips = [...(strip?.querySelectorAll('[data-part="response"]') ?? [])];
    const directionOf = (element: Element | null | undefined): string =>
      element ? getComputedStyle(element).direction : "";
    return {
      direction: directionOf(place?.querySelector(".response-text")),
      strip: directionOf(strip),
      lefts: chips.slice(0, 3).map((chip) => chip.getBoundingClientRect().left),
      chips: chips.map((chip) => chip.textContent ?? ""),
    };
  }

  it("page: Arabic and emoji scored → text, tokens and fields run as they are read; a chip is a character", async () => {
    const { page, text } = await visit(browser, served);
    await page.waitForSelector("#verdict");
    await fill(page, "#prompt", "ما هو العمود الأعلى؟");
    await fill(page, ".responses li:nth-child(1) textarea", arabic);
    await fill(page, ".responses li:nth-child(2) textarea", family);
    await page.click("#score");
    await page.waitForFunction(
      (words) => document.querySelector("#verdict")?.textContent?.includes(words),
      {},
      arabic,
    );
    const open = async (name: string): Promise<void> => {
      await page.click(`.place[data-response=${name}] .why-button`);
      await page.waitForSelector(`.place[data-response=${name}] .tokens`);
      await page.$eval(`.place[data-response=${name}] .by-token`, (details) => {
        (details as HTMLDetailsElement).open = true;
      });
    };
    await open("A");
    const right = await page.evaluate(shownOf, arabic);
    expect([right.direction, right.strip]).toEqual(["rtl", "rtl"]);
    expect(right.lefts).toEqual(right.lefts.toSorted((a, b) => b - a));
    await open("B");
    const left = await page.evaluate(shownOf, family);
    expect([left.direction, left.strip]).toEqual(["ltr", "ltr"]);
    expect(left.lefts).toEqual(left.lefts.toSorted((a, b) => a - b));
    expect(left.chips).toEqual(["👩‍👩‍👧‍👦", "␣", "a", "n", "d", "␣", "🇯🇵", "!"]);
    const fields = await page.$$eval("#prompt, .responses textarea", (all) =>
      all.map((field) => getComputedStyle(field).direction),
    );
    expect(fields.slice(0, 3)).toEqual(["rtl", "rtl", "ltr"]);
    // Each arrow key moves in its direction.
    await open("A");
    await page.focus(".tokens:dir(rtl) [data-part=response]");
    await page.keyboard.press("ArrowLeft");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("ل");
    expect(await text(".readout[data-chosen]")).toMatch(/^“ل” moved the value by [+−]/);
    expect(await page.$$(".readout[data-chosen] bdi")).toHaveLength(1);
    await page.close();
  });

  it("page: Arabic and English in Rank → each row in its own direction", async () => {
    const { page } = await visit(browser, served, "#rank");
    await page.waitForSelector("#machine");
    await fill(page, "#rank-responses", `${arabic}\nYes.`);
    await page.click("#run-rank");
    await page.waitForSelector("#rank-result");
    const directions = await page.$$eval(".ranked-row", (rows) =>
      rows
        .toSorted(
          (a, b) => Number(a.getAttribute("data-index")) - Number(b.getAttribute("data-index")),
        )
        .map((row) => getComputedStyle(row.querySelector(".response-text") ?? row).direction),
    );
    expect(directions).toEqual(["rtl", "ltr"]);
    await page.close();
  });
});
