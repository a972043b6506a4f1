/**
 * Tests the store in a real Chrome while a model loads and scores: quotas, evictions, killed tabs,
 * tabs that load at the same time, flipped bits.
 *
 * A case passes if the score has the right bits or a typed error is thrown, no buffer is left, and
 * the next visit, without faults, gives the right bits. `npm run soak -- store` runs all cases;
 * `store.browser.test.ts` has small ones.
 */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import type { CDPSession } from "puppeteer";
import { CHUNK_BYTES } from "../../src/store/download/download.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import type { Conversation } from "../../src/types.ts";
import { modelServer } from "../../testing/store/model-server.ts";
import type { ModelServer } from "../../testing/store/model-server.ts";
import { largeServer, rendererKills } from "../../testing/store/renderer-kills.ts";
import { openTestBrowser } from "../../testing/browser/browser.ts";
import type { InPage, TestBrowser, TestPage } from "../../testing/browser/browser.ts";
import type { Outcome } from "../../testing/browser/page/model.ts";
import { modelFolder } from "../../testing/golden.ts";
import { countOutcome, tally } from "../../testing/tally.ts";
import type { Tally } from "../../testing/tally.ts";
import { AFTER_PATIENCE, PATIENCE_MS } from "./patience.ts";

type ModelPage = InPage<typeof import("../../testing/browser/page/model.ts")>;

const conversations: readonly Conversation[] = [
  [
    { role: "user", content: "What is 3 plus 4?" },
    { role: "assistant", content: "3 plus 4 is 7." },
  ],
];
const resident: LoadOptions = {};
/** Weights are read from the store in every score. */
const streamed: LoadOptions = { residency: "streamed", memoryBudgetBytes: 2 ** 16 };

interface Bench {
  readonly browser: TestBrowser;
  readonly server: ModelServer;
  readonly url: string;
  readonly origin: string;
  readonly totalBytes: number;
  /** The model's score without faults. */
  values: readonly number[];
}

/** A visitor's tab. */
interface Tab {
  readonly page: TestPage;
  readonly model: ModelPage;
  readonly session: CDPSession;
}

interface Visit extends Outcome {
  readonly warnings: readonly string[];
  readonly netBytes: number;
}

async function openTab({ browser }: Bench): Promise<Tab> {
  const page = await browser.openPage();
  return { page, model: page.module("model.ts"), session: await page.page.createCDPSession() };
}

/** Closes a tab. Returns what is wrong with the state that it leaves. */
async function closeTab({ page, model }: Tab): Promise<string[]> {
  const { liveBuffers } = await model.dispose();
  await page.page.close();
  const faults = page.takeErrors().filter((error) => !error.includes("net::ERR_ABORTED"));
  return liveBuffers === 0 ? faults : [...faults, `${liveBuffers} buffers left`];
}

async function loadAndScore(bench: Bench, tab: Tab, options = resident): Promise<Visit> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Visit>((resolve) => {
    const error = { name: "pending", message: AFTER_PATIENCE };
    const visit = { values: [], error, ms: PATIENCE_MS, warnings: [], netBytes: 0 };
    timer = setTimeout(() => resolve(visit), PATIENCE_MS);
  });
  const visit = await Promise.race([visitModel(bench, tab, options), late]);
  clearTimeout(timer);
  return visit;
}

async function visitModel({ url }: Bench, { model }: Tab, options: LoadOptions): Promise<Visit> {
  const loaded = await model.load(url, options, true);
  if (loaded.error) return loaded;
  return { ...loaded, ...(await model.score(conversations)) };
}

async function evict({ origin }: Bench, { session }: Tab): Promise<void> {
  await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
}

/** Counts a case, after a visit that must find everything in order. */
async function judge(
  bench: Bench,
  into: Tally,
  name: string,
  visits: readonly Visit[],
  faults: string[],
): Promise<void> {
  bench.server.pauseMs = 0;
  bench.server.isGone = false;
  const tab = await openTab(bench);
  for (const visit of [...visits, await loadAndScore(bench, tab)]) {
    const isNext = !visits.includes(visit);
    const said = visit.error ? `${visit.error.name}: ${visit.error.message}` : "another score";
    const isFine = visit.error
      ? !isNext && /^(Input|Weights|Unsupported|Gpu)Error$/.test(visit.error.name)
      : isSame(visit.values, bench.values);
    if (!isFine) faults.push(isNext ? `the next visit: ${said}` : said);
  }
  await evict(bench, tab);
  faults.push(...(await closeTab(tab)));
  const error = visits.find((visit) => visit.error)?.error;
  if (
    !error &&
    visits.some(({ warnings }) => warnings.some((text) => /without being kept/.test(text)))
  )
    into.uncached += 1;
  const wrong = faults.length > 0 ? `${name}: ${faults.join("; ")}` : undefined;
  countOutcome(into, error ? new Error(error.message) : 0, wrong);
}

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.length > 0 && a.length === b.length && a.every((value, i) => value === b[i]);

/** Quotas in shares of the model's bytes; 1 MiB by its name. */
export const QUOTAS = [0, "1 MiB", 0.5, 0.99] as const;

async function quotas(
  bench: Bench,
  shares: readonly (typeof QUOTAS)[number][] = QUOTAS,
): Promise<Tally> {
  const into = tally("Chrome: quota of 0, 1 MiB, 50 %, 99 %", shares.length);
  const { totalBytes, origin } = bench;
  for (const share of shares) {
    const quotaSize = share === "1 MiB" ? 2 ** 20 : totalBytes * share;
    const tab = await openTab(bench);
    await tab.session.send("Storage.overrideQuotaForOrigin", {
      origin,
      quotaSize: Math.floor(quotaSize),
    });
    const visit = await loadAndScore(bench, tab);
    const { complete, incomplete } = await tab.model.kept();
    const faults = complete + incomplete > 0 ? [`${complete + incomplete} models left behind`] : [];
    await tab.session.send("Storage.overrideQuotaForOrigin", { origin });
    faults.push(...(await closeTab(tab)));
    await judge(bench, into, `quota ${quotaSize}`, [visit], faults);
  }
  return into;
}

export type EvictionMoment = "before loading" | "in mid-download" | "in mid-load" | "in mid-score";

/** The browser takes away all that the site has stored. */
async function evictions(bench: Bench, moment: EvictionMoment, times: number): Promise<Tally> {
  const into = tally(`Chrome: evicted ${moment}`, 1);
  for (let i = 0; i < times; i++) {
    const tab = await openTab(bench);
    const options = moment === "in mid-score" ? streamed : resident;
    let visiting: Promise<Visit>;
    if (moment === "in mid-download") {
      bench.server.pauseMs = 10;
      bench.server.served = 0;
      visiting = loadAndScore(bench, tab);
      await served(bench, Math.random() * bench.totalBytes);
      await evict(bench, tab);
    } else {
      const { ms } = await tab.model.load(bench.url, options, true);
      await tab.model.dispose();
      if (moment === "before loading") await evict(bench, tab);
      visiting = loadAndScore(bench, tab, options);
      if (moment === "in mid-load") await pause((Math.random() * ms) / 2);
      if (moment === "in mid-score") await pause((Math.random() / 2 + 0.5) * ms);
      if (moment !== "before loading") await evict(bench, tab);
    }
    const visit = await visiting;
    await judge(bench, into, `evicted ${moment}`, [visit], await closeTab(tab));
  }
  return into;
}

async function tabsAtOnce(bench: Bench, times: number): Promise<Tally> {
  const into = tally("Chrome: 4 tabs load the same model together", 1);
  for (let i = 0; i < times; i++) {
    bench.server.pauseMs = 5;
    const tabs = await Promise.all([1, 2, 3, 4].map(() => openTab(bench)));
    const visits = await Promise.all(tabs.map((tab) => loadAndScore(bench, tab)));
    const faults: string[] = [];
    for (const tab of tabs) faults.push(...(await closeTab(tab)));
    const writers = visits.filter(({ netBytes }) => netBytes > 0).length;
    if (writers !== 1) faults.push(`${writers} tabs downloaded`);
    await judge(bench, into, "4 tabs", visits, faults);
  }
  return into;
}

/** Flips a bit of the store while no one reads it. Every second time the server is gone. */
async function flips(bench: Bench, times: number): Promise<Tally> {
  const into = tally("Chrome: bit flipped in the store, then loaded", 1);
  for (let i = 0; i < times; i++) {
    const tab = await openTab(bench);
    await tab.model.load(bench.url, resident, true);
    await tab.model.dispose();
    const file = await tab.model.flipBit(Math.random());
    bench.server.isGone = i % 2 === 1;
    const visit = await loadAndScore(bench, tab);
    const faults = await closeTab(tab);
    await judge(bench, into, `bit of ${file}`, [visit], faults);
  }
  return into;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function served({ server }: Bench, bytes: number): Promise<void> {
  while (server.served < bytes) await pause(2);
}

/** A browser with the servers of the cases, and the model's score without faults. */
export interface StoreBench {
  readonly browser: TestBrowser;
  /** Shares of the model's bytes; all of `QUOTAS` by default. */
  quotas(shares?: readonly (typeof QUOTAS)[number][]): Promise<Tally>;
  evictions(moment: EvictionMoment, times: number): Promise<Tally>;
  tabsAtOnce(times: number): Promise<Tally>;
  flips(times: number): Promise<Tally>;
  rendererKills(times: number): ReturnType<typeof rendererKills>;
}

/** Opens it. The caller closes the browser. */
export async function openStoreBench(flags: readonly string[] = []): Promise<StoreBench> {
  const folder = modelFolder("qwen3");
  const names = readdirSync(folder);
  const files = new Map(names.map((name) => [name, readFileSync(path.join(folder, name))]));
  const server = modelServer("soak-model", files);
  const large = largeServer();
  const browser = await openTestBrowser([server.plugin, large.plugin], flags);
  const url = `${browser.url}${server.path}`;
  const totalBytes = [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  const { origin } = new URL(browser.url);
  const bench: Bench = { browser, server, url, origin, totalBytes, values: [] };
  try {
    const tab = await openTab(bench);
    bench.values = (await loadAndScore(bench, tab)).values;
    await evict(bench, tab);
    await closeTab(tab);
  } catch (error) {
    await browser.close();
    throw error;
  }
  return {
    browser,
    quotas: (shares) => quotas(bench, shares),
    evictions: (moment, times) => evictions(bench, moment, times),
    tabsAtOnce: (times) => tabsAtOnce(bench, times),
    flips: (times) => flips(bench, times),
    rendererKills: (times) => rendererKills(browser, large, times),
  };
}

/** Runs all kinds; `tell` is called with lines for people. */
export async function* browserStore(tell: (line: string) => void): AsyncGenerator<Tally> {
  const bench = await openStoreBench();
  try {
    const killed = await bench.rendererKills(10);
    const chunks = (killed.mostAgain / CHUNK_BYTES).toFixed(2);
    tell(`fetched again after a renderer was killed: at most ${chunks} chunks of 1 MiB`);
    yield killed;
    yield await bench.quotas();
    yield await bench.evictions("before loading", 2);
    yield await bench.evictions("in mid-download", 4);
    yield await bench.evictions("in mid-load", 4);
    yield await bench.evictions("in mid-score", 4);
    yield await bench.tabsAtOnce(2);
    yield await bench.flips(10);
  } finally {
    await bench.browser.close();
  }
}
