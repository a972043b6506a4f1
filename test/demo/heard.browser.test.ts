/**
 * What a screen reader hears: lists with as many items as there are things, the beginning and the
 * end of every run, each text in the voice of its own language.
 */
import { cp } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { doubledStops } from "../../testing/demo/looks.ts";
import { listLengths } from "../../testing/demo/reading-order.ts";
import { addBehaviours, PAGE_STATES } from "../../testing/demo/page-states.ts";
import { ready, scored, type } from "../../testing/demo/page-acts.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { giveTable, jsonl, promptRows } from "../../testing/demo/table-driver.ts";
import { visit } from "../../testing/demo/visitor.ts";
import { languageOf } from "../../src/base/text-language.ts";

let browser: Browser;
let served: ServedPage;

const SLOW = { timeout: 60_000 };

beforeAll(async () => {
  served = await servePage({ fake: true });
  await addBehaviours(served);
  await cp(path.join(served.folder, "model"), path.join(served.folder, "text-only"), {
    recursive: true,
  });
  browser = await launchTestBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** Children of lists that are not items, items that say nothing, labels with another name. */
function wrongLists(): string[] {
  const lists = [...document.querySelectorAll("ol, ul")].filter((list) => list.checkVisibility());
  const others = lists.flatMap((list) =>
    [...list.children].filter((one) => one.localName !== "li"),
  );
  const empty = lists
    .flatMap((list) => [...list.children])
    .filter((item) => !/\S/.test(item.textContent) && item.querySelector("img, input") === null);
  const named = [...document.querySelectorAll("label[aria-label]")];
  return [...others, ...empty, ...named].map((one) => one.outerHTML.slice(0, 120));
}

describe("lists", () => {
  const states = PAGE_STATES.filter(({ engine }) => engine === "fake");
  it.each(states)(
    "page: $name → items alone in lists, none empty; no sentence ends twice",
    async (state) => {
      const { page } = await visit(browser, served, state.address, state.prepare);
      await state.act?.(page);
      await page.waitForSelector(state.sign, SLOW);
      await page.$$eval("details", (all) => all.forEach((one) => (one.open = true)));
      expect(await page.evaluate(wrongLists)).toEqual([]);
      expect(await page.evaluate(doubledStops)).toEqual([]);
      await page.close();
    },
  );

  it("page: four responses, three ranked, two turns → lists of as many items for the ear", async () => {
    const { page } = await visit(browser, served);
    await scored(page);
    // The form's responses, the places.
    expect(await listLengths(page)).toEqual([4, 4]);
    await page.click("#add-response");
    await page.waitForFunction(() => document.querySelectorAll(".responses li").length === 5);
    expect(await listLengths(page)).toEqual([5, 4]);
    await page.click('nav a[href="#rank"]');
    await type(page, "#rank-responses", "Yes.\nNo.\nPurple.");
    await page.click("#run-rank");
    await page.waitForSelector("#rank-result", SLOW);
    expect(await listLengths(page)).toEqual([3]);
    await page.close();
  });
});

/** Notes each text of the live region from now on. */
async function listen(page: Page): Promise<void> {
  await page.evaluate(() => {
    const region = document.querySelector("#announcement");
    const heard: string[] = [];
    Object.assign(globalThis, { said: heard });
    let last = region?.textContent ?? "";
    new MutationObserver(() => {
      const now = region?.textContent ?? "";
      if (now !== last) heard.push(now);
      last = now;
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}

async function said(page: Page): Promise<string[]> {
  const all = await page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
  return all.map((text) => text.replaceAll(/\s+/g, " ").trim());
}

interface Run {
  readonly what: string;
  readonly address: string;
  readonly begins: RegExp;
  readonly ends: RegExp;
  /** What shows that it has ended. */
  readonly ended: string;
  prepare?(page: Page): Promise<unknown>;
  start(page: Page): Promise<unknown>;
}

async function press(page: Page, selector: string): Promise<void> {
  await page.waitForSelector(selector, SLOW);
  await page.$eval(selector, (button) => (button as HTMLElement).click());
}

const PAIRS = Array.from({ length: 12 }, (_, n) => ({
  id: `${n}`,
  prompt: `Which, ${n}?`,
  chosen: `The answer ${n}, at length.`,
  rejected: `${n}`,
}));

async function givePairs(page: Page): Promise<void> {
  await page.waitForSelector("#report-files", SLOW);
  await page.evaluate((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "pairs.jsonl"));
    const event = new DragEvent("drop", {
      bubbles: true,
      cancelable: true,
      dataTransfer: transfer,
    });
    document.body.dispatchEvent(event);
  }, jsonl(PAIRS));
  await page.waitForSelector("#report-chosen b", SLOW);
}

const RUNS: readonly Run[] = [
  {
    what: "Score",
    address: "",
    begins: /^Scoring 4 responses\.$/,
    ends: /^Scored\. Best is/,
    ended: ".answer[aria-busy=false]",
    prepare: scored,
    start: (page) => press(page, "#score"),
  },
  {
    what: "Rank",
    address: "#rank",
    begins: /^Ranking 3 responses…$/,
    ends: /^Ranked 3 responses\. The best has/,
    ended: "#rank-result",
    async prepare(page) {
      await ready(page);
      await type(page, "#rank-responses", "Yes.\nNo, not that one.\nPurple.");
    },
    start: (page) => press(page, "#run-rank"),
  },
  {
    what: "Report",
    address: "#report",
    begins: /^Scoring…$/,
    ends: /^12 of 12 rows are scored\.$/,
    ended: "#report-result",
    async prepare(page) {
      await ready(page);
      await givePairs(page);
    },
    start: (page) => press(page, "#run-report"),
  },
  {
    what: "an explanation",
    address: "",
    begins: /^Explaining\.$/,
    ends: /^The explanation is complete\.$/,
    ended: "#why[data-phase=done]",
    prepare: scored,
    async start(page) {
      if ((await page.$("#why")) !== null) await press(page, ".place:last-child .why-button");
      await press(page, ".place:last-child .why-button");
    },
  },
];

describe("live region", () => {
  it.each(RUNS)(
    "page: $what runs twice with the same result → the beginning and the end are said each time",
    async ({ address, begins, ends, prepare, start }) => {
      const { page } = await visit(browser, served, address);
      await prepare?.(page);
      await listen(page);
      for (const time of [1, 2]) {
        await start(page);
        await expect
          .poll(async () => (await said(page)).filter((text) => ends.test(text)).length, SLOW)
          .toBe(time);
        expect((await said(page)).filter((text) => begins.test(text))).toHaveLength(time);
      }
      await page.close();
    },
    90_000,
  );

  it("page: the same is said twice with nothing between → a change of the region both times", async () => {
    const { page } = await visit(browser, served);
    await scored(page);
    await page.evaluate(() => {
      Object.defineProperty(navigator, "clipboard", { value: { writeText: async () => {} } });
    });
    await listen(page);
    for (const time of [1, 2, 3]) {
      await press(page, "#copy-result");
      await expect.poll(async () => await said(page)).toEqual(Array(time).fill("Copied."));
    }
    await page.close();
  });

  it("page: a table is ranked, an audit runs → their beginnings and ends are said", async () => {
    const { page } = await visit(browser, served, "#rank/file");
    await ready(page);
    await giveTable(page, { "rows.jsonl": jsonl(promptRows(9)) });
    await listen(page);
    await press(page, "#run-table");
    await expect.poll(async () => (await said(page)).length, SLOW).toBeGreaterThanOrEqual(2);
    expect((await said(page)).join("\n")).toMatch(/^Ranking 9[^]*\n9 [^\n]*ranked/);
    await page.evaluate(() => (location.hash = "report"));
    await givePairs(page);
    await press(page, "#run-report");
    await press(page, "#run-audit");
    await page.waitForSelector("#audit #stored-result", SLOW);
    expect((await said(page)).slice(-2)).toEqual(["The audit begins.", "The audit is done."]);
    await page.close();
  }, 90_000);
});

/** A text of each script, and of several. */
const TEXTS = [
  "紫の棒がいちばん高いです。",
  "العمود الأرجواني هو الأعلى.",
  "Purple is the highest one.",
  "紫 (purple) が正解で، الأعلى です。",
  "العمود purple هو الأعلى",
] as const;
const [JA, AR, EN, MIX, AR_EN] = TEXTS;

interface OtherText {
  readonly text: string;
  readonly lang: string | null | undefined;
  /** All of what its language is said of. */
  readonly whole: string;
}

/**
 * Texts of another script than the page's own, and the language that is said of each. Runs in the
 * page.
 */
function otherTexts(own: string): OtherText[] {
  const found: OtherText[] = [];
  const other =
    own === "ja"
      ? /\p{Script=Arabic}/u
      : /[\p{Script=Arabic}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;
  const note = (text: string, element: Element): void => {
    if (!other.test(text) || !element.checkVisibility()) return;
    if (element.closest("#language") !== null) return;
    const named = element.closest("[lang]");
    // A token has the language of all of its response.
    const whole = (element.closest(".token-table tbody") ?? named)?.textContent ?? "";
    found.push({ text, lang: named?.getAttribute("lang"), whole });
  };
  const walk = document.createTreeWalker(document.querySelector("#page") ?? document.body, 4);
  for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
    if (node.parentElement !== null) note(node.textContent?.trim() ?? "", node.parentElement);
  }
  for (const field of document.querySelectorAll<HTMLTextAreaElement>("textarea")) {
    note(field.value, field);
  }
  return found;
}

const ROWS = [
  { id: "1", prompt: JA, responses: [JA, AR, EN, MIX, AR_EN] },
  { id: "2", prompt: AR, responses: [EN, AR] },
];

interface Told {
  readonly what: string;
  readonly address: string;
  act(page: Page): Promise<unknown>;
}

const PLACES: readonly Told[] = [
  {
    what: "Score, its form and the reason of a row",
    address: "",
    async act(page) {
      await scored(page);
      await page.click("#add-response");
      await type(page, "#prompt", JA);
      for (const [at, text] of TEXTS.entries()) {
        await type(page, `.responses li:nth-child(${at + 1}) textarea`, text);
      }
      await press(page, "#score");
      await page.waitForFunction(
        (text) => document.querySelector("#verdict")?.textContent?.includes(text),
        SLOW,
        JA,
      );
      await press(page, ".place:last-child .why-button");
      await page.waitForSelector("#why[data-phase=done]", SLOW);
      await page.$$eval("details", (all) => all.forEach((one) => (one.open = true)));
    },
  },
  {
    what: "Rank",
    address: "#rank",
    async act(page) {
      await ready(page);
      await type(page, "#prompt", AR);
      await type(page, "#rank-responses", TEXTS.join("\n"));
      await press(page, "#run-rank");
      await page.waitForSelector("#rank-result", SLOW);
    },
  },
  {
    what: "Rank's table with a row open",
    address: "#rank/file",
    async act(page) {
      await ready(page);
      await giveTable(page, { "rows.jsonl": jsonl(ROWS) });
      await press(page, "#run-table");
      await page.waitForSelector("#table-summary", SLOW);
      await press(page, ".row-button");
      await page.waitForSelector("#opened-row", SLOW);
    },
  },
  {
    what: "Report's pairs",
    address: "#report",
    async act(page) {
      await ready(page);
      await page.evaluate(
        (text) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([text], "pairs.jsonl"));
          document.body.dispatchEvent(
            new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }),
          );
        },
        jsonl([
          { id: "1", prompt: JA, chosen: JA, rejected: AR },
          { id: "2", prompt: AR, chosen: MIX, rejected: EN },
        ]),
      );
      await page.waitForSelector("#report-chosen b", SLOW);
      await press(page, "#run-report");
      await page.waitForSelector("#report-result", SLOW);
      await page.select("#pair-filter", "all");
      await page.waitForSelector(".pair");
      await page.$$eval("details", (all) => all.forEach((one) => (one.open = true)));
    },
  },
  {
    what: "Label's pair",
    address: "#report",
    async act(page) {
      await PLACES.find(({ what }) => what === "Report's pairs")?.act(page);
      await press(page, "#report-label");
      await page.waitForSelector("#label-pair", SLOW);
    },
  },
];

describe("language of texts", () => {
  it.each(PLACES.flatMap((place) => ["en", "ja"].map((own) => ({ ...place, own }))))(
    "page in $own: $what, with Japanese, Arabic, English and mixed texts → each names its language",
    async ({ address, act, own }) => {
      const context = await browser.createBrowserContext();
      const opens = { newPage: () => context.newPage() };
      const { page } = await visit(opens, served, address, async (opened) => {
        await opened.evaluateOnNewDocument((name) => {
          localStorage.setItem("vl-reward.language", name);
        }, own);
      });
      await act(page);
      const texts = await page.evaluate(otherTexts, own);
      expect(texts.length).toBeGreaterThanOrEqual(own === "en" ? 2 : 1);
      const wrong = texts.filter(
        ({ text, lang, whole }) => lang !== languageOf(text) && lang !== languageOf(whole),
      );
      expect(wrong.map(({ text, lang }) => `${lang}: ${text}`)).toEqual([]);
      if (own === "ja") {
        const english = await page.$$eval(
          ".response-text, .label-text, .clamped, textarea",
          (all, text) =>
            all
              .filter((one) => (one.textContent || (one as HTMLTextAreaElement).value) === text)
              .map((one) => one.closest("[lang]")?.getAttribute("lang")),
          EN,
        );
        expect(new Set(english)).toEqual(new Set(["en"]));
      }
      await context.close();
    },
    90_000,
  );
});
