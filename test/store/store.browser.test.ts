/** The store in a browser: the origin private file system, Web Locks, tabs that die, quotas. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTestBrowser } from "../../testing/browser/browser.ts";
import { inChrome } from "../../testing/browser/launch.ts";
import type { InPage, TestBrowser, TestPage } from "../../testing/browser/browser.ts";
import { bytesOf, hashesOf } from "../../testing/store/model-fixture.ts";
import { modelServer } from "../../testing/store/model-server.ts";
import { largeServer, rendererKills } from "../../testing/store/renderer-kills.ts";
import type { Visit } from "../../testing/store/store-page.ts";

const MODULE = "testing/store/store-page.ts";
type StorePage = InPage<typeof import("../../testing/store/store-page.ts")>;

/** Odd lengths, several chunks of 64 KiB and requests of 8 chunks. */
const FILES: ReadonlyMap<string, Uint8Array> = new Map([
  ["config.json", Buffer.from("{}")],
  ["tokenizer.json", bytesOf(11, 200_000)],
  ["model.safetensors", bytesOf(12, 3_000_001)],
]);
const PATHS = [...FILES.keys()];
const RIGHT = Object.fromEntries(hashesOf(FILES));
const TOTAL = [...FILES.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);

let browser: TestBrowser;
let url: string;
const server = modelServer("stored-model", FILES);
const large = largeServer();
const pages: TestPage[] = [];
/** Stays open and cleans up. */
let janitor: StorePage;

async function openPage(): Promise<{ page: TestPage; store: StorePage }> {
  const page = await browser.openPage();
  pages.push(page);
  return { page, store: page.module<typeof import("../../testing/store/store-page.ts")>(MODULE) };
}

beforeAll(async () => {
  browser = await openTestBrowser([server.plugin, large.plugin]);
  url = `${browser.url}${server.path}`;
  janitor = (await browser.openPage()).module<typeof import("../../testing/store/store-page.ts")>(
    MODULE,
  );
});
afterAll(() => browser?.close());

beforeEach(() => {
  server.served = 0;
  server.pauseMs = 0;
});
afterEach(async () => {
  for (const page of pages.splice(0)) await close(page);
  expect(await janitor.remove()).toEqual([]);
});

/** A page that is closed breaks off its requests: no error of the engine's. */
async function close(page: TestPage): Promise<void> {
  if (!page.page.isClosed()) await page.page.close();
  const errors = page.takeErrors().filter((error) => !error.includes("net::ERR_ABORTED"));
  expect(errors).toEqual([]);
}

describe.each(["page", "worker"] as const)("in a %s", (place) => {
  const visit = (store: StorePage): Promise<Visit> =>
    place === "page"
      ? store.visit(url, PATHS)
      : (store.inWorker("visit", [url, PATHS]) as Promise<Visit>);

  test("storedSource: two visits → the right bytes, the second without the network", async () => {
    const { store } = await openPage();
    const first = await visit(store);
    expect(first).toMatchObject({ isStored: true, hashes: RIGHT, netBytes: TOTAL, warnings: [] });
    const after = server.served;
    const second = await visit(store);
    expect(second).toMatchObject({ isStored: true, hashes: RIGHT, netBytes: 0, warnings: [] });
    expect(server.served).toBe(after);
    expect(await store.list()).toEqual([
      { name: "org/test@main", isComplete: true, byteLength: TOTAL },
    ]);
  });

  test("storedSource: 2 tabs killed in mid-download → each continues from the end of the last one", async () => {
    server.pauseMs = 60;
    let landed = 0;
    for (let i = 0; i < 2; i++) {
      const before = server.served;
      const { page, store } = await openPage();
      const begun = place === "page" ? store.begin(url) : store.inWorker("visit", [url, []]);
      void Promise.resolve(begun).catch(() => {});
      while (server.served < before + 1_000_000)
        await new Promise((resolve) => setTimeout(resolve, 5));
      await page.page.close();
      const [part] = await janitor.list();
      expect(part).toMatchObject({ name: "org/test@main", isComplete: false });
      expect(part?.byteLength).toBeGreaterThan(landed + 100_000);
      landed = part?.byteLength ?? 0;
    }
    server.pauseMs = 0;
    const { store } = await openPage();
    // Stored bytes are not fetched again.
    expect(await visit(store)).toMatchObject({
      isStored: true,
      hashes: RIGHT,
      netBytes: TOTAL - landed,
    });
  });
});

test.runIf(inChrome)(
  "storedSource: 2 renderers killed, chunks of 1 MiB → one chunk at most is fetched again",
  async () => {
    const counted = await rendererKills(browser, large, 2);
    expect(counted.wrong).toEqual([]);
    expect(counted.right).toBe(2);
    // The kills do hit downloads that are under way.
    expect(counted.mostAgain).toBeGreaterThan(0);
  },
);

describe("tabs", () => {
  test("storedSource: 4 tabs together → one download, all open it, the waiting tabs see its progress", async () => {
    server.pauseMs = 5;
    const tabs = await Promise.all([1, 2, 3, 4].map(() => openPage()));
    const visits = await Promise.all(tabs.map(({ store }) => store.visit(url, PATHS)));
    for (const one of visits)
      expect(one).toMatchObject({ isStored: true, hashes: RIGHT, warnings: [] });
    expect(visits.filter(({ netBytes }) => netBytes > 0)).toHaveLength(1);
    expect(visits.filter(({ followed }) => followed)).toHaveLength(3);
    expect(server.served).toBeLessThan(TOTAL + 3 * 65_536);
  });

  test("storedSource: 4 workers read a stored model together → all get it", async () => {
    const { store } = await openPage();
    await store.visit(url, PATHS);
    const visits = await Promise.all([1, 2, 3, 4].map(() => store.inWorker("visit", [url, PATHS])));
    for (const one of visits)
      expect(one).toMatchObject({ isStored: true, hashes: RIGHT, netBytes: 0 });
  });

  test("storedSource: the downloading tab of two is closed → the other one finishes", async () => {
    server.pauseMs = 10;
    const first = await openPage();
    await first.store.begin(url);
    while (server.served < 400_000) await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await openPage();
    const waiting = second.store.visit(url, PATHS);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await first.page.page.close();
    expect(await waiting).toMatchObject({ isStored: true, hashes: RIGHT });
  });
});

describe("the browser's limits", () => {
  test.runIf(inChrome)(
    "storedSource: quota of 0, 1 MiB, 50 % and 99 % → read without the store, with a warning",
    async () => {
      const { page, store } = await openPage();
      const session = await page.page.createCDPSession();
      const { origin } = new URL(browser.url);
      for (const quotaSize of [0, 2 ** 20, Math.floor(TOTAL / 2), Math.floor(TOTAL * 0.99)]) {
        await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize });
        const visit = await store.visit(url, PATHS);
        expect(visit).toMatchObject({ isStored: false, hashes: RIGHT });
        expect(visit.warnings).toEqual([
          expect.stringMatching(/read without being kept.*gives no more space/),
        ]);
      }
      await session.send("Storage.overrideQuotaForOrigin", { origin });
    },
  );

  test.runIf(inChrome)("storedSource: everything evicted → downloaded again", async () => {
    const { page, store } = await openPage();
    await store.visit(url, PATHS);
    const session = await page.page.createCDPSession();
    await session.send("Storage.clearDataForOrigin", {
      origin: new URL(browser.url).origin,
      storageTypes: "all",
    });
    expect(await store.visit(url, PATHS)).toMatchObject({
      isStored: true,
      hashes: RIGHT,
      netBytes: TOTAL,
    });
  });

  test("verify, repair: a flipped bit → its chunk is found and fetched again", async () => {
    const { store } = await openPage();
    await store.visit(url, PATHS);
    const before = server.served;
    expect(await store.flipAndRepair(url)).toEqual({
      found: [{ path: "model.safetensors", begin: 196_608, end: 262_144 }],
      repaired: true,
      after: true,
    });
    // Opening the file, and the chunk.
    expect(server.served - before).toBe(2 * 65_536);
  });

  // Firefox asks the person, and waits for the answer.
  test.runIf(inChrome)("persist, estimate: asked → answers", async () => {
    const { store } = await openPage();
    const { persisted, estimate } = await store.space();
    expect(typeof persisted).toBe("boolean");
    expect(estimate?.quotaBytes).toBeGreaterThan(2 ** 20);
  });
});

// The last one: Chrome keeps a file that was cleared away while it was open locked until it ends.
describe.runIf(inChrome)("cleared away", () => {
  test("storedSource: everything evicted in mid-download → read without the store, nothing pending", async () => {
    server.pauseMs = 10;
    const { page, store } = await openPage();
    const session = await page.page.createCDPSession();
    const visiting = store.visit(url, PATHS);
    while (server.served < 1_000_000) await new Promise((resolve) => setTimeout(resolve, 5));
    await session.send("Storage.clearDataForOrigin", {
      origin: new URL(browser.url).origin,
      storageTypes: "file_systems",
    });
    expect(await visiting).toMatchObject({ isStored: false, hashes: RIGHT });
  });
});
