/**
 * The page's offline copy with an engine that computes nothing: a newer version is offered and
 * taken, never in mid-score; a damaged cache, a full disk, a browser without service workers.
 */
import { cp } from "node:fs/promises";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../../testing/browser/launch.ts";
import { editionOf, keptSaid, publish } from "../../../testing/demo/offline-driver.ts";
import { servePage } from "../../../testing/demo/page-server.ts";
import type { ServedPage } from "../../../testing/demo/page-server.ts";
import { visit } from "../../../testing/demo/visitor.ts";
import type { Visitor } from "../../../testing/demo/visitor.ts";
import { violations } from "../../../testing/demo/axe.ts";

let browser: Browser;
let served: ServedPage;

const LONG = { timeout: 60_000 };

beforeAll(async () => {
  served = await servePage({ fake: true, offline: true });
  browser = await launchTestBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

interface Visit extends Visitor {
  readonly context: BrowserContext;
  /** The served folder of this page alone. */
  readonly folder: string;
}

/** Visits a page of its own folder, in a browser of its own storage. */
async function visited(
  name: string,
  query: string = "",
  prepare?: (page: Page) => Promise<unknown>,
): Promise<Visit> {
  const folder = path.join(served.folder, name);
  const copied = ["assets", "model", "icons", "index.html", "manifest.webmanifest"];
  for (const one of [...copied, "service-worker.js"]) {
    await cp(path.join(served.folder, one), path.join(folder, one), { recursive: true });
  }
  const context = await browser.createBrowserContext();
  const own = { newPage: () => context.newPage() } as Browser;
  const visitor = await visit(own, { url: `${served.url}${name}/` }, query, prepare);
  return { ...visitor, context, folder };
}

const editionIs = async (page: Page, edition: string): Promise<unknown> =>
  await page.waitForFunction(
    (wanted) => document.documentElement.dataset["edition"] === wanted,
    LONG,
    edition,
  );

it("update: a newer version is published → offered, taken in the end: not by a reload, not beside another tab, not in mid-score; a damaged cache gives the server's page", async () => {
  const { page, context, folder, errors } = await visited("a", "?model=./endless/");
  await page.waitForSelector("#stop", LONG);
  await page.click("#stop");
  expect((await keptSaid(page)).kind).toBe("kept");
  await publish(folder, "second");
  await page.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration())?.update();
  });
  await page.waitForSelector("#take-update", LONG);
  expect(await violations(page)).toEqual([]);

  // A reload alone changes nothing. The offer is there while a score runs.
  await page.reload();
  expect(await editionOf(page)).toBe("");
  await page.waitForSelector("#load-linked", LONG);
  await page.click("#load-linked");
  await page.waitForSelector("#stop", LONG);
  await page.waitForSelector("#take-update", LONG);
  await page.$eval("#prompt", (field) => {
    (field as HTMLTextAreaElement).value = "Is it kept?";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // Another tab would be left with files of two versions.
  const second = await context.newPage();
  await second.goto(page.url());
  expect(await editionOf(second)).toBe("");
  await page.bringToFront();
  await page.click("#take-update");
  await page.waitForSelector("#update[data-update=wanted]", LONG);
  await new Promise((resolve) => setTimeout(resolve, 600));
  // It has not even begun: the other tab has not been asked for.
  expect(await page.$("#update[data-update=wanted]")).not.toBeNull();
  await page.click("#stop");
  await page.waitForSelector("#update[data-update=elsewhere]", LONG);
  await second.close();
  await page.click("#take-update");
  await editionIs(page, "second");
  await page.waitForSelector("#prompt", LONG);
  const prompt = await page.$eval("#prompt", (field) => (field as HTMLTextAreaElement).value);
  expect(prompt).toBe("Is it kept?");
  await expect.poll(() => page.evaluate(() => caches.keys()), LONG).toHaveLength(1);
  expect(await page.$("#update")).toBeNull();

  // The cache loses files, and has others changed, as by another script of this origin.
  await publish(folder, "third");
  await page.evaluate(async () => {
    const [name = ""] = await caches.keys();
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) {
      if (url.includes("/assets/index-")) await cache.put(url, new Response("throw 1"));
      if (/config\.json$|index\.html$/.test(url)) await cache.delete(url);
    }
  });
  await page.reload();
  await editionIs(page, "third");
  await page.waitForSelector("#prompt", LONG);
  expect(errors).toEqual([]);
  await context.close();
}, 120_000);

it("offline: no room on the disk → said, nothing half kept, and the page scores", async () => {
  const { page, context, errors } = await visited("b", "", async (blank) => {
    const session = await blank.createCDPSession();
    const origin = new URL(served.url).origin;
    await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 600_000 });
  });
  await page.waitForSelector("#verdict", LONG);
  const { kind, text } = await keptSaid(page);
  expect(kind).toBe("not-kept");
  expect(text).toContain("no room");
  expect(await page.evaluate(() => caches.keys())).toEqual([]);
  expect(errors).toEqual([]);
  await context.close();
}, 60_000);

it.each<[string, string, () => void]>([
  [
    "that may not be asked for",
    "this browser keeps no pages here",
    () =>
      Object.defineProperty(Navigator.prototype, "serviceWorker", {
        get() {
          throw new DOMException("sandboxed", "SecurityError");
        },
      }),
  ],
  [
    "that are refused",
    "this browser refused: not here",
    () =>
      (ServiceWorkerContainer.prototype.register = async () =>
        await Promise.reject(new DOMException("not here", "SecurityError"))),
  ],
])(
  "offline: service workers: %s → said, and the page scores",
  async (_, words, spoil) => {
    const { page, context, errors } = await visited("c", "", (blank) =>
      blank.evaluateOnNewDocument(spoil),
    );
    await page.waitForSelector("#verdict", LONG);
    const { kind, text } = await keptSaid(page);
    expect(kind).toBe("not-kept");
    expect(text).toContain(words);
    expect(errors).toEqual([]);
    await context.close();
  },
  60_000,
);
