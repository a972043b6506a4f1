/**
 * The list of models to try: what each is for, sizes as docs/models.md has them, a name by a press.
 */
import { readFileSync } from "node:fs";
import type { Browser } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TRIED } from "../../../demo/models/tried.ts";
import { launchTestBrowser } from "../../../testing/browser/launch.ts";
import { violations } from "../../../testing/demo/axe.ts";
import { cutTexts, faintTexts, foreignTexts, misfits } from "../../../testing/demo/looks.ts";
import { servePage } from "../../../testing/demo/page-server.ts";
import type { ServedPage } from "../../../testing/demo/page-server.ts";
import { visit } from "../../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;

beforeAll(async () => {
  served = await servePage({ fake: true });
  browser = await launchTestBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

it("models to try: their sizes → those of docs/models.md", () => {
  const lines = readFileSync("docs/models.md", "utf8").split("\n");
  for (const { backbone, storedBytes, q4Bytes } of TRIED) {
    const row = lines.find((line) => line.startsWith(`| ${backbone} `)) ?? "";
    const [stored, , q4] = row.split("|").slice(2, 5).map(Number);
    expect([stored, q4], backbone).toEqual([storedBytes / 1e9, q4Bytes / 1e9]);
  }
});

it.each(["en", "ja"])(
  "models to try, in %s: opened → each with its use and sizes; a press writes its name; fits, can be read, axe clean",
  async (language) => {
    const context = await browser.createBrowserContext();
    const own = { newPage: () => context.newPage() };
    const { page, errors, requests } = await visit(own, served, "#models", async (opened) => {
      await opened.evaluateOnNewDocument(
        (name) => localStorage.setItem("vl-reward.language", name),
        language,
      );
    });
    await page.waitForSelector("#tried summary");
    await page.click("#tried summary");
    const rows = await page.$$eval(".tried li", (all) => all.map((row) => row.innerText));
    expect(rows).toHaveLength(TRIED.length);
    expect(rows[0]?.replaceAll("\u00a0", " ")).toMatch(/14\.4 GB[^]*4\.8 GB/);
    for (const width of [320, 1280]) {
      await page.setViewport({ width, height: 900 });
      for (const value of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        expect(await page.evaluate(misfits)).toEqual({ over: 0, small: [] });
        expect(await page.evaluate(cutTexts)).toEqual([]);
        expect(await page.evaluate(faintTexts)).toEqual([]);
        expect(await violations(page)).toEqual([]);
      }
    }
    if (language === "ja") expect(await page.evaluate(foreignTexts)).toEqual([]);
    await page.click(".tried li:nth-child(2) button");
    const written = await page.$eval("#hub-id", (field) => (field as HTMLInputElement).value);
    expect(written).toBe(TRIED[1]?.name);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("hub-id");
    // Nothing is asked of the hub before "Look at it".
    expect(requests.filter((url) => !url.startsWith(served.url))).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  },
);
