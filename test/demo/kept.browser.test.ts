/**
 * Models that the page stores, with the real engine and store: downloaded once, then loaded from
 * disk, checked and deleted.
 */
import { cp, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { inChrome, launchTestBrowser } from "../../testing/browser/launch.ts";
import { bytes } from "../../demo/base/format.ts";
import { violations } from "../../testing/demo/axe.ts";
import { writeBigModel } from "./big-model.ts";
import { misfits } from "../../testing/demo/looks.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";
import type { Visitor } from "../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;

beforeAll(async () => {
  served = await servePage();
  for (const name of ["other", "spare"]) {
    await cp(path.join(served.folder, "model"), path.join(served.folder, name), {
      recursive: true,
    });
  }
  browser = await launchTestBrowser();
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

const plain = (words: string): string => words.replaceAll("\u00a0", " ");

/** Returns true if the store has `count` models. Runs in the page. */
async function manifestCount(count: number): Promise<boolean> {
  const root = await navigator.storage.getDirectory();
  const directory = await root.getDirectoryHandle("vl-reward");
  let found = 0;
  for await (const name of directory.keys()) found += name.endsWith(".model") ? 1 : 0;
  return found === count;
}

/** Bytes of all models in the store; runs in the page. */
async function storedBytes(): Promise<number> {
  const root = await navigator.storage.getDirectory();
  const directory = await root.getDirectoryHandle("vl-reward");
  let sum = 0;
  for await (const [name, handle] of directory.entries()) {
    if (name.endsWith(".data") && handle.kind === "file") sum += (await handle.getFile()).size;
  }
  return sum;
}

/** Presses a button that a mouse could miss: a view that has just opened scrolls to its title. */
async function press(page: Page, selector: string): Promise<void> {
  await page.waitForSelector(selector);
  await page.$eval(selector, (button) => (button as HTMLElement).click());
}

/**
 * Writes into a field that typing could miss: a view that has just opened takes the focus to its
 * title.
 */
async function fill(page: Page, selector: string, text: string): Promise<void> {
  const field = await page.waitForSelector(selector);
  await field?.evaluate((area, value) => {
    (area as HTMLTextAreaElement).value = value;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }, text);
}

/**
 * Opens the list of models until it shows the button: a copy's manifest is there a moment before it
 * is whole, and counts.
 */
async function openModelsWith(page: Page, selector: string): Promise<void> {
  for (let shown: unknown; !shown;) {
    await page.click('nav a[href="#rank"]');
    await page.click('nav a[href="#models"]');
    shown = await page.waitForSelector(selector, { timeout: 5000 }).catch(() => undefined);
  }
}

/** Ranks two responses. Returns the saved places and scores, with all digits. */
async function rank({ page, saved }: Visitor): Promise<unknown> {
  await page.click('nav a[href="#rank"]');
  await fill(page, "#rank-responses", "Yes.\nNo.");
  await press(page, "#run-rank");
  await page.waitForSelector("#rank-result");
  const { ranking } = JSON.parse(await saved("#rank-json")) as { ranking: unknown };
  return ranking;
}

/** Removes the manifest of the original model, not of its copy. Runs in the page. */
async function forgetOriginal(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const directory = await root.getDirectoryHandle("vl-reward");
  for await (const [name, handle] of directory.entries()) {
    if (!name.endsWith(".model") || handle.kind !== "file") continue;
    const manifest = await (await handle.getFile()).text();
    if (!manifest.includes('"source":"q8 of')) await directory.removeEntry(name);
  }
}

it("page: a model loaded by address, in 8 bits → kept, whole, read without its server, then from its copy alone, deleted", async () => {
  const { page, text, errors } = await visit(browser, served, "#models");
  await page.waitForSelector("#ready");
  await page.click("input[value=url]");
  await page.waitForSelector("#model-url");
  await page.type("#model-url", "./other/");
  await press(page, "#look");
  await page.waitForSelector("#seen");
  await press(page, "[name=form][value=q8]");
  await press(page, "#load");
  await page.waitForSelector(".kept-model [data-do=verify]");
  expect(await text(".kept-name")).toContain("/other/");
  await press(page, "[data-do=verify]");
  await page.waitForFunction(() =>
    document.querySelector(".kept-note")?.textContent?.includes("Every byte is as it was stored"),
  );
  await rename(path.join(served.folder, "other"), path.join(served.folder, "gone"));
  await press(page, "[data-do=use]");
  await page.waitForSelector("#seen");
  expect(await text("#download-size")).toContain("nothing: all");
  await press(page, "[name=form][value=q8]");
  await press(page, "#load");
  const isOther = (): boolean =>
    document.querySelector("#ready")?.textContent?.includes("/other/") === true;
  await page.waitForFunction(isOther);
  // The next visit begins with it, though nobody serves it any more.
  await page.reload();
  await page.waitForFunction(isOther);
  await page.click('nav a[href="#rank"]');
  await fill(page, "#rank-responses", "Yes.\nNo.");
  await press(page, "#run-rank");
  await page.waitForSelector("#rank-result, #rank-fault");
  expect(await page.$$(".ranked-row")).toHaveLength(2);
  // After the first score the 8-bit copy is stored too. Without the manifest of the original files
  // only the copy is left.
  await page.waitForFunction(manifestCount, {}, 2);
  await page.evaluate(forgetOriginal);
  await page.click('nav a[href="#models"]');
  await page.waitForSelector("[data-do=use]");
  await press(page, "[data-do=use]");
  await page.waitForSelector("#seen");
  expect(await text("#download-size")).toContain("nothing: all");
  expect(await page.$$("[name=form]")).toHaveLength(1);
  await press(page, "#load");
  await page.waitForFunction(() =>
    document.querySelector(".kept-name")?.textContent?.startsWith("q8 of"),
  );
  await page.click('nav a[href="#models"]');
  await page.waitForSelector("[data-do=delete]");
  await press(page, "[data-do=delete]");
  await page.waitForSelector("[data-sure]");
  await press(page, "[data-sure]");
  await page.waitForFunction(() => document.querySelector(".kept-model") === null);
  await page.reload();
  await page.waitForFunction(() =>
    document.body.textContent?.includes("The model of your last visit could not be opened"),
  );
  await page.waitForFunction(() =>
    document.querySelector("#ready")?.textContent?.includes("Built-in"),
  );
  expect(errors).toEqual([]);
  await page.close();
  await rm(path.join(served.folder, "gone"), { recursive: true });
}, 120_000);

it("page: the original files of a loaded model deleted, its copy kept → as much freed as was said; the same bits without its server, now and on the next visit", async () => {
  const visitor = await visit(browser, served, "#models");
  const { page, text, errors, requests } = visitor;
  await page.waitForSelector("#ready");
  await page.click("input[value=url]");
  await page.waitForSelector("#model-url");
  await page.type("#model-url", "./spare/");
  await press(page, "#look");
  await page.waitForSelector("#seen");
  await press(page, "[name=form][value=q8]");
  await press(page, "#load");
  await page.waitForSelector(".kept-model");
  const calibration = await text("#model-calibration");
  expect(calibration).toMatch(/T = 0\.\d\d/);
  const ranking = await rank(visitor);
  await page.waitForFunction(manifestCount, {}, 2);
  await openModelsWith(page, "[data-do=delete-originals]");
  const before = await page.evaluate(storedBytes);
  const said = await text(".kept-model .hint:last-child");
  await press(page, "[data-do=delete-originals]");
  await page.waitForSelector("[data-do=delete-originals][data-sure]");
  for (const value of inChrome ? ["light", "dark"] : []) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
    expect(await violations(page), value).toEqual([]);
  }
  await page.setViewport({ width: 320, height: 800 });
  expect(await page.evaluate(misfits)).toEqual({ over: 0, small: [] });
  await rename(path.join(served.folder, "spare"), path.join(served.folder, "gone"));
  const asked = requests.length;
  await press(page, "[data-sure]");
  await page.waitForFunction(manifestCount, {}, 1);
  await page.waitForFunction(() => document.querySelectorAll(".kept-model").length === 1);
  expect(await text(".kept-name")).toMatch(/^q8 of .*\/spare\/$/);
  const freed = bytes(before - (await page.evaluate(storedBytes)));
  expect(said).toContain(`frees ${freed}.`);
  expect(said).toContain("Lost with them are the exact weights");
  expect(await rank(visitor)).toEqual(ranking);
  await page.goto(`${served.url}#models`);
  await page.reload();
  await press(page, "[data-do=use]");
  await press(page, "#load");
  await page.waitForFunction(() =>
    document.querySelector("#ready")?.textContent?.includes("/spare/"),
  );
  expect(await rank(visitor)).toEqual(ranking);
  // Its reference set is kept with it: percentiles, T, what it does not know.
  expect(await text("#model-calibration")).toBe(calibration);
  expect(requests.slice(asked).filter((url) => url.includes("/spare/"))).toEqual([]);
  expect(errors).toEqual([]);
  await page.close();
  await rm(path.join(served.folder, "gone"), { recursive: true });
}, 120_000);

it("page: Resume of a paused download → the download goes on, from what is here", async () => {
  await writeBigModel(path.join(served.folder, "big"));
  for (const name of ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]) {
    await cp(path.join(served.folder, "model", name), path.join(served.folder, "big", name));
  }
  // The model of the test before is another browser's.
  const prepare = async (fresh: Page): Promise<void> => {
    await fresh.evaluateOnNewDocument(() => localStorage.removeItem("vl-reward.last-model"));
  };
  const visitor = await visit(browser, served, "#models", prepare);
  const { page, text, errors } = visitor;
  await page.waitForSelector("#ready");
  await page.click("input[value=url]");
  await page.waitForSelector("#model-url");
  await page.type("#model-url", "./big/");
  await press(page, "#look");
  await page.waitForSelector("#seen");
  await press(page, "[name=form][value=q4]");
  // What will be there afterwards is said before the click.
  expect(plain(await text("#seen"))).toMatch(/Downloads 15\.1 GB once\. A copy of \d\.\d GB/);
  await press(page, "#load");
  // So much that some of it is stored.
  await page.waitForFunction(
    () => /\d\d\.\d\sMB of 15\.1/.test(document.querySelector("#loading")?.textContent ?? ""),
    { timeout: 60_000 },
  );
  // Meanwhile the built-in model ranks, and its result says so.
  await rank(visitor);
  const { model } = JSON.parse(await visitor.saved("#rank-json")) as { model: string };
  expect(model).toMatch(/\/model\/$/);
  await page.click('nav a[href="#models"]');
  await press(page, "#pause");
  await page.waitForSelector("#paused");
  // The list shows what is here without a reload.
  const big = '.kept-model[data-name$="/big/"]';
  await page.waitForSelector(`${big} [data-do=resume]`);
  expect(plain(await text(big))).toMatch(/\d MB so far: the download was not finished/);
  await press(page, `${big} [data-do=resume]`);
  await page.waitForSelector("#loading");
  expect(await page.$("#paused")).toBeNull();
  await press(page, "#cancel");
  await page.waitForFunction(() =>
    document.querySelector("#ready")?.textContent?.includes("Built-in"),
  );
  await press(page, `${big} [data-do=delete]`);
  await press(page, `${big} [data-sure]`);
  await page.waitForSelector(big, { hidden: true });
  expect(errors).toEqual([]);
  await page.close();
  await rm(path.join(served.folder, "big"), { recursive: true });
}, 120_000);
