/** The page that measures a GPU, opened in Chrome. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestBrowser } from "../../testing/browser.ts";
import type { TestBrowser } from "../../testing/browser.ts";

/** Of a matmul in f32, over 1,000 terms: a tenth of what the goldens allow activations. */
const ERROR_LIMIT = 1e-5;

let browser: TestBrowser;

beforeAll(async () => {
  browser = await openTestBrowser();
}, 60_000);

afterAll(async () => {
  await browser.close();
});

test("bench page: opened → names the adapter and its profile, ready to measure", async () => {
  const { page } = await browser.openPage("demo/bench.html");
  await page.waitForSelector("#start:not([disabled])");
  const line = await page.$eval("#adapter", (element) => element.textContent ?? "");
  expect(line).toMatch(/^Adapter: .+\. Kernel profile: \w+\./);
}, 60_000);

test("bench page: measured → one line a measurement, which can be copied", async () => {
  const { page } = await browser.openPage("demo/bench.html");
  await page.waitForSelector("#start:not([disabled])");
  await page.click("#start");
  await page.waitForSelector("#results tbody tr:nth-child(2)", { timeout: 100_000 });
  const cells = await page.$$eval("#results tbody td", (all) =>
    all.map((cell) => cell.textContent ?? ""),
  );
  expect(cells[0]).toBe("plain loop of multiplications");
  expect(Number(cells[3])).toBeGreaterThan(0);
  const [, error] = cells[5]?.match(/^matmul .+ f32 \w+, error (.+)$/) ?? [];
  expect(Number(error)).toBeGreaterThan(0);
  expect(Number(error)).toBeLessThan(ERROR_LIMIT);
  expect(cells[6]).toMatch(/ ms$/);
}, 120_000);
