/** Every view of the page in every state that people meet, and how each is reached. */
import { cp } from "node:fs/promises";
import path from "node:path";
import type { Page } from "puppeteer";
import { voteBy } from "./label-driver.ts";
import type { VoteKey } from "./label-driver.ts";
import { give, giveTexts, press, ready, scored, SLOW, type } from "./page-acts.ts";
import type { ServedPage } from "./page-server.ts";
import { giveTable, jsonl, promptRows, rankAll } from "./table-driver.ts";
import { wholeConversation } from "./whole-conversation.ts";
import { plantedReference, plantedRun } from "../trust/planted-drift.ts";

export const HELD_OUT: string = path.resolve("weights/tiny-vl-reward/heldout/pairs.jsonl");
const SAMPLES = path.resolve("weights/tiny-vl-reward/samples");

export interface PageState {
  /** For files and titles. */
  readonly name: string;
  /** The engine that computes, or one that only behaves (`fake-engine.ts`). */
  readonly engine: "real" | "fake";
  readonly address: string;
  /** The selector that appears when the state is reached. */
  readonly sign: string;
  prepare?(page: Page): Promise<unknown>;
  act?(page: Page): Promise<unknown>;
}

/** Makes the folders of models whose names say how the fake engine behaves. */
export async function addBehaviours(served: ServedPage): Promise<void> {
  for (const mode of ["slow", "steps", "unhurried"]) {
    const to = path.join(served.folder, mode);
    await cp(path.join(served.folder, "model"), to, { recursive: true });
  }
}

async function look(page: Page, address: string): Promise<void> {
  await ready(page);
  await press(page, "input[value=url]");
  await page.type("#model-url", new URL(address, page.url()).href);
  await press(page, "#look");
}

/** Takes WebGPU from the page, before it is loaded. */
export async function withoutGpu(page: Page): Promise<void> {
  await page.evaluateOnNewDocument(() => {
    Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined });
  });
}

/** Held-out questions about one picture, with answers: a table that the embedded model knows. */
const CHART_ROWS = [
  ["Is purple the highest value?", "Yes, purple is the highest.", "No, purple is not the highest."],
  ["Which category has the lowest value?", "Purple.", "Red.", "I cannot tell."],
  ["How many bars are there?", "There are five bars.", "There are two bars.", "None."],
].map(([prompt, ...responses], at) => ({
  id: `chart-${at + 1}`,
  prompt,
  image: "01-tallest-bar.png",
  responses,
  category: at === 2 ? "count" : "compare",
}));

/** Ranks three questions about a chart; one row of the file cannot be ranked. */
export async function rankCharts(page: Page): Promise<void> {
  await ready(page);
  const { readFile } = await import("node:fs/promises");
  const picture = await readFile(path.join(SAMPLES, "01-tallest-bar.png"));
  const rows = `${jsonl(CHART_ROWS)}{"prompt": "Which?", "responses": "no list"}\n`;
  await giveTable(page, { "charts.jsonl": rows, "01-tallest-bar.png": picture });
  await rankAll(page);
}

async function label(page: Page): Promise<void> {
  await ready(page);
  await press(page, "#label-built-in");
  await page.waitForSelector("#label-pair", SLOW);
}

/** Votes by keys, each for the pair that is shown. */
export async function votes(page: Page, keys: readonly VoteKey[]): Promise<void> {
  for (const key of keys) {
    await page.waitForSelector("#label-pair", SLOW);
    await voteBy(page, key);
  }
}

async function openHelp(page: Page): Promise<void> {
  await ready(page);
  await press(page, "#help");
  await page.waitForSelector("#about:popover-open");
}

export const PAGE_STATES: readonly PageState[] = [
  { name: "score-first", engine: "real", address: "", sign: ".place .score", act: scored },
  {
    name: "score-why",
    engine: "real",
    address: "",
    sign: "#why[data-phase=done]",
    async act(page) {
      await scored(page);
      await press(page, ".places .place:last-child .why-button");
      // A slow machine asks before it goes on.
      await page.waitForSelector("#why[data-phase=done], #why #why-go", SLOW);
      if ((await page.$("#why[data-phase=done]")) === null) await page.click("#why-go");
      await page.waitForSelector("#why[data-phase=done]", SLOW);
    },
  },
  {
    name: "score-no-opinion",
    engine: "real",
    address: "",
    sign: "#verdict[data-outside]",
    async act(page) {
      await scored(page);
      await type(page, "#prompt", "What is the capital of France?");
      await press(page, "#remove-picture");
      for (const [at, text] of ["Paris.", "Berlin."].entries()) {
        await type(page, `.responses li:nth-child(${at + 1}) textarea`, text);
      }
      await press(page, "#score");
    },
  },
  {
    name: "score-loading",
    engine: "fake",
    address: "?model=./slow/",
    sign: "#loading progress[max]",
  },
  { name: "score-scoring", engine: "fake", address: "?model=./endless/", sign: "#scoring" },
  {
    name: "score-field-error",
    engine: "fake",
    address: "",
    sign: '#fault[data-code="input"]',
    async act(page) {
      await scored(page);
      await press(page, "#add-response");
      await press(page, "#score");
    },
  },
  {
    name: "score-stale",
    engine: "fake",
    address: "",
    sign: ".stale",
    async act(page) {
      await scored(page);
      await type(page, "#prompt", "Is the purple bar shorter than the green one?");
    },
  },
  {
    name: "score-eight-long",
    engine: "fake",
    address: "",
    sign: ".place[data-response=H]",
    async act(page) {
      await scored(page);
      while ((await page.$("#add-response")) !== null) await page.click("#add-response");
      for (let at = 1; at <= 8; at += 1) {
        const text = `Response ${at} says it at length. ${"The bar is taller than it looks. ".repeat(18)}`;
        await type(page, `.responses li:nth-child(${at}) textarea`, text);
      }
      await press(page, "#score");
    },
  },
  {
    name: "score-conversation",
    engine: "fake",
    address: "",
    sign: "#undo-removal",
    act: wholeConversation,
  },
  {
    name: "score-gpu-lost",
    engine: "fake",
    address: "?model=./gpu-fails/",
    sign: '#fault[data-code="gpu"]',
  },
  {
    name: "score-damaged",
    engine: "fake",
    address: "?model=./damaged/",
    sign: '#fault[data-code="weights"]',
  },
  { name: "score-text-only", engine: "fake", address: "?model=./text-only/", sign: "#text-only" },
  {
    name: "score-examples",
    engine: "fake",
    address: "",
    sign: ".samples[open] .sample",
    async act(page) {
      await scored(page);
      await press(page, ".samples summary");
    },
  },
  { name: "no-webgpu", engine: "fake", address: "", sign: "#no-webgpu", prepare: withoutGpu },
  { name: "rank-empty", engine: "fake", address: "#rank", sign: "#rank-responses", act: ready },
  {
    name: "rank-pasted",
    engine: "real",
    address: "#rank",
    sign: "#rank-result",
    async act(page) {
      await ready(page);
      await type(
        page,
        "#rank-responses",
        "Yes, it is.\nNo, red is higher.\nPurple.\nI cannot tell.",
      );
      await press(page, "#run-rank");
    },
  },
  {
    name: "rank-file-empty",
    engine: "fake",
    address: "#rank/file",
    sign: "#rank-files",
    act: ready,
  },
  {
    name: "rank-file",
    engine: "real",
    address: "#rank/file",
    sign: "#table-summary",
    act: rankCharts,
  },
  {
    name: "rank-file-row-open",
    engine: "real",
    address: "#rank/file",
    sign: "#opened-row",
    async act(page) {
      await rankCharts(page);
      await press(page, ".row-button");
    },
  },
  {
    name: "rank-file-running",
    engine: "fake",
    address: "?model=./unhurried/#rank/file",
    sign: "#table-progress",
    async act(page) {
      await ready(page);
      await giveTable(page, { "many.jsonl": jsonl(promptRows(5000)) });
      await press(page, "#run-table");
      await page.waitForSelector("#table-progress", SLOW);
    },
  },
  {
    name: "rank-pictures",
    engine: "fake",
    address: "#rank/pictures",
    sign: "#pictures",
    act: ready,
  },
  { name: "label-start", engine: "fake", address: "#label", sign: "#label-built-in", act: ready },
  { name: "label-pair", engine: "real", address: "#label", sign: "#label-pair", act: label },
  {
    name: "label-after-votes",
    engine: "real",
    address: "#label",
    sign: "#label-agreement",
    async act(page) {
      await label(page);
      await votes(page, ["ArrowLeft", "ArrowRight", "ArrowLeft", "ArrowDown", "s"]);
      await page.$$eval(".label-after details", (all) => all.forEach((one) => (one.open = true)));
    },
  },
  { name: "report-empty", engine: "fake", address: "#report", sign: "#report-files", act: ready },
  {
    name: "report-fault",
    engine: "fake",
    address: "#report",
    sign: "#report-fault",
    async act(page) {
      await ready(page);
      await press(page, "#run-report");
    },
  },
  {
    name: "report",
    engine: "fake",
    address: "#report",
    sign: "#report-result",
    async act(page) {
      await ready(page);
      await give(page, "#report-files", HELD_OUT);
      await press(page, "#run-report");
      await page.waitForSelector("#report-result", SLOW);
    },
  },
  {
    name: "report-ab",
    engine: "fake",
    address: "#report",
    sign: "#report-result .plot svg",
    async act(page) {
      await ready(page);
      await press(page, 'input[name="kind"][value="ab"]');
      const rows = (words: string): string =>
        jsonl(
          Array.from({ length: 40 }, (_, n) => ({
            id: `${n}`,
            prompt: `Which bar is number ${n}?`,
            category: ["compare", "count"][n % 2],
            response: `${words} ${"very ".repeat(n % 5)}${n}.`,
          })),
        );
      await giveTexts(page, "#report-files", {
        "before.jsonl": rows("It is"),
        "after.jsonl": rows("The bar is the one of number"),
      });
      await press(page, "#run-report");
    },
  },
  {
    name: "report-stored",
    engine: "fake",
    address: "#report",
    sign: "#stored-result .plot svg",
    async act(page) {
      await ready(page);
      await press(page, 'input[name="kind"][value="stored"]');
      await giveTexts(page, "#report-files", {
        "reference.jsonl": jsonl(plantedReference(1, 600)),
        "run.jsonl": jsonl(plantedRun({ seed: 4, rows: 900, drift: "traffic" })),
      });
      await press(page, "#run-report");
    },
  },
  {
    name: "report-audit",
    engine: "fake",
    address: "#report",
    sign: "#stored-result .plot svg",
    async act(page) {
      await ready(page);
      await press(page, 'input[name="kind"][value="stored"]');
      await give(page, "#report-files", path.resolve("weights/audit/audit.json"));
      await press(page, "#run-report");
    },
  },
  { name: "models", engine: "fake", address: "#models", sign: "#space", act: ready },
  {
    name: "models-seen",
    engine: "fake",
    address: "#models",
    sign: "#seen",
    act: (page) => look(page, "./model/"),
  },
  {
    name: "models-downloading",
    engine: "fake",
    address: "#models",
    sign: "#loading progress[max]",
    async act(page) {
      await look(page, "./slow/");
      await press(page, "#load");
    },
  },
  {
    name: "models-paused",
    engine: "fake",
    address: "#models",
    sign: "#paused",
    async act(page) {
      await look(page, "./slow/");
      await press(page, "#load");
      await page.waitForSelector("#loading progress[max]", SLOW);
      await press(page, "#pause");
    },
  },
  {
    name: "models-field-error",
    engine: "fake",
    address: "#models",
    sign: "#hub-id[aria-invalid=true]",
    async act(page) {
      await ready(page);
      await press(page, "#look");
    },
  },
  { name: "help", engine: "fake", address: "", sign: "#about:popover-open", act: openHelp },
  {
    name: "model-card",
    engine: "fake",
    address: "",
    sign: "#model-card:popover-open",
    async act(page) {
      await scored(page);
      await press(page, "#model-chip");
    },
  },
  {
    name: "sessions",
    engine: "fake",
    address: "",
    sign: "#sessions:popover-open .session-list li",
    async act(page) {
      await scored(page);
      await type(page, "#prompt", "Is the purple bar shorter than the green one?");
      await page.waitForSelector('#sessions-button[data-saved="true"]', SLOW);
      await press(page, "#sessions-button");
    },
  },
];
