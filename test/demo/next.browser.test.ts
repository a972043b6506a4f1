/**
 * Another model is loaded while one judges: the one in use goes on, and is replaced only when the
 * other is ready and nothing is being judged.
 */
import { cp } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { misfits } from "../../testing/demo/looks.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";
import type { Visitor } from "../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;

beforeAll(async () => {
  served = await servePage({ fake: true });
  // The library reads real files; the name of the folder decides what the engine does.
  for (const name of ["slow", "damaged", "other", "big"]) {
    const files = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"];
    for (const file of [...files, "value_head.safetensors", "preprocessor_config.json"]) {
      await cp(path.join(served.folder, "model", file), path.join(served.folder, name, file));
    }
  }
  browser = await launchTestBrowser();
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** Presses a button that a mouse could miss: a view that has just opened scrolls to its title. */
async function press(page: Page, selector: string): Promise<void> {
  await page.waitForSelector(selector);
  await page.$eval(selector, (button) => (button as HTMLElement).click());
}

/** Looks at a folder beside the page in Models. Returns the way in which it would come. */
async function look({ page }: Visitor, folder: string, keeps = true): Promise<string | undefined> {
  await press(page, 'nav a[href="#models"]');
  await press(page, "input[value=url]");
  const field = await page.waitForSelector("#model-url");
  await field?.evaluate((input, value) => {
    (input as HTMLInputElement).value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, `./${folder}/`);
  await press(page, "#look");
  await page.waitForSelector("#seen");
  const isKept = await page.$eval("#keep", (box) => (box as HTMLInputElement).checked);
  if (isKept !== keeps) await press(page, "#keep");
  await page.waitForSelector("#way");
  return await page.$eval("#way", (note) => (note as HTMLElement).dataset["way"]);
}

/** Returns true once the chip names the model. */
async function isInUse(page: Page, name: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelector(".chip-name")?.textContent?.includes(wanted),
    {},
    name,
  );
}

async function scoresOn({ page, scoredAfter, ranking }: Visitor): Promise<void> {
  await press(page, 'nav a[href="#score"]');
  await page.waitForSelector("#score");
  await scoredAfter(() => press(page, "#score"));
  expect(await ranking()).toHaveLength(4);
}

/** What the chip shows of a download to the eye; undefined if nothing. */
async function shownPart(page: Page): Promise<{ text: string; isWhole: boolean } | undefined> {
  return await page.evaluate(() => {
    const part = document.querySelector<HTMLElement>("#model-chip .chip-part");
    if (part === null || !part.checkVisibility()) return undefined;
    const { left, right } = part.getBoundingClientRect();
    const chip = document.querySelector("#model-chip")?.getBoundingClientRect();
    const isInChip = chip !== undefined && left >= chip.left && right <= chip.right;
    const isWhole = isInChip && right <= innerWidth && part.scrollWidth <= part.clientWidth + 1;
    return { text: part.innerText.replaceAll(/\s+/g, " ").trim(), isWhole };
  });
}

it.each(["en", "ja"])(
  "page: a model comes, alone or beside the one in use, on a phone in %s → the chip shows how far it is; on a wide screen its words do",
  async (language) => {
    const inLanguage = async (page: Page): Promise<void> => {
      await page.evaluateOnNewDocument(
        (name) => localStorage.setItem("vl-reward.language", name),
        language,
      );
    };
    const seen = async ({ page }: Visitor): Promise<void> => {
      for (const width of [320, 390, 768]) {
        await page.setViewport({ width, height: 844 });
        expect(await shownPart(page), `${width}`).toEqual({ text: "37 %", isWhole: true });
        expect(await page.evaluate(misfits), `${width}`).toEqual({ over: 0, small: [] });
      }
      const name = await page.$eval("#model-chip", (chip) => chip.textContent);
      expect(name).toMatch(language === "ja" ? /読み込み中/ : /[Ll]oading/);
      await page.setViewport({ width: 1280, height: 844 });
      expect(await shownPart(page)).toBeUndefined();
      expect(await page.$eval(".chip-more", (more) => more.checkVisibility())).toBe(true);
    };
    // Of its own storage: the other tests are in English.
    const context = await browser.createBrowserContext();
    const own = { newPage: () => context.newPage() };
    const alone = await visit(own, served, "?model=./slow/", inLanguage);
    await alone.page.waitForSelector("#loading progress[max]");
    await seen(alone);
    await alone.page.close();
    const beside = await visit(own, served, "", inLanguage);
    await beside.page.waitForSelector("#verdict");
    expect(await shownPart(beside.page)).toBeUndefined();
    await look(beside, "slow");
    await press(beside.page, "#load");
    await beside.page.waitForSelector("#next[data-state=loading] #loading progress[max]");
    await seen(beside);
    await context.close();
  },
);

it("page: another model downloads → scores go on, the chip says how far; Pause, Resume and Cancel keep the one in use", async () => {
  const visitor = await visit(browser, served, "");
  const { page, text, errors } = visitor;
  await page.waitForSelector("#verdict");
  expect(await look(visitor, "slow")).toBe("beside");
  expect(await text("#way")).toContain("Built-in goes on judging");
  await press(page, "#load");
  await page.waitForSelector("#next[data-state=loading] #loading progress[max]");
  expect(await text("#model-chip")).toMatch(/Built-in.*loading slow 37\s?%/);
  await scoresOn(visitor);
  expect(await text("#model-chip")).toContain("slow");
  await press(page, 'nav a[href="#models"]');
  await press(page, "#pause");
  await page.waitForSelector("#next[data-state=paused]");
  await scoresOn(visitor);
  await press(page, 'nav a[href="#models"]');
  await press(page, "#resume");
  await page.waitForSelector("#next[data-state=loading] #loading progress[max]");
  await press(page, "#cancel");
  await page.waitForSelector("#next", { hidden: true });
  await scoresOn(visitor);
  // Its workers are ended, and those of the one in use are not.
  await expect.poll(async () => (await page.$$("iframe")).length).toBe(1);
  expect(errors).toEqual([]);
  await page.close();
}, 60_000);

it("page: another model that cannot be read → an error in Models, and scores go on with the one in use", async () => {
  const visitor = await visit(browser, served, "");
  const { page, text } = visitor;
  await page.waitForSelector("#verdict");
  await look(visitor, "damaged");
  await press(page, "#load");
  await page.waitForSelector('#next-fault[data-code="weights"]');
  expect(await text("#next-fault")).toContain("the header is not JSON");
  await scoresOn(visitor);
  expect(await page.$("#fault")).toBeNull();
  await press(page, 'nav a[href="#models"]');
  await press(page, "#dismiss");
  await page.waitForSelector("#next", { hidden: true });
  await page.close();
}, 60_000);

it("page: another model is ready while one scores → it waits, and takes over when the scoring has ended", async () => {
  const visitor = await visit(browser, served, "?model=./endless/");
  const { page, text, ranking } = visitor;
  await page.waitForSelector("#scoring");
  await isInUse(page, "endless");
  await look(visitor, "other");
  await press(page, "#load");
  await page.waitForSelector("#next[data-state=waiting]");
  await isInUse(page, "endless");
  await press(page, 'nav a[href="#score"]');
  await press(page, "#stop");
  await isInUse(page, "other");
  await scoresOn(visitor);
  expect(await ranking()).toHaveLength(4);
  expect(await text("#model-name")).toContain("/other/");
  await expect.poll(async () => (await page.$$("iframe")).length).toBe(1);
  await page.close();
}, 60_000);

it("page: the GPU may not hold both → told before; through the store, then in place; what fails brings the one before back", async () => {
  const visitor = await visit(browser, served, "?model=./big/");
  const { page, text } = visitor;
  await page.waitForSelector("#verdict");
  expect(await look(visitor, "damaged", false)).toBe("inPlace");
  expect(await text("#way")).toContain("big is let go immediately");
  await press(page, "#load");
  await page.waitForSelector('#next-fault[data-code="weights"]');
  await page.waitForSelector("#ready");
  await isInUse(page, "big");
  expect(await look(visitor, "other")).toBe("store");
  expect(await text("#way")).toContain("big is let go when this one moves to the GPU");
  await press(page, "#load");
  await isInUse(page, "other");
  await page.waitForSelector('.kept-model[data-name$="/other/"] [data-do=verify]');
  // The verdict of the one before stays with its name, and only that one could explain it.
  await press(page, 'nav a[href="#score"]');
  await page.waitForSelector(".stale");
  expect(await text(".stale")).toMatch(/^Judged by .*\/big\//);
  expect(await page.$$(".why-button:not([disabled])")).toHaveLength(0);
  await scoresOn(visitor);
  expect(await page.$(".stale")).toBeNull();
  expect(await page.$$("button.why-button:not([disabled])")).toHaveLength(4);
  await expect.poll(async () => (await page.$$("iframe")).length).toBe(1);
  await page.close();
}, 60_000);
