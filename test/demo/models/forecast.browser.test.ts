/** Models, before a download: how long a score would take here, measured on a press. */
import { cp } from "node:fs/promises";
import path from "node:path";
import type { Browser } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../../testing/browser/launch.ts";
import { servePage } from "../../../testing/demo/page-server.ts";
import type { ServedPage } from "../../../testing/demo/page-server.ts";
import { visit } from "../../../testing/demo/visitor.ts";
import { violations } from "../../../testing/demo/axe.ts";
import { misfits } from "../../../testing/demo/looks.ts";

let browser: Browser;
let served: ServedPage;

const LONG = { timeout: 90_000 };

beforeAll(async () => {
  served = await servePage({ fake: true });
  await cp(path.join(served.folder, "model"), path.join(served.folder, "other"), {
    recursive: true,
  });
  browser = await launchTestBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

it("forecast: a model that was looked at → its time a score as a range, with how it was found; no weights fetched; another form asks again", async () => {
  const { page, text, errors, requests } = await visit(browser, served, "#models");
  await page.waitForSelector("#machine", LONG);
  await page.click("input[value=url]");
  await page.waitForSelector("#model-url");
  await page.type("#model-url", "./other/");
  await page.click("#look");
  await page.waitForSelector("#measure", LONG);
  const weightReads = (): number =>
    requests.filter((url) => url.endsWith("/other/model.safetensors")).length;
  const looked = weightReads();
  expect(looked).toBeGreaterThan(0);
  await page.click("#measure");
  await page.waitForSelector("#forecast b", LONG);
  const said = await text("#forecast");
  const [, low = "0", high = "0"] = /about ([\d.,]+) to ([\d.,]+) s a score here/u.exec(said) ?? [];
  expect(Number(low)).toBeGreaterThan(0);
  // Both are rounded to two figures.
  expect(Number(high) / Number(low)).toBeGreaterThan(2);
  expect(Number(high) / Number(low)).toBeLessThan(2.5);
  expect(said).toContain("An estimate for one response, a picture of 1,024 tokens");
  // It reads headers, as the look before it did, and no weights.
  expect(weightReads() - looked).toBeLessThanOrEqual(looked);
  expect(await violations(page)).toEqual([]);
  await page.setViewport({ width: 320, height: 800 });
  expect(await page.evaluate(misfits)).toEqual({ over: 0, small: [] });
  await page.setViewport({ width: 1280, height: 900 });
  await page.click("[name=form][value=q4]");
  await page.waitForSelector("#measure");
  expect(await page.$("#forecast b")).toBeNull();
  expect(errors).toEqual([]);
  await page.close();
}, 120_000);
