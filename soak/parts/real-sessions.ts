/**
 * Scores, a table and votes in the page with the real engine, while its tab, its GPU process or the
 * whole browser is killed: whatever was shown as done must be there afterwards, bit by bit.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "puppeteer";
import { adapterFlags } from "../../cli/chrome/adapter.ts";
import { requireChrome, thisMachine } from "../../cli/chrome/chrome.ts";
import {
  beginWithRows,
  pairRows,
  shownNumber,
  storedVotes,
} from "../../testing/demo/label-driver.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { killTab, storedRows } from "../../testing/demo/session-driver.ts";
import { giveTable, jsonl, promptRows } from "../../testing/demo/table-driver.ts";
import { CRASH_FLAGS, crashGpu } from "./crash.ts";
import { killFamily } from "./processes.ts";

const SLOW = { timeout: 240_000 };

const WAYS = ["tab", "gpu", "browser"] as const;
const WORKS = ["score", "table", "label"] as const;

type Way = (typeof WAYS)[number];
type Work = (typeof WORKS)[number];

export interface RealKills {
  /** Kills by what was killed and what ran, such as "tab, score". */
  readonly kills: Readonly<Record<string, number>>;
  readonly rows: number;
  readonly votes: number;
  readonly verdicts: number;
  /** What went wrong, a line each. */
  readonly faults: readonly string[];
}

/** What a verdict is, on the screen and in the database. */
interface SeenVerdict {
  readonly prompt: string;
  readonly scores: readonly string[];
}

/** A page in a browser that can be killed and started again with the same profile. */
class Desk {
  readonly #served: ServedPage;
  readonly #profile: string;
  #browser: Browser | undefined;
  #page: Page | undefined;

  constructor(served: ServedPage, profile: string) {
    this.#served = served;
    this.#profile = profile;
  }

  get page(): Page {
    if (this.#page === undefined) throw new Error("no page is open");
    return this.#page;
  }

  /** Opens the page at a view, as a person does after a crash. */
  async open(view: Work): Promise<void> {
    this.#browser ??= await launch(this.#profile);
    this.#page = await this.#browser.newPage();
    const hash = { score: "score", table: "rank/file", label: "label" }[view];
    await this.#page.setViewport({ width: 1280, height: 900 });
    await this.#page.goto(`${this.#served.url}#${hash}`);
    await this.#page.waitForSelector("#machine", SLOW);
  }

  async kill(way: Way): Promise<void> {
    const browser = this.#browser;
    if (browser === undefined) throw new Error("no browser runs");
    // The page lives on.
    if (way === "gpu") return await crashGpu({ browser });
    if (way === "tab") {
      await killTab(this.page);
    } else {
      const ended = new Promise((resolve) => browser.once("disconnected", resolve));
      const id = browser.process()?.pid;
      if (id === undefined) throw new Error("the browser has no process");
      killFamily(id);
      await ended;
      this.#browser = undefined;
    }
    this.#page = undefined;
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function launch(profile: string): Promise<Browser> {
  const { default: puppeteer } = await import("puppeteer");
  const { flags } = adapterFlags("auto", thisMachine);
  const root = thisMachine.isRoot ? ["--no-sandbox"] : [];
  return await puppeteer.launch({
    executablePath: requireChrome(thisMachine),
    args: [...flags, ...CRASH_FLAGS, ...root, "--disable-dev-shm-usage"],
    userDataDir: profile,
    headless: true,
    pipe: true,
    protocolTimeout: 0,
  });
}

/** Kills in turn what there is to kill, in the middle of each kind of work. */
export async function killInRealWork(
  kills: number,
  tell: (line: string) => void,
): Promise<RealKills> {
  const served = await servePage();
  const profile = await mkdtemp(path.join(tmpdir(), "vl-reward-killed-"));
  const desk = new Desk(served, profile);
  const counts: Record<string, number> = {};
  const faults: string[] = [];
  const works: Record<Work, Workload> = {
    score: scoreWork(),
    table: tableWork(6 * kills + 6),
    label: labelWork(4 * kills + 9),
  };
  try {
    for (let kill = 1; kill <= kills; kill++) {
      const way = WAYS[(kill - 1) % 3] ?? "tab";
      const work = WORKS[Math.floor((kill - 1) / 3) % 3] ?? "score";
      await desk.open(work);
      await works[work].killWithin(desk, way);
      const found: string[] = [];
      if (way === "gpu") {
        found.push(...(await works[work].goOn(desk.page)));
        await desk.page.close();
      }
      counts[`${way}, ${work}`] = (counts[`${way}, ${work}`] ?? 0) + 1;
      await desk.open(work);
      found.push(...(await works[work].check(desk.page)));
      await desk.page.close();
      faults.push(...found.map((fault) => `kill ${kill}, ${way}, ${work}: ${fault}`));
      tell(`kill ${kill}, ${way}, ${work}: ${works[work].told()}, ${found.length} faults`);
    }
    return {
      kills: counts,
      rows: works.table.count(),
      votes: works.label.count(),
      verdicts: works.score.count(),
      faults,
    };
  } finally {
    await desk.close();
    await served.close();
  }
}

interface Workload {
  /** Works, kills in the middle, and remembers what had been shown. */
  killWithin(desk: Desk, way: Way): Promise<void>;
  /** Works on in a page that has outlived the kill. Returns what went wrong. */
  goOn(page: Page): Promise<string[]>;
  /** Compares what was shown with what is there now. */
  check(page: Page): Promise<string[]>;
  /** How much has been shown as done so far. */
  count(): number;
  told(): string;
}

declare global {
  var tellDone: ((what: string) => void) | undefined;
  var readShown: (() => string) | undefined;
}

/** Has the page report what it shows, as it is drawn; the report may be the page's last act. */
async function report(page: Page, take: (seen: string) => void, read: () => string): Promise<void> {
  await page.exposeFunction("tellDone", (seen: string) => take(seen));
  // As a script of the browser's own tools: the page allows no code from texts.
  await page.evaluate(`globalThis.readShown = ${read.toString()}`);
  await page.evaluate(() => {
    let last = "";
    new MutationObserver(() => {
      const now = globalThis.readShown?.() ?? "";
      if (now === last || now === "") return;
      last = now;
      globalThis.tellDone?.(now);
    }).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What Score shows: nothing while it computes, or if it shows scores of an earlier text. */
function shownVerdict(): string {
  const answer = document.querySelector(".answer");
  if (answer?.getAttribute("aria-busy") === "true") return "";
  if (answer?.querySelector(".stale") !== null) return "";
  const places = [...document.querySelectorAll<HTMLElement>("#verdict .place")];
  if (places.length === 0) return "";
  return JSON.stringify({
    prompt: document.querySelector<HTMLTextAreaElement>("#prompt")?.value,
    scores: places.map(
      (one) => `${one.dataset["response"]} ${one.querySelector(".score")?.textContent?.trim()}`,
    ),
  });
}

function scoreWork(): Workload {
  let shown: SeenVerdict | undefined;
  let asked = "";
  let done = 0;
  /** Every second round is killed while it scores, the others as soon as the scores are shown. */
  let isMid = false;
  return {
    async killWithin(desk, way) {
      const { page } = desk;
      await page.waitForSelector("#verdict", SLOW);
      await page.waitForSelector(".answer[aria-busy=false]", SLOW);
      isMid = Math.floor(done / WAYS.length) % 2 === 1;
      asked = `Is purple the highest value, seen ${done + 1} times?`;
      let seen: SeenVerdict | undefined;
      let tell: () => void = () => {};
      const isShown = new Promise<void>((resolve) => (tell = resolve));
      await report(
        page,
        (text) => {
          const one = JSON.parse(text) as SeenVerdict;
          if (one.prompt !== asked) return;
          seen = one;
          tell();
        },
        shownVerdict,
      );
      await page.$eval(
        "#prompt",
        (field, text) => {
          (field as HTMLTextAreaElement).value = text;
          field.dispatchEvent(new Event("input", { bubbles: true }));
        },
        asked,
      );
      // What is typed is kept after 300 ms.
      if (isMid) await pause(500);
      await page.click("#score");
      if (isMid) await pause(Math.random() * 500);
      else await isShown;
      await desk.kill(way);
      shown = seen;
      done += 1;
    },
    async goOn(page) {
      await page.waitForSelector(".answer[aria-busy=false]", SLOW);
      await page.click("#score");
      await page.waitForSelector(".answer[aria-busy=true]", SLOW);
      await page.waitForSelector(".answer[aria-busy=false]", SLOW);
      return await faultsOf(page);
    },
    async check(page) {
      await page.waitForSelector("#verdict", SLOW);
      await page.waitForSelector(".answer[aria-busy=false]", SLOW);
      const prompt = await page.$eval("#prompt", (field) => (field as HTMLTextAreaElement).value);
      if (prompt !== asked) return [`asked "${asked}", there "${prompt}"`];
      if (shown === undefined) return [];
      const now = await page.evaluate(shownVerdict);
      const wanted = JSON.stringify(shown);
      return now === wanted ? [] : [`shown ${wanted}, there ${now || "nothing of this text"}`];
    },
    count: () => done,
    told: () => `"${asked}" ${shown === undefined ? "asked" : "shown"}`,
  };
}

/** How many rows the page says are done. */
function shownRows(): string {
  const text = document.querySelector("#table-summary b")?.textContent ?? "";
  return /^\s*([\d,]+) of/.exec(text)?.[1]?.replaceAll(",", "") ?? "";
}

function tableWork(rowCount: number): Workload {
  let shown = 0;
  let before: Record<number, number[]> = {};
  return {
    async killWithin(desk, way) {
      const { page } = desk;
      if (Object.keys(before).length === 0) {
        await giveTable(page, { "rows.jsonl": jsonl(promptRows(rowCount)) });
      }
      let tell: () => void = () => {};
      const isOn = new Promise<void>((resolve) => (tell = resolve));
      const wanted = Object.keys(before).length + 2;
      await report(
        page,
        (text) => {
          const rows = Number(text);
          shown = Math.max(shown, rows);
          if (rows >= wanted) tell();
        },
        shownRows,
      );
      await page.waitForSelector("#run-table", SLOW);
      await page.click("#run-table");
      await isOn;
      await pause(Math.random() * 300);
      await desk.kill(way);
    },
    async goOn(page) {
      const from = shown;
      const end = Date.now() + SLOW.timeout;
      while (shown < from + 2 && Date.now() < end) {
        const faults = await faultsOf(page);
        if (faults.length > 0) return faults;
        await pause(100);
      }
      return shown < from + 2 ? [`stands still at ${from} rows`] : [];
    },
    async check(page) {
      await page.waitForSelector("#table-title", SLOW);
      const stored = await storedRows(page);
      const kept = Object.keys(stored).length;
      const faults = kept < shown ? [`${shown} rows shown, ${kept} kept`] : [];
      await page.waitForFunction(
        (wanted) => {
          const text = document.querySelector("#table-summary b")?.textContent ?? "";
          return Number(/^\s*([\d,]+) of/.exec(text)?.[1]?.replaceAll(",", "")) === wanted;
        },
        SLOW,
        kept,
      );
      for (const [number, values] of Object.entries(before)) {
        if (JSON.stringify(stored[Number(number)]) !== JSON.stringify(values)) {
          faults.push(`row ${number} has other scores`);
        }
      }
      before = stored;
      return faults;
    },
    count: () => Object.keys(before).length,
    told: () => `${shown} rows shown`,
  };
}

function labelWork(pairCount: number): Workload {
  /** Votes that were given and followed by the next pair. */
  let shown = 0;
  let given = 0;
  let isBegun = false;
  return {
    async killWithin(desk, way) {
      const { page } = desk;
      if (!isBegun) await beginWithRows(page, pairRows(pairCount));
      else await resume(page);
      isBegun = true;
      await report(
        page,
        (number) => (shown = Math.max(shown, Number(number))),
        () => document.querySelector<HTMLElement>("#label-pair")?.dataset["number"] ?? "",
      );
      for (let i = 0; i < 3; i++) {
        const before = await shownNumber(page);
        await page.keyboard.press(i === 1 ? "ArrowRight" : "ArrowLeft");
        given += 1;
        await page.waitForFunction(
          (old) => document.querySelector<HTMLElement>("#label-pair")?.dataset["number"] !== old,
          SLOW,
          before,
        );
      }
      await page.keyboard.press("ArrowDown");
      given += 1;
      await pause(Math.random() * 30);
      await desk.kill(way);
    },
    async goOn(page) {
      await page.keyboard.press("ArrowUp");
      given += 1;
      await page.waitForFunction(
        (least) =>
          Number(document.querySelector("#label-pair")?.getAttribute("data-number")) >= least,
        SLOW,
        given,
      );
      return await faultsOf(page);
    },
    async check(page) {
      const stored = await storedVotes(page);
      const kept = stored.length;
      const faults = kept < shown ? [`${shown} votes shown, ${kept} kept`] : [];
      // The last key may have come too late.
      if (kept < given - 1 || kept > given) faults.push(`${given} votes given, ${kept} kept`);
      given = kept;
      await resume(page);
      const at = Number(await shownNumber(page));
      if (at !== kept) faults.push(`${kept} votes kept, goes on at ${at}`);
      return faults;
    },
    count: () => given,
    told: () => `${shown} votes shown`,
  };
}

/** The cards of faults that the page shows. */
async function faultsOf(page: Page): Promise<string[]> {
  return await page.$$eval(".fault", (all) =>
    all.map((one) => (one.textContent ?? "").replaceAll(/\s+/g, " ").trim()),
  );
}

async function resume(page: Page): Promise<void> {
  await page.waitForSelector(".label-resume", SLOW);
  await page.click(".label-resume");
  await page.waitForSelector("#label-pair", SLOW);
}
