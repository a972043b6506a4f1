/** Why?: the panel that explains a score, in rows of all views, with the real engine. */
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { seenTogether } from "../../testing/demo/figures.ts";
import { visit } from "../../testing/demo/visitor.ts";
import { violations } from "../../testing/demo/axe.ts";

let browser: Browser;
let served: ServedPage;

beforeAll(async () => {
  served = await servePage();
  browser = await launchTestBrowser({ log: (line) => console.log(line) });
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** SwiftShader on a busy machine: an explanation takes some 300 scores. */
const LONG = { timeout: 240_000 };

/** Waits until the panel is done; a slow machine asks before it goes on. */
async function explained(page: Page): Promise<void> {
  await page.waitForSelector('#why[data-phase="done"], #why #why-go', LONG);
  if ((await page.$('#why[data-phase="done"]')) === null) await page.click("#why-go");
  await page.waitForSelector('#why[data-phase="done"]', LONG);
}

const textOf = (page: Page, selector: string): Promise<string> =>
  page.$eval(selector, (element) => (element as HTMLElement).innerText);

describe("why: a row of Score", () => {
  let page: Page;

  beforeAll(async () => {
    // The address of a row opens its panel.
    ({ page } = await visit(browser, served, "#score/why/D"));
    await page.waitForSelector(".place[data-response=D] #why", LONG);
    await explained(page);
  }, 300_000);

  it("why: the row that loses by one word → the contrast names it, first of all", async () => {
    expect(await textOf(page, "#why-lead")).toMatch(/^D loses to B by 4\.4\d\.$/);
    const marks = await page.$$eval(".why-contrast mark", (all) =>
      all.map((mark) => mark.textContent),
    );
    expect(marks).toEqual(["yes", "no"]);
    const contrast = await textOf(page, ".why-contrast .why-effects li");
    expect(contrast).toMatch(/“yes” in place of “no”[\s\S]*\+4\.4\d/);
  });

  it("why: 1280 × 800 → four scores and what differs, in sight together", async () => {
    const before = page.viewport();
    await page.setViewport({ width: 1280, height: 800 });
    await page.evaluate(() => scrollTo(0, 0));
    expect(await seenTogether(page)).toEqual({ scores: 4, reason: true });
    await page.setViewport(before);
  });

  it("why: the picture → its strongest part is on the purple bar; arrow keys read the numbers", async () => {
    const { width } = await page.$eval(".why-frame img", (image) => ({
      width: image.naturalWidth,
    }));
    const cells = await page.$$eval(".why-grid button", (all) =>
      all.map((cell) => ({
        share: Number.parseFloat(cell.style.getPropertyValue("--share")),
        left: Number.parseFloat(cell.style.left),
        right: Number.parseFloat(cell.style.left) + Number.parseFloat(cell.style.width),
      })),
    );
    expect(cells.length).toBeGreaterThanOrEqual(16);
    expect(width).toBeGreaterThan(0);
    // The purple bar of the first sample stands between these percents of the width.
    const strongest = cells.toSorted((x, y) => y.share - x.share)[0]!;
    expect(strongest.left).toBeLessThan(75);
    expect(strongest.right).toBeGreaterThan(55);
    await page.focus(".why-grid button[tabindex='0']");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    const label = await page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    expect(label).toMatch(/^Row 2, column 2: [+−]?\d/);
    expect(await textOf(page, "#why-cell")).toMatch(/^This part/);
  });

  it("why: the truth test → its verdict stands in words, and the tokens are folded away", async () => {
    expect(await textOf(page, "#why-truth")).toMatch(
      /Is this true\? (?:Tested: |The order of these parts is no better than chance).*p = 0\.\d+/,
    );
    expect(await page.$eval(".by-token", (details) => (details as HTMLDetailsElement).open)).toBe(
      false,
    );
    expect(await textOf(page, ".why-units")).toContain("in the prompt");
  });

  it("why: what if the text says yes → the new score beside the old one", async () => {
    await page.click("#what-if summary");
    await page.$eval("#what-if-text", (field) => {
      (field as HTMLTextAreaElement).value = "Purple is 8 and green is 6, so the answer is yes.";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    await page.click("#what-if-run");
    await page.waitForFunction(
      () => /it was/.test(document.querySelector("#what-if-result")?.textContent ?? ""),
      LONG,
    );
    expect(await textOf(page, "#what-if-result")).toMatch(
      /^\+2\.6\d; it was −1\.8\d \(\+4\.4\d\)\.$/,
    );
  });

  it("why: copied → the explanation as a text", async () => {
    await page.evaluate(() => {
      const copied: string[] = [];
      Object.assign(globalThis, { copied });
      navigator.clipboard.writeText = async (text) => void copied.push(text);
    });
    await page.click("#why-copy");
    const text = await page.evaluate(
      () => (globalThis as unknown as { copied: string[] }).copied[0],
    );
    expect(text).toMatch(/^D loses to B by 4\.4\d\./);
    expect(text).toContain("“yes” in place of “no”");
    expect(text).toMatch(/p = 0\.\d+/);
  });

  it("why: everything open → axe finds nothing", async () => {
    await page.$$eval("#why details", (all) => all.forEach((each) => (each.open = true)));
    expect(await violations(page)).toEqual([]);
  });

  it("why: Escape → the panel closes, the focus is on its button, and the address follows", async () => {
    expect(page.url()).toMatch(/#score\/why\/D$/);
    await page.focus("#why-copy");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelector("#why") === null, LONG);
    expect(page.url()).toMatch(/#score$/);
    const focused = await page.evaluate(() => document.activeElement?.className);
    expect(focused).toBe("why-button");
  });

  it("why: stopped → what was found stays, and it goes on from there", async () => {
    await page.click(".place[data-response=C] .why-button");
    // A slow machine asks before it goes on. It is stopped by the page itself, before it can end.
    await page.waitForFunction(
      () => {
        const find = (selector: string): HTMLElement | null =>
          document.querySelector<HTMLElement>(`.place[data-response=C] ${selector}`);
        find("#why-go")?.click();
        const stop = find('#why[data-up-to="all"] #why-stop');
        if (find(".why-contrast") === null || stop === null) return false;
        stop.click();
        return true;
      },
      { ...LONG, polling: "mutation" },
    );
    await page.waitForSelector("#why-go", LONG);
    expect(await page.$(".why-contrast")).not.toBeNull();
    await page.click("#why-go");
    await page.waitForSelector('#why[data-phase="running"]', LONG);
  }, 300_000);

  it("why: Japanese → the panel in Japanese", async () => {
    await page.click("#language");
    await page.waitForFunction(() => document.documentElement.lang === "ja", LONG);
    expect(await textOf(page, "#why-lead")).toMatch(/^CはBより4\.2\d低い評価です。$/);
    await page.close();
  });
});

describe("why: rows of Rank and Report", () => {
  it("why: a row of Rank → its contrast with the best one", async () => {
    const { page } = await visit(browser, served, "#rank");
    await page.waitForSelector("#machine", LONG);
    await page.type("#rank-responses", "Purple is the highest.\nPurple is the lowest.");
    await page.click("#run-rank");
    await page.waitForSelector("#rank-result", LONG);
    await page.click(".ranked-row:last-child .why-button");
    await page.waitForSelector(".ranked-row:last-child .why-contrast mark", LONG);
    const marks = await page.$$eval(".why-contrast mark", (all) =>
      all.map((mark) => mark.textContent),
    );
    expect(marks.toSorted()).toEqual(["highest", "lowest"]);
    await page.close();
  }, 300_000);

  it("why: a pair of a report → the contrast of its own two responses", async () => {
    const { page } = await visit(browser, served, "#report");
    await page.waitForSelector("#machine", LONG);
    const row = { id: "r1", prompt: "Is it red?", chosen: "No, red.", rejected: "Yes, red." };
    await page.$eval(
      "#report-files",
      (input, text) => {
        const files = new DataTransfer();
        files.items.add(new File([text], "pairs.jsonl"));
        (input as HTMLInputElement).files = files.files;
        input.dispatchEvent(new Event("change"));
      },
      `${JSON.stringify(row)}\n`,
    );
    await page.waitForSelector("#report-chosen b", LONG);
    await page.click("#run-report");
    await page.waitForSelector("#report-result", LONG);
    await page.select("#pair-filter", "all");
    await page.waitForSelector("details.pair summary", LONG);
    await page.click("details.pair summary");
    await page.waitForSelector("details.pair .why-button", LONG);
    await page.click("details.pair .why-button");
    await page.waitForSelector("details.pair .why-contrast mark", LONG);
    const marks = await page.$$eval(".why-contrast mark", (all) =>
      all.map((mark) => mark.textContent),
    );
    expect(marks.toSorted()).toEqual(["No", "Yes"]);
    await page.close();
  }, 300_000);
});
