/** Eight jobs that people come to the page for, each done as they would do it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, ElementHandle, Page } from "puppeteer";
import { inChrome } from "../browser/launch.ts";
import { keptSaid } from "./offline-driver.ts";
import { HELD_OUT, rankCharts, votes, withoutGpu } from "./page-states.ts";
import { ready, scored, type as write } from "./page-acts.ts";
import type { ServedPage } from "./page-server.ts";
import { visit } from "./visitor.ts";
import type { Visitor } from "./visitor.ts";

const SLOW = { timeout: 90_000 };
const CHART = path.resolve("weights/tiny-vl-reward/samples/01-tallest-bar.png");

export interface Job {
  readonly name: string;
  readonly address: string;
  /** True if it needs what only the DevTools protocol of Chrome can do. */
  readonly isForChrome?: boolean;
  run(visitor: Visitor): Promise<void>;
}

async function textIn(page: Page, selector: string): Promise<string> {
  await page.waitForSelector(selector, SLOW);
  const text = await page.$eval(selector, (element) => (element as HTMLElement).innerText);
  return text.replaceAll(/\s+/g, " ").trim();
}

async function press(page: Page, selector: string): Promise<void> {
  await page.waitForSelector(selector, SLOW);
  await page.click(selector);
}

/** Pastes a text into a field, as a person does who has copied it elsewhere. */
async function pasteInto(page: Page, selector: string, text: string): Promise<void> {
  await page.waitForSelector(selector, SLOW);
  await page.$eval(
    selector,
    (field, pasted) => {
      const data = new DataTransfer();
      data.setData("text/plain", pasted);
      const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true });
      // Firefox drops the pasted data of a synthetic event.
      Object.defineProperty(event, "clipboardData", { value: data });
      field.dispatchEvent(event);
    },
    text,
  );
}

export const JOBS: readonly Job[] = [
  {
    name: "a newcomer sees which response is better, and why another is not",
    address: "",
    async run({ page, ranking }) {
      await scored(page);
      assert.match(
        await textIn(page, "#sentence"),
        /^B is slightly ahead of A\. Both clearly beat/,
      );
      assert.deepEqual((await ranking()).map(({ letter }) => letter).slice(0, 2), ["B", "A"]);
      await press(page, ".place[data-response=D] .why-button");
      assert.match(await textIn(page, "#why-lead"), /^D loses to B by 4\.4\d\.$/);
      const marks = await page
        .waitForSelector(".why-contrast mark", SLOW)
        .then(() => page.$$eval(".why-contrast mark", (all) => all.map((one) => one.textContent)));
      assert.deepEqual(marks, ["yes", "no"]);
    },
  },
  {
    name: "an own picture, an own question, three answers pasted together; the result taken away",
    address: "",
    async run({ page, give, scoredAfter, saved, ranking }) {
      await scored(page);
      await give("drop", { name: "own.png", type: "image/png", bytes: [...readFileSync(CHART)] });
      await page.waitForFunction(
        () => document.querySelector(".picture-name")?.textContent?.includes("own.png"),
        SLOW,
      );
      await write(page, "#prompt", "Which colour is the lowest?");
      const answers = "The blue bar is the lowest.\nThe purple bar is the lowest.\nI do not know.";
      await pasteInto(page, ".responses textarea", answers);
      await page.waitForFunction(
        () => document.querySelectorAll(".responses textarea").length >= 3,
      );
      // What is left of empty fields would be refused.
      while ((await page.$$(".responses textarea")).length > 3) {
        await page.click(".responses li:last-child button");
      }
      await scoredAfter(() => page.click("#score"));
      const [best] = await ranking();
      assert.equal(best?.letter, "A");
      const json = JSON.parse(await saved("#save-json")) as {
        readonly model: { readonly name: string };
        readonly ranking: readonly { readonly text: string }[];
      };
      assert.equal(json.ranking[0]?.text, "The blue bar is the lowest.");
      assert.match(json.model.name, /model\/$/);
    },
  },
  {
    name: "a question that the model was not made for: it says that it has no opinion",
    address: "",
    async run({ page, scoredAfter }) {
      await scored(page);
      await press(page, "#remove-picture");
      await write(page, "#prompt", "What is the capital of France?");
      await scoredAfter(() => page.click("#score"));
      assert.match(await textIn(page, "#sentence"), /no opinion/);
      assert.equal(await page.$(".place[data-best]"), null);
    },
  },
  {
    name: "a file of prompts with a picture is ranked; pairs for training say which model judged",
    address: "#rank/file",
    async run({ page, saved }) {
      await rankCharts(page);
      assert.match(await textIn(page, "#table-summary"), /^3 of 3 prompts are ranked/);
      assert.match(await textIn(page, "#wrong-rows"), /1 row cannot be ranked/);
      const pairs = (await saved("#table-pairs")).trimEnd().split("\n");
      const rows = pairs.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
      assert.ok(rows.length >= 2, `${rows.length} pairs`);
      for (const row of rows) assert.match(JSON.stringify(row), /model\/?"/);
    },
  },
  {
    name: "twenty pairs are labelled by keys; agreement with the model; labels saved",
    address: "#label",
    async run({ page, saved }) {
      await press(page, "#label-built-in");
      await votes(page, ["ArrowLeft", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft", "s"]);
      await page.waitForFunction(
        () => /\d of \d/.test(document.querySelector("#label-agreement")?.textContent ?? ""),
        SLOW,
      );
      const labels = (await saved("#label-jsonl")).trimEnd().split("\n");
      // The pair that was skipped has no label.
      assert.equal(labels.length, 5);
    },
  },
  {
    name: "how often a model is right on labelled pairs, with an interval, the worst pair first",
    address: "#report",
    async run({ page, saved }) {
      await ready(page);
      const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-job-"));
      const lines = readFileSync(HELD_OUT, "utf8").split("\n").slice(0, 12);
      const file = path.join(folder, "pairs.jsonl");
      await writeFile(file, `${lines.join("\n")}\n`);
      const names = lines.map((line) => (JSON.parse(line) as { readonly image: string }).image);
      const base = path.join(path.dirname(HELD_OUT), "..");
      const input = (await page.$("#report-files")) as ElementHandle<HTMLInputElement>;
      await input.uploadFile(file, ...new Set(names.map((name) => path.join(base, name))));
      await press(page, "#run-report");
      assert.match(await textIn(page, "#report-result"), /100\.0 %/);
      const report = JSON.parse(await saved("#report-json")) as object;
      assert.match(JSON.stringify(report), /"accuracy"/);
    },
  },
  {
    name: "another model by its address, in 8 bits: looked at, loaded, named beside every score",
    address: "#models",
    async run({ page, text, scoredAfter, ranking }) {
      await ready(page);
      await press(page, "input[value=url]");
      await page.type("#model-url", new URL("./model/?other", page.url()).href);
      await press(page, "#look");
      await page.waitForSelector("#seen input[value=q8]", SLOW);
      await page.click("#seen input[value=q8]");
      await press(page, "#load");
      await page.waitForFunction(
        () => document.querySelector("#model-form")?.textContent?.includes("8 bits"),
        SLOW,
      );
      await page.click('nav a[href="#score"]');
      await scoredAfter(() => press(page, "#score"));
      assert.equal((await ranking()).length, 4);
      assert.match(await text("#model-chip"), /8 bits/);
    },
  },
  {
    name: "work that is left and come back to, in Japanese, without a network",
    address: "",
    isForChrome: true,
    async run({ page, scoredAfter, ranking }) {
      await scored(page);
      await press(page, "#language");
      await page.waitForFunction(() => document.documentElement.lang === "ja", SLOW);
      await write(page, "#prompt", "Is the purple bar the tallest?");
      await scoredAfter(() => page.click("#score"));
      const before = await ranking();
      await keptSaid(page);
      await page.waitForSelector('#sessions-button[data-saved="true"]', SLOW);
      await page.setOfflineMode(true);
      await page.reload();
      await ready(page);
      await scored(page);
      assert.deepEqual(await ranking(), before);
      await scoredAfter(() => page.click("#score"));
      assert.deepEqual(await ranking(), before);
      assert.equal(await page.evaluate(() => document.documentElement.lang), "ja");
      await page.setOfflineMode(false);
    },
  },
];

/** What people do in a browser that has no WebGPU. */
export const WITHOUT_GPU: Job = {
  name: "a browser without WebGPU: what to do, a recorded example, and labels all the same",
  address: "",
  async run({ page, ranking, saved }) {
    assert.match(await textIn(page, "#no-webgpu"), /needs WebGPU/);
    assert.deepEqual(
      (await ranking()).map(({ letter }) => letter),
      ["B", "A", "C", "D"],
    );
    await page.click('nav a[href="#label"]');
    await press(page, "#label-built-in");
    await votes(page, ["ArrowLeft", "ArrowRight", "ArrowUp"]);
    assert.equal((await saved("#label-jsonl")).trimEnd().split("\n").length, 3);
  },
};

/** Returns true if the page finds no WebGPU in this browser. */
export async function lacksGpu(
  browser: Pick<Browser, "newPage">,
  served: Pick<ServedPage, "url">,
): Promise<boolean> {
  const page = await browser.newPage();
  await page.goto(served.url);
  await page.waitForSelector("#machine, #no-webgpu", SLOW);
  const lacks = (await page.$("#no-webgpu")) !== null;
  await page.close();
  return lacks;
}

/** Does a job in a browser of its own storage. Returns what went wrong, in one line. */
export async function doJob(
  browser: Browser,
  served: Pick<ServedPage, "url">,
  job: Job,
): Promise<string | undefined> {
  const context = await browser.createBrowserContext();
  try {
    const own = { newPage: () => context.newPage() };
    const visitor = await visit(own, served, job.address, async (page) => {
      if (job === WITHOUT_GPU) await withoutGpu(page);
    });
    await job.run(visitor);
    const { errors, requests } = visitor;
    const far = requests.filter((url) => new URL(url).origin !== new URL(served.url).origin);
    assert.deepEqual(far, [], "requests left the origin");
    if (inChrome) assert.deepEqual(errors, [], "errors in the console");
    return undefined;
  } catch (error) {
    return String(error).split("\n").slice(0, 12).join(" ");
  } finally {
    await context.close();
  }
}
