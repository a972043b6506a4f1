/**
 * The page with models of other families, their golden checkpoints loaded from beside it: pictures
 * that a model like HPSv3 ranks, and a report of a model that judges steps.
 */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, ElementHandle, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";
import type { Visitor } from "../../testing/demo/visitor.ts";
import { linesOf, type Line } from "../../testing/golden-lines.ts";
import { GOLDEN_ROOT } from "../../testing/golden.ts";
import { violations } from "../../testing/demo/axe.ts";

const SLOW = { timeout: 120_000 };
const HEADS = `${GOLDEN_ROOT}heads/`;

let browser: Browser;
let served: ServedPage;
let folder: string;

beforeAll(async () => {
  served = await servePage();
  browser = await launchTestBrowser();
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-families-"));
  for (const name of ["generated", "steps"]) {
    await cp(`${HEADS}models/${name}`, path.join(served.folder, name), { recursive: true });
  }
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await served?.close();
  await rm(folder, { recursive: true });
});

async function opened(address: string): Promise<Visitor> {
  const visitor = await visit(browser, served, address);
  await visitor.page.waitForSelector("#machine", SLOW);
  return visitor;
}

async function upload(page: Page, selector: string, files: readonly string[]): Promise<void> {
  const input = (await page.waitForSelector(selector, SLOW)) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(...files);
}

async function choosePictures(page: Page): Promise<void> {
  await page.click('.modes a[href="#rank/pictures"]');
  await page.waitForSelector("#pictures-files", SLOW);
}

const shown = (value: unknown): string => Number(value).toFixed(2).replace("-", "−");

it("rank: pictures with a file of prompts, one damaged → the reference's scores, best first", async () => {
  const cases = linesOf(`${HEADS}cases/generated.jsonl`);
  const goldens = linesOf(`${HEADS}golden/generated.jsonl`);
  const inputs = cases.map(({ inputs: all }) => all as { image: string; prompt: string });
  const names = inputs.map(({ image }) => path.basename(image));
  const prompts = names.map((image, i) => ({ image, prompt: inputs[i]!.prompt }));
  const lines = [...prompts, { image: "damaged.png", prompt: "five shapes" }];
  const list = path.join(folder, "prompts.jsonl");
  await writeFile(list, lines.map((line) => JSON.stringify(line)).join("\n"));
  await writeFile(path.join(folder, "damaged.png"), "this is a text");
  const visitor = await opened("?model=./generated/#rank");
  const { page } = visitor;
  await choosePictures(page);
  // Without pictures the field says so.
  await page.click("#run-pictures");
  await page.waitForSelector("#pictures-files-fault");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("pictures-files");
  const files = names.map((name) => `${GOLDEN_ROOT}images/${name}`);
  await upload(page, "#pictures-files", [...files, path.join(folder, "damaged.png"), list]);
  await page.waitForFunction(
    () => document.querySelector("#pictures-chosen")?.textContent?.includes("5 pictures"),
    SLOW,
  );
  await page.focus("#pictures-prompt");
  await page.keyboard.down("Control");
  await page.keyboard.press("Enter");
  await page.keyboard.up("Control");
  await page.waitForSelector("#pictures-result", SLOW);
  // Each prompt has one picture.
  for (const [i, golden] of goldens.entries()) {
    const score = await visitor.text(`[data-name="${names[i]}"] .score`);
    expect(score).toContain(shown(golden["score"]));
    const picture = await page.$(`[data-name="${names[i]}"] img`);
    await picture?.scrollIntoView();
    await page.waitForFunction((img) => (img as HTMLImageElement).naturalWidth > 0, SLOW, picture);
  }
  expect(await visitor.text("#failed-pictures")).toMatch(/damaged\.png.*not a picture/);
  expect(await violations(page)).toEqual([]);

  // One prompt for all: they are sorted, and the file of prompts does not count.
  await page.type("#pictures-prompt", "five shapes");
  await page.waitForSelector(".stale");
  await page.click("#run-pictures");
  await page.waitForFunction(
    () => document.querySelectorAll(".of-prompt").length === 1 && !document.querySelector(".stale"),
    SLOW,
  );
  const csv = (await visitor.saved("#pictures-csv")).trimEnd().split("\r\n").slice(1);
  const scores = csv.map((line) => Number(line.split(",")[2]));
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  const rows = await page.$$eval(".ranked-row", (all) =>
    all.map((row) => (row as HTMLElement).dataset["name"]),
  );
  expect(rows).toEqual(csv.map((line) => line.split(",")[1]));
  const own = csv.find((line) => line.includes(names[0]!));
  const off = Math.abs(Number(own?.split(",")[2]) - Number(goldens[0]!["score"]));
  expect(off).toBeLessThanOrEqual(2e-4 * Number(goldens[0]!["score"]));
  const saved = (await visitor.saved("#pictures-jsonl")).trimEnd().split("\n");
  expect(saved.map((line) => (JSON.parse(line) as Line).id)).toEqual([
    ...names.toSorted(),
    "damaged.png",
  ]);
  await page.click("#language");
  await page.waitForFunction(() =>
    document.querySelector("#pictures-result h2")?.textContent?.includes("順位"),
  );
  await page.click("#language");
  expect(visitor.errors).toEqual([]);
  await page.close();
}, 240_000);

it("rank: a dropped folder of pictures → goes to Rank; a judge of answers says which model it takes", async () => {
  const visitor = await opened("");
  const { page } = visitor;
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const made = await root.getDirectoryHandle("made", { create: true });
    const below = await made.getDirectoryHandle("below", { create: true });
    for (const [place, name, text] of [
      [made, "a.png", "no picture"],
      [below, "b.png", "no picture"],
      [below, "b.txt", "a cat"],
    ] as const) {
      const file = await place.getFileHandle(name, { create: true });
      const writable = await file.createWritable();
      await writable.write(text);
      await writable.close();
    }
    const transfer = new DataTransfer();
    transfer.items.add(new File([], "made"));
    const event = new DragEvent("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: transfer });
    const getAsFileSystemHandle = (): Promise<FileSystemHandle> => Promise.resolve(made);
    Object.assign(DataTransferItem.prototype, { getAsFileSystemHandle });
    document.body.dispatchEvent(event);
  });
  await page.waitForFunction(
    () => document.querySelector("#pictures-chosen")?.textContent?.includes("2 pictures"),
    SLOW,
  );
  expect(new URL(page.url()).hash).toBe("#rank/pictures");
  expect(await visitor.text("#not-for-pictures")).toMatch(/judges answers.*HPSv3 under Models/);
  await page.click("#run-pictures");
  await page.waitForSelector("#pictures-fault", SLOW);
  expect(await visitor.text("#pictures-fault")).toContain("such as HPSv3");
  // Back to responses, and they work as before.
  await page.click('.modes a[href="#rank"]');
  await page.waitForSelector("#rank-responses");
  expect(visitor.errors).toEqual([]);
  await page.close();
}, 240_000);

it("report: a model that judges steps → the reference's value of each step, and the sums", async () => {
  const golden = linesOf(`${HEADS}golden/steps.jsonl`).find(({ id }) => id === "0")!;
  const pairs = path.join(folder, "pairs.jsonl");
  const row = { id: "a", prompt: "3 + 4?", chosen: "3 + 4 = 7.\n\nSo 7.", rejected: "8" };
  await writeFile(pairs, JSON.stringify(row));
  const visitor = await opened("?model=./steps/#report");
  const { page } = visitor;
  await upload(page, "#report-files", [pairs]);
  await page.click("#run-report");
  await page.waitForSelector("#report-steps", SLOW);
  expect(await visitor.text("#report-steps")).toMatch(
    /2 solutions of 3 steps.*Least.*Product.*Last/,
  );
  await page.select("#pair-filter", "all");
  await page.$eval(".pair summary", (summary) => summary.click());
  const [own] = await page.$$(".pair .by-step");
  const texts = await own!.$$eval("tbody tr", (all) => all.map(({ innerText }) => innerText));
  const percents = texts.map((text) => Number(/([\d.]+)\s*%/.exec(text)?.[1]));
  for (const [i, value] of (golden["step_values"] as number[]).entries()) {
    expect(Math.abs(percents[i]! - 100 * value), texts[i]).toBeLessThan(1);
  }
  expect(texts[1]).toContain("So 7.");
  expect(await violations(page)).toEqual([]);
  expect(visitor.errors).toEqual([]);
  await page.close();
}, 240_000);
