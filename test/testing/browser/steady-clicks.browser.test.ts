/** Clicks of tests reach the element, although it moves. */
import type { Browser } from "puppeteer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchTestBrowser } from "../../../testing/browser/launch.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchTestBrowser();
}, 120_000);
afterAll(() => browser.close());

test("a button that jumps away from the first two presses → clicked once", async () => {
  const page = await browser.newPage();
  await page.setContent(`<button id="moves" style="position: fixed; top: 0">Press</button>`);
  await page.evaluate(() => {
    const button = document.querySelector<HTMLElement>("#moves");
    let moves = 0;
    document.addEventListener(
      "mousemove",
      () => {
        if (button !== null && moves < 2) button.style.top = `${(moves += 1) * 100}px`;
      },
      true,
    );
    globalThis.pressed = 0;
    button?.addEventListener("click", () => (globalThis.pressed += 1));
  });
  await page.click("#moves");
  expect(await page.evaluate(() => globalThis.pressed)).toBe(1);
  await page.close();
}, 60_000);

test("a button below another element → an error that says so", async () => {
  const page = await browser.newPage();
  await page.setContent(
    `<button id="below">Press</button><div style="position: fixed; inset: 0"></div>`,
  );
  await expect(page.click("#below")).rejects.toThrow(
    "#below: expected a click on it, got 20 beside it. Is it covered?",
  );
  await page.close();
}, 60_000);

declare global {
  var pressed: number;
}
