/**
 * The built page with a malicious engine inside, in Chrome and in a Firefox if there is one: what a
 * person writes reaches no server. Then the page's own ways out: those that a policy can close are
 * closed.
 */
import { existsSync } from "node:fs";
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { servePage, type ServedPage } from "../../testing/demo/page-server.ts";
import { SinkServer } from "../../testing/sink-server.ts";

const FIREFOX = ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find((file) => existsSync(file));

let served: ServedPage;
beforeAll(async () => {
  served = await servePage({ fake: true });
}, 120_000);
afterAll(() => served.close());

/** Gives a browser without a GPU an adapter: the engine of these tests computes nothing. */
async function opened(browser: Browser, query: string): Promise<Page> {
  const page = await browser.newPage();
  await page.evaluateOnNewDocument(() => {
    const gpu = { requestAdapter: async () => await Promise.resolve({}) };
    Object.defineProperty(Navigator.prototype, "gpu", { get: () => gpu });
  });
  await page.goto(served.url + query, { waitUntil: "load" });
  return page;
}

describe.each([
  ["chrome", undefined],
  ["firefox", FIREFOX],
])("%s", (name, firefox) => {
  const isHere = name === "chrome" || firefox !== undefined;
  const sink = new SinkServer();
  let browser: Browser;
  let port = 0;

  beforeAll(async () => {
    if (!isHere) return;
    port = await sink.listen();
    browser = await launchTestBrowser({}, firefox);
  }, 120_000);
  afterAll(async () => {
    sink.close();
    await browser?.close();
  });

  test.skipIf(!isHere)(
    "page: a link that names a model → asked first, nothing requested",
    async () => {
      const page = await opened(browser, `?model=http://127.0.0.1:${port}/hostile-${port}/`);
      await page.waitForSelector("#load-linked");
      expect(await page.$eval("#linked", (each) => each.textContent)).toContain("127.0.0.1");
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await page.$("#loading")).toBeNull();
      expect(sink.connections).toBe(0);
      await page.close();
    },
    60_000,
  );

  test.skipIf(!isHere)(
    "page: a malicious engine scores → the server sees the model's file, and no text",
    async () => {
      const page = await opened(browser, `?model=./hostile-${port}/`);
      await page.waitForSelector("#load-linked");
      await page.click("#load-linked");
      await page.waitForSelector("#verdict", { timeout: 90_000 });
      const asked = new Set(sink.hits);
      expect([...asked]).toEqual(["/model/config.json"]);
      // Known files are read again with the headers of before, and by ranges of numbers.
      for (const headers of sink.headers) {
        expect(headers).not.toMatch(/x-text|purple|highest/i);
      }
      await page.$eval("#prove", (button) => (button as HTMLElement).click());
      await page.waitForFunction(() =>
        /\d+ ways were refused/.test(document.querySelector("#proof")?.textContent ?? ""),
      );
      await page.close();
    },
    120_000,
  );

  test.skipIf(!isHere)(
    "page: its own ways out that a policy can close → closed",
    async () => {
      const page = await opened(browser, "");
      await page.waitForSelector("#verdict", { timeout: 90_000 });
      const before = sink.hits.length;
      await page.evaluate(async (at: string) => {
        const element = (tag: string, fields: object): HTMLElement => {
          const made = Object.assign(document.createElement(tag), fields);
          document.body.append(made);
          return made;
        };
        const ways: (() => unknown)[] = [
          () => fetch(`${at}fetch`),
          () => fetch(`${at}no-cors`, { mode: "no-cors", method: "POST", body: "x" }),
          () => navigator.sendBeacon(`${at}beacon`, "x"),
          () => new EventSource(`${at}event-source`),
          () => new WebSocket(`${at.replace("http", "ws")}web-socket`),
          () => import(/* @vite-ignore */ `${at}import`),
          () => new Worker(`${at}worker`),
          () => element("img", { src: `${at}img` }),
          () => element("script", { src: `${at}script` }),
          () => element("link", { rel: "stylesheet", href: `${at}style` }),
          () => element("link", { rel: "prefetch", href: `${at}prefetch` }),
          () => element("iframe", { src: `${at}frame` }),
          () => element("video", { src: `${at}video` }),
          () => element("object", { data: `${at}object` }),
          () => {
            const form = element("form", { action: `${at}form`, target: "_blank" });
            (form as HTMLFormElement).submit();
          },
          () => element("a", { href: "#score", ping: `${at}ping` }).click(),
          () => new FontFace("x", `url(${at}font)`).load(),
          async () => await (await caches.open("x")).add(`${at}cache`),
        ];
        for (const way of ways) {
          try {
            await Promise.race([way(), new Promise((resolve) => setTimeout(resolve, 300))]);
          } catch {
            // Refused: as it should be.
          }
        }
      }, `http://127.0.0.1:${port}/`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(sink.hits.slice(before)).toEqual([]);
      await page.close();
    },
    120_000,
  );

  test.skipIf(!isHere)(
    "page: a model that hangs, Cancel → its worker is ended",
    async () => {
      const page = await opened(browser, "?model=./hung/");
      await page.waitForSelector("#load-linked");
      await page.click("#load-linked");
      await page.waitForSelector("#cancel");
      await page.click("#cancel");
      // The frame of the sealed worker goes with it.
      await page.waitForFunction(() => document.querySelector("iframe") === null);
      await page.close();
    },
    60_000,
  );

  // It takes ten seconds of silence: one browser shows it.
  test.skipIf(name !== "chrome")(
    "page: a score that hangs, Stop → its worker is ended, said, and a fresh one started",
    async () => {
      const page = await opened(browser, "?model=./hung-score/");
      await page.waitForSelector("#load-linked");
      await page.click("#load-linked");
      // Stop is there while the model is loaded, too: then there is nothing yet that hangs.
      await page.waitForSelector("#machine", { timeout: 60_000 });
      await page.waitForSelector("#stop", { timeout: 60_000 });
      await page.$eval("iframe", (frame) => (frame.id = "first"));
      await page.click("#stop");
      await page.waitForFunction(
        () => {
          const frames = [...document.querySelectorAll("iframe")];
          return frames.length === 1 && frames[0]?.id !== "first";
        },
        { timeout: 60_000 },
      );
      await page.waitForFunction(
        () => document.body.textContent?.includes("did not stop when asked"),
        { timeout: 60_000 },
      );
      await page.close();
    },
    120_000,
  );
});
