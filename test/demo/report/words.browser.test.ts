/** In Japanese no plot has English words, and a plot that is shown changes with the language. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, ElementHandle, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../../testing/browser/launch.ts";
import { plotLooks } from "../../../testing/demo/looks.ts";
import { servePage } from "../../../testing/demo/page-server.ts";
import type { ServedPage } from "../../../testing/demo/page-server.ts";
import { visit } from "../../../testing/demo/visitor.ts";
import type { Visitor } from "../../../testing/demo/visitor.ts";
import { plantedReference, plantedRun } from "../../../testing/trust/planted-drift.ts";

const SLOW = { timeout: 120_000 };
const DAY_MS = 86_400_000;

/** What Japanese reports of such numbers write in these letters too. */
const PROPER = /\b(?:CUSUM|JPEG|PSI|SD|n)\b/g;

let browser: Browser;
let served: ServedPage;
let folder: string;
let visitor: Visitor;

beforeAll(async () => {
  served = await servePage({ fake: true });
  browser = await launchTestBrowser();
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-words-"));
  const pairs = Array.from({ length: 40 }, (_, n) => ({
    id: `${n}`,
    prompt: `質問${n}?`,
    chosen: `回答${"あ".repeat(n % 7)}${n}。`,
    rejected: `回答${"い".repeat(n % 5)}${n}です。`,
    category: ["短い分類", "図の横には収まらないほど長い名前の分類"][n % 2],
  }));
  const answers = (end: string): object[] =>
    pairs.map(({ id, prompt, category }) => ({
      id,
      prompt,
      category,
      response: `答え${id}${end}`,
    }));
  const drifted = plantedRun({ seed: 4, rows: 900, drift: "traffic" });
  const timed = (rows: readonly object[], stepMs: number): object[] =>
    rows.map((row, n) => ({
      ...row,
      time: new Date(1_790_000_000_000 + n * stepMs).toISOString(),
    }));
  const files: Readonly<Record<string, readonly object[]>> = {
    "pairs.jsonl": pairs,
    "甲.jsonl": answers("。"),
    "乙.jsonl": answers("です。"),
    "ref.jsonl": plantedReference(1, 600),
    "run.jsonl": drifted.map((row) => ({ ...row, time: undefined })),
    "days.jsonl": timed(drifted, DAY_MS / 20),
    "hours.jsonl": timed(drifted, DAY_MS / 900),
  };
  for (const [name, rows] of Object.entries(files)) {
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    await writeFile(path.join(folder, name), lines);
  }
  visitor = await visit(browser, served, "#report", async (page) => {
    await page.evaluateOnNewDocument(() => localStorage.setItem("vl-reward.language", "ja"));
  });
  await visitor.page.waitForSelector("#machine", SLOW);
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await served?.close();
  await rm(folder, { recursive: true });
});

/** Asks a question of files; waits for its plots. */
async function report(page: Page, kind: string, ...names: string[]): Promise<void> {
  // A choice clears the files and the last result.
  const other = kind === "ab" ? "evaluation" : "ab";
  for (const value of [other, kind]) {
    await page.$eval(`input[name="kind"][value="${value}"]`, (input) => input.click());
  }
  await page.waitForSelector("#report-files", SLOW);
  const input = (await page.$("#report-files")) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(...names.map((name) => path.join(folder, name)));
  await page.waitForSelector("#report-chosen b", SLOW);
  await page.$eval("#run-report", (button) => (button as HTMLButtonElement).click());
  await page.waitForFunction(() => document.querySelector(".answer")?.ariaBusy === "false", SLOW);
  await page.waitForSelector(".plot svg", SLOW);
}

/** Returns all texts of all plots, their names for the ear too. */
async function plotTexts(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const texts: string[] = [];
    for (const svg of document.querySelectorAll("svg")) {
      const walk = document.createTreeWalker(svg, NodeFilter.SHOW_TEXT);
      for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
        if (node.parentElement?.localName !== "style") texts.push(node.textContent?.trim() ?? "");
      }
      const role = svg.closest("[role=img]");
      texts.push(role?.getAttribute("aria-label") ?? "", svg.getAttribute("aria-label") ?? "");
    }
    return texts.filter((text) => text !== "");
  });
}

function english(texts: readonly string[]): string[] {
  return texts.filter((text) => /[A-Za-z]/.test(text.replaceAll(PROPER, "")));
}

async function atWidths(page: Page, look: (width: number) => Promise<void>): Promise<void> {
  for (const width of [320, 1280]) {
    await page.setViewport({ width, height: 900 });
    await page.waitForFunction(
      (wanted) =>
        innerWidth === wanted &&
        [...document.querySelectorAll(".plot svg")].every(
          (svg) =>
            Math.abs(svg.getBoundingClientRect().width - Number(svg.getAttribute("width"))) < 1,
        ),
      SLOW,
      width,
    );
    for (const { least, touching, cut } of await page.evaluate(plotLooks)) {
      expect(least, `${width}`).toBeGreaterThanOrEqual(11);
      expect([...touching, ...cut], `${width}`).toEqual([]);
    }
    await look(width);
  }
}

it.each([
  ["evaluation", ["pairs.jsonl"], 4, "正解率(%)"],
  ["ab", ["甲.jsonl", "乙.jsonl"], 2, "すべての質問"],
  ["stored", ["ref.jsonl", "run.jsonl"], 5, "行"],
  ["stored", ["ref.jsonl", "days.jsonl"], 5, "月"],
  ["stored", ["ref.jsonl", "hours.jsonl"], 5, ":00"],
] as const)(
  "plots in Japanese: %s of %j → no English word, at 320 and 1280 px",
  async (kind, files, least, word) => {
    const { page } = visitor;
    await report(page, kind, ...files);
    expect(await page.$$eval(".plot svg", (all) => all.length)).toBeGreaterThanOrEqual(least);
    await atWidths(page, async (width) => {
      const texts = await plotTexts(page);
      expect(texts.length, `${width}`).toBeGreaterThan(10);
      expect(english(texts), `${width}`).toEqual([]);
      expect(texts.join("\n"), `${width}`).toContain(word);
    });
    expect(visitor.errors).toEqual([]);
  },
  240_000,
);

it("plots in Japanese: an audit of the command line → no English word; as wide as they are shown", async () => {
  const { page } = visitor;
  await page.$eval('input[name="kind"][value="evaluation"]', (input) => input.click());
  await page.$eval('input[name="kind"][value="stored"]', (input) => input.click());
  const input = (await page.$("#report-files")) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(path.resolve("weights/audit/audit.json"));
  await page.waitForSelector("#report-chosen b", SLOW);
  await page.$eval("#run-report", (button) => (button as HTMLButtonElement).click());
  await page.waitForSelector("#stored-result .plot svg", SLOW);
  await atWidths(page, async (width) => {
    const texts = await plotTexts(page);
    expect(english(texts), `${width}`).toEqual([]);
    expect(texts.join("\n"), `${width}`).toContain("お世辞");
  });
  const said = await page.$$eval(
    "#stored-result p, #stored-result caption, #stored-result th, #stored-result td",
    (all) => all.map((one) => one.textContent?.trim() ?? ""),
  );
  expect(said.length).toBeGreaterThan(200);
  // Words that are put into texts stand in quotes; the column of groups and its values are the
  // file's.
  const given = /"(?:[^"\\]|\\.)*"|\b(?:Holm|p|task|\d+e-\d+|[a-z]+_[a-z]+)\b/g;
  expect(english(said.map((text) => text.replaceAll(given, "")))).toEqual([]);
}, 240_000);

it("plots: the language is switched while a report and the audit of its judge are shown → all of them change", async () => {
  const { page } = visitor;
  await report(page, "evaluation", "pairs.jsonl");
  await page.$eval("#run-audit", (button) => (button as HTMLButtonElement).click());
  await page.waitForSelector("#audit .plot svg", SLOW);
  await page.waitForFunction(() => document.querySelectorAll(".plot svg").length === 5, SLOW);
  expect(english(await plotTexts(page))).toEqual([]);
  await page.click("#language");
  await page.waitForFunction(
    () => document.querySelector(".plots")?.textContent?.includes("percent right"),
    SLOW,
  );
  const texts = (await plotTexts(page)).join("\n");
  expect(texts).toContain("score of the preferred − score of the other →");
  expect(texts).toContain("flattery");
  expect(texts).toContain("Calibration");
  // What is left in Japanese are the names of the file's own categories.
  const own = texts.replaceAll(/短い分類|図の横に.*(?:…|分類)/g, "");
  expect(own).not.toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
  expect(visitor.errors).toEqual([]);
}, 240_000);
