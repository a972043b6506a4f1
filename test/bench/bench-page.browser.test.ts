/** The page that measures a GPU, opened in Chrome. */
import { createServer } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestBrowser } from "../../testing/browser/browser.ts";
import type { TestBrowser } from "../../testing/browser/browser.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";

/** Of a matmul in f32, over 1,000 terms: a tenth of what the goldens allow activations. */
const ERROR_LIMIT = 1e-5;

/** Of the table. */
const COLUMNS = 7;

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
  await page.waitForSelector("#results tbody tr:nth-child(3)", { timeout: 100_000 });
  const cells = await page.$$eval("#results tbody td", (all) =>
    all.map((cell) => cell.textContent ?? ""),
  );
  const rows = Array.from({ length: cells.length / COLUMNS }, (_, i) =>
    cells.slice(COLUMNS * i, COLUMNS * (i + 1)),
  );
  const [loop, copy, ...matmuls] = rows;
  expect(loop?.slice(0, 6)).toEqual([
    "plain loop of multiplications",
    "",
    "",
    "",
    expect.stringMatching(/^[\d.]+ GFLOP\/s$/),
    "100 %",
  ]);
  expect(copy?.[0]).toBe("copy of memory");
  expect(copy?.[4]).toMatch(/^[\d.]+ GB\/s$/);
  // The profile's own tuning and its rivals, each with its error and the roofline beside it.
  expect(matmuls.length).toBeGreaterThan(1);
  for (const [work = "", time = "", , roofline = "", , , error] of matmuls) {
    expect(work).toMatch(/^matmul \d+x\d+x\d+ f32 [\w-]+$/);
    expect(Number(error)).toBeGreaterThan(0);
    expect(Number(error)).toBeLessThan(ERROR_LIMIT);
    expect(time).toMatch(/ ms$/);
    expect(Number.parseFloat(roofline)).toBeGreaterThan(0);
  }
  expect(new Set(matmuls.map(([work]) => work)).size).toBe(matmuls.length);
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
