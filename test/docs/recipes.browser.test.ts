/** The recipes of the documentation, as they stand there, in pages of their own. */
import { readFileSync } from "node:fs";
import type { Browser, Page } from "puppeteer";
import { transformWithOxc } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveBuilt } from "../../testing/browser/built-library.ts";
import type { BuiltLibrary } from "../../testing/browser/built-library.ts";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { recipeNames } from "./recipes.ts";

const LONG = { timeout: 60_000 };

let served: BuiltLibrary;
let browser: Browser;

/** Returns a recipe's page and its program, with the library's addresses in place of its names. */
async function pagesOf(name: string): Promise<Record<string, string>> {
  const text = readFileSync(`docs/recipes/${name}.md`, "utf8");
  const [, html = ""] = /```html\n(.*?)```/s.exec(text) ?? [];
  const [, program = ""] = /```ts\n(.*?)```/s.exec(text) ?? [];
  const { code } = await transformWithOxc(program, `${name}.ts`);
  const icon = '<link rel="icon" href="data:,">';
  return {
    [`${name}.html`]: `<!doctype html><meta charset="utf-8">${icon}${html}
      <script type="module" src="/${name}.js"></script>`,
    [`${name}.js`]: code.replaceAll(/"vl-reward\/(\w+)"/g, '"/lib/$1.js"'),
  };
}

beforeAll(async () => {
  const pages = await Promise.all(recipeNames().map(pagesOf));
  served = await serveBuilt({
    pages: Object.assign({}, ...pages) as Record<string, string>,
    files: {
      "chart.png": "weights/tiny-vl-reward/samples/01-tallest-bar.png",
      "value_head.safetensors": "weights/tiny-vl-reward/value_head.safetensors",
      "instruct-model/": "test/golden/heads/models/labels",
    },
  });
  browser = await launchTestBrowser({});
}, 120_000);

afterAll(async () => {
  await browser.close();
  await served.close();
});

async function open(name: string): Promise<Page> {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.log(`${name}: ${String(error)}`));
  await page.goto(`${served.url}${name}.html`);
  return page;
}

async function textOf(page: Page, selector: string): Promise<string> {
  await page.waitForFunction(
    (at) => document.querySelector(at)?.textContent !== "",
    LONG,
    selector,
  );
  return await page.$eval(selector, (element) => element.textContent ?? "");
}

test("recipe score-before-sending: a right and a wrong draft → better and worse than the canned one", async () => {
  const page = await open("score-before-sending");
  await page.waitForSelector("#draft[data-ready]", LONG);
  await page.type("#draft", "Yes, purple is the highest.");
  await page.waitForFunction(
    () => /^better than .* \d+ %$/.test(document.querySelector("#hint")?.textContent ?? ""),
    LONG,
  );
  await page.$eval("#draft", (element) => {
    (element as HTMLTextAreaElement).value = "";
    element.dispatchEvent(new Event("input"));
  });
  expect(await page.$eval("#hint", (element) => element.textContent)).toBe("");
  await page.close();
});

test("recipe best-of-n: three answers → the right one first, with its lead", async () => {
  const page = await open("best-of-n");
  expect(await textOf(page, "#note")).toMatch(/^First by \d+ %\.$/);
  const items = await page.$$eval("li", (all) => all.map(({ textContent }) => textContent));
  expect(items[0]).toBe("Yes, purple is the highest.");
  expect(items).toHaveLength(3);
  await page.close();
});

test("recipe moderate-uploads: a picture, sealed → a probability, and a verdict by the limits", async () => {
  const page = await open("moderate-uploads");
  await page.waitForSelector("#file[data-ready]", LONG);
  const input = await page.$("#file");
  await (input as unknown as { uploadFile(file: string): Promise<void> }).uploadFile(
    "weights/tiny-vl-reward/samples/01-tallest-bar.png",
  );
  const verdict = await textOf(page, "#verdict");
  const value = Number(
    await page.$eval("#verdict", (one) => (one as HTMLElement).dataset["value"]),
  );
  expect(value).toBeGreaterThan(0);
  expect(value).toBeLessThan(1);
  expect(verdict).toBe(value > 0.9 ? "held back" : value < 0.1 ? "sent" : "a person decides");
  await page.close();
});

test("recipe ab-in-production: two exchanges → the difference with its interval", async () => {
  const page = await open("ab-in-production");
  const report = await textOf(page, "#report");
  expect(report).toMatch(/^a − b: -\d+\.\d\d, from -\d+\.\d\d to -?\d+\.\d\d; a wins 0 of 2$/);
  await page.close();
});

test("recipe label-at-home: the published head given as one's own → the published score", async () => {
  const page = await open("label-at-home");
  expect(Number(await textOf(page, "#judged"))).toBeCloseTo(2.395, 3);
  await page.close();
});
