/** How near, how steady and how short the page is: `npm run bench -- page` measures the rest. */
import type { Browser } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import {
  measureShift,
  screensOnPhone,
  shiftOf,
  tabsToScore,
  watchOpening,
} from "../../testing/demo/figures.ts";
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

it("page: opened, scored twice, all views → layout shift below 0.02; a planted shift is seen", async () => {
  const { unasked, movers } = await measureShift(browser, served);
  expect(unasked, movers.join("\n")).toBeLessThan(0.02);
  const { page } = await visit(browser, served, "", (opened) =>
    opened.evaluateOnNewDocument(watchOpening),
  );
  await page.waitForSelector("#verdict");
  // What still fades in is not seen, and does not count as moved.
  await page.waitForFunction(() => document.getAnimations().length === 0);
  await page.$eval(".answer", (answer) =>
    answer.prepend(Object.assign(document.createElement("div"), { style: "height: 200px" })),
  );
  expect((await shiftOf(page)).unasked).toBeGreaterThan(0.02);
  await page.close();
});

it("page: eight responses of 130 words on a phone → within 4 screens", async () => {
  expect(await screensOnPhone(browser, served)).toBeLessThanOrEqual(4);
});

it("page: Tab from the start → Score within 8", async () => {
  const { page } = await visit(browser, served);
  await page.setViewport({ width: 1280, height: 800 });
  await page.waitForSelector("#verdict");
  expect(await tabsToScore(page)).toBeLessThanOrEqual(8);
  await page.close();
});
