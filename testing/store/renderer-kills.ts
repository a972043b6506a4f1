/**
 * Renderers killed in mid-download, counted: what `npm run soak -- faults chrome` prints, and the
 * browser's tests run in small. Chunks are as long as a real download's, for Chrome's pieces of a
 * body are.
 */
import { randomBytes } from "node:crypto";
import { FIRST_BYTES } from "../../src/files/http/http-open.ts";
import { CHUNK_BYTES } from "../../src/store/download/download.ts";
import type { InPage, TestBrowser } from "../browser/browser.ts";
import { countOutcome, tally } from "../tally.ts";
import type { Kills } from "./faults.ts";
import { hashesOf } from "./model-fixture.ts";
import { modelServer } from "./model-server.ts";
import type { ModelServer } from "./model-server.ts";

type StorePage = InPage<typeof import("./store-page.ts")>;

const MODULE = "testing/store/store-page.ts";
/** Four requests of 8 chunks: all are open at the same time. */
const FILES: ReadonlyMap<string, Uint8Array> = new Map([
  ["config.json", Buffer.from("{}")],
  ["model.safetensors", randomBytes(32 * CHUNK_BYTES - 5)],
]);
const RIGHT = hashesOf(FILES);
const TOTAL = [...FILES.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);

/** Returns a server, a plugin for the browser, with the files of `rendererKills`. */
export function largeServer(): ModelServer {
  return modelServer("large-model", FILES);
}

/**
 * Kills tabs after a random number of received bytes, with a slow and a fast server in turn. A
 * second tab continues the download.
 */
export async function rendererKills(
  browser: TestBrowser,
  server: ModelServer,
  times: number,
): Promise<Kills> {
  const into: Kills = {
    ...tally("Chrome: renderer killed in mid-download, resumed"),
    mostAgain: 0,
  };
  const url = `${browser.url}${server.path}`;
  for (let i = 0; i < times; i++) {
    server.pauseMs = i % 2 === 0 ? 10 : 0;
    const fetched = await killedDownload(browser, url, Math.random() * TOTAL);
    server.pauseMs = 0;
    const next = await browser.openPage();
    const store: StorePage = next.module(MODULE);
    const landed = (await store.list()).reduce((sum, { byteLength }) => sum + byteLength, 0);
    server.served = 0;
    const visit = await store.visit(url, [...FILES.keys()], CHUNK_BYTES);
    const faults: string[] = [];
    if ([...RIGHT].some(([name, hash]) => visit.hashes[name] !== hash)) faults.push("other bytes");
    if (!visit.isStored) faults.push("not kept");
    // Of all that the first one had, what had landed is not fetched again.
    if (visit.netBytes !== TOTAL - landed) faults.push(`${visit.netBytes} bytes fetched`);
    // Opening a file asks for its first bytes.
    if (server.served > visit.netBytes + FILES.size * FIRST_BYTES)
      faults.push(`${server.served} bytes served`);
    const again = fetched - landed;
    into.mostAgain = Math.max(into.mostAgain, again);
    if (again > CHUNK_BYTES) faults.push(`${again} bytes again`);
    faults.push(...(await store.remove()).map((name) => `${name} is left`));
    await next.page.close();
    faults.push(...next.takeErrors());
    countOutcome(into, 0, faults.length > 0 ? `kill ${i}: ${faults.join("; ")}` : undefined);
  }
  return into;
}

/**
 * Opens a tab, kills it when it has received `bytes` bytes, and returns how many it had received.
 */
async function killedDownload(browser: TestBrowser, url: string, bytes: number): Promise<number> {
  const { page, module, takeErrors } = await browser.openPage();
  const session = await page.createCDPSession();
  const died = new Promise((resolve) => page.once("error", resolve));
  let fetched = 0;
  await page.exposeFunction("tellNetBytes", (netBytes: number) => {
    // Nobody is left to answer.
    if (fetched < bytes && netBytes >= bytes) session.send("Page.crash").catch(() => {});
    fetched = netBytes;
  });
  await module<typeof import("./store-page.ts")>(MODULE).begin(url, CHUNK_BYTES);
  await died;
  await page.close();
  takeErrors();
  return fetched;
}
