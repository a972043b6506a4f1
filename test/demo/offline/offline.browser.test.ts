/**
 * The built page with the real engine, in a subfolder of a static host: after one visit it scores
 * without the network.
 */
import { cp, readdir } from "node:fs/promises";
import path from "node:path";
import type { Browser, BrowserContext } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../../testing/browser/launch.ts";
import { keptSaid } from "../../../testing/demo/offline-driver.ts";
import { servePage } from "../../../testing/demo/page-server.ts";
import type { ServedPage } from "../../../testing/demo/page-server.ts";
import { REFERENCE_SCORES, visit } from "../../../testing/demo/visitor.ts";
import type { Visitor } from "../../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;
let isServed = true;

const LONG = { timeout: 60_000 };

beforeAll(async () => {
  served = await servePage({ offline: true });
  for (const name of await readdir(served.folder)) {
    const to = path.join(served.folder, "sub/page", name);
    await cp(path.join(served.folder, name), to, { recursive: true });
  }
  browser = await launchTestBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  if (isServed) await served?.close();
});

/** Visits the page in a subfolder, in a browser of its own storage. */
async function visited(): Promise<{ context: BrowserContext; visitor: Visitor }> {
  const context = await browser.createBrowserContext();
  const own = { newPage: () => context.newPage() } as Browser;
  const visitor = await visit(own, { url: `${served.url}sub/page/` });
  return { context, visitor };
}

it("offline: Offline reload scores; the server is shut down, the page reloaded → sample 1 as transformers has it", async () => {
  const { context, visitor } = await visited();
  const { page } = visitor;
  await page.waitForSelector("#verdict", LONG);
  const said = await keptSaid(page);
  expect(said.kind).toBe("kept");
  expect(said.text).toMatch(/yes.*\d\.\d\sMB/u);
  const caches = await page.evaluate(() => globalThis.caches.keys());
  expect(caches).toHaveLength(1);
  expect(caches[0]).toContain("/sub/page/");

  await served.close();
  isServed = false;
  await page.setOfflineMode(true);
  await page.reload({ waitUntil: "load" });
  await page.waitForSelector("#verdict", LONG);
  const values = (await visitor.ranking()).toSorted((a, b) => a.letter.localeCompare(b.letter));
  expect(values).toHaveLength(REFERENCE_SCORES.length);
  values.forEach(({ score }, at) => expect(score).toBeCloseTo(REFERENCE_SCORES[at] ?? 0, 1));
  // It is a page as before: parts that are loaded when they are wanted come too.
  await page.evaluate(() => (location.hash = "#label"));
  await page.waitForSelector("#label-title, #view-title", LONG);
  // The engine is as sealed as before: nothing of the copy is a way out.
  await page.$eval("#prove", (button) => (button as HTMLElement).click());
  await page.waitForFunction(
    () => /\d+ ways were refused/.test(document.querySelector("#proof")?.textContent ?? ""),
    LONG,
  );
  expect(visitor.requests.filter((url) => !url.startsWith(served.url))).toEqual([]);
  await context.close();
}, 120_000);
