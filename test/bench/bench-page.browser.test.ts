/** The page that measures a GPU, opened in Chrome. */
import { createServer } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestBrowser } from "../../testing/browser/browser.ts";
import type { TestBrowser } from "../../testing/browser/browser.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";

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
  const { page } = await browser.openPage("bench/page/bench.html");
  await page.waitForSelector("#start:not([disabled])");
  const line = await page.$eval("#adapter", (element) => element.textContent ?? "");
  expect(line).toMatch(/^Adapter: .+\. Kernel profile: \w+\./);
}, 60_000);

test("bench page: measured → one line a measurement, which can be copied", async () => {
  const { page } = await browser.openPage("bench/page/bench.html");
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

/** The page next to the demo finds its script and its style, and links back. */
async function lookBeside(url: string): Promise<void> {
  const { page, errors } = await visit(browser.browser, { url }, "bench.html");
  await page.waitForSelector("#start:not([disabled])");
  const display = await page.$eval(".bench-actions", (line) => getComputedStyle(line).display);
  expect(display).toBe("flex");
  expect(errors).toEqual([]);
  await page.click('a[href="./index.html"]');
  await page.waitForSelector("#rank, nav a");
  await page.close();
}

test("bench page: published → beside the demo, as bench.html", async () => {
  const served = await servePage({ fake: true });
  await lookBeside(served.url);
  await served.close();
}, 60_000);

test("bench page: npm start → beside the demo too", async () => {
  const server = await createServer({
    root: "demo",
    configFile: "vite.config.ts",
    logLevel: "error",
    server: { port: 0, host: "localhost", hmr: false, watch: null },
  });
  await server.listen();
  await lookBeside(server.resolvedUrls?.local[0] ?? "");
  await server.close();
}, 60_000);
