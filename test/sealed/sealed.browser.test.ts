/**
 * The sealed worker against a malicious dependency in it: no channel reaches a server, which counts
 * every connection and request. In Chrome, and in a Firefox if there is one.
 */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestBrowser } from "../../testing/browser/browser.ts";
import type { InPage, TestBrowser, TestPage } from "../../testing/browser/browser.ts";
import { SinkServer } from "../../testing/sink-server.ts";

const FIREFOX = ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find((file) => existsSync(file));

describe.each([
  ["chrome", undefined],
  ["firefox", FIREFOX],
])("%s", (name, firefox) => {
  const isHere = name === "chrome" || firefox !== undefined;
  let browser: TestBrowser;
  let opened: TestPage | undefined;
  let inPage: InPage<typeof import("./sealed-page.ts")>;
  const sink = new SinkServer();
  let port = 0;

  beforeAll(async () => {
    if (!isHere) return;
    port = await sink.listen();
    browser = await openTestBrowser([], [], firefox);
    const page = await browser.openPage();
    opened = page;
    inPage = page.module<typeof import("./sealed-page.ts")>("test/sealed/sealed-page.ts");
  }, 120_000);
  afterAll(async () => {
    sink.close();
    // What the policy refuses is an error in the console.
    opened?.takeErrors();
    await browser?.close();
  });

  const place = (secret: string) => ({
    http: `http://127.0.0.1:${port}/`,
    ws: `ws://127.0.0.1:${port}/`,
    secret,
    own: `${browser.url}test/sealed/attack.ts`,
  });

  test.skipIf(!isHere)(
    "sealed worker: every channel tried → no connection, and none seems open",
    async () => {
      const { open, root } = await inPage.attackSealed(place("canary-sealed"));
      expect(open).toEqual([]);
      expect(sink.hits).toEqual([]);
      expect(sink.connections).toBe(0);
      // What the engine needs is there: the store of kept models.
      if (name === "chrome") expect(root).toBe(true);
    },
    120_000,
  );

  test.skipIf(!isHere)(
    "a worker that is not sealed: the same attack → seen by the server",
    async () => {
      const { open } = await inPage.attackOpen(place("canary-open"));
      expect(open.length).toBeGreaterThan(5);
      const channels = new Set(sink.hits.map((hit) => hit.replace(/^\/|\?.*$/g, "")));
      console.log(`${name}, not sealed: ${[...channels].join(", ")}`);
      expect(channels.size).toBeGreaterThanOrEqual(8);
      expect(sink.hits.every((hit) => hit.endsWith("canary-open"))).toBe(true);
    },
    60_000,
  );

  test.skipIf(!isHere)("isSealed: in the sealed worker, in the page → true, false", async () => {
    expect(await inPage.sealedOrNot()).toEqual([true, false]);
  });
});
