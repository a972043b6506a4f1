/** Report of stored scores and of an audit, without a model: verdict, tables, plots, languages. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, ElementHandle, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../../testing/browser/launch.ts";
import { servePage } from "../../../testing/demo/page-server.ts";
import type { ServedPage } from "../../../testing/demo/page-server.ts";
import { visit } from "../../../testing/demo/visitor.ts";
import type { Visitor } from "../../../testing/demo/visitor.ts";
import { plantedReference, plantedRun } from "../../../testing/trust/planted-drift.ts";
import { violations } from "../../../testing/demo/axe.ts";

const SLOW = { timeout: 120_000 };

let browser: Browser;
let served: ServedPage;
let folder: string;
let visitor: Visitor;

beforeAll(async () => {
  served = await servePage({ fake: true });
  browser = await launchTestBrowser();
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-stored-"));
  const lines = (rows: readonly object[]): string =>
    rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  await writeFile(path.join(folder, "ref.jsonl"), lines(plantedReference(1, 600)));
  const drifted = plantedRun({ seed: 4, rows: 1200, drift: "traffic" });
  await writeFile(path.join(folder, "run.jsonl"), lines(drifted));
  await writeFile(path.join(folder, "bad.jsonl"), '{"id": 1}\n');
  visitor = await visit(browser, served, "#report");
  await visitor.page.waitForSelector('input[name="kind"][value="stored"]', SLOW);
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await served?.close();
  await rm(folder, { recursive: true });
});

async function report(page: Page, ...files: string[]): Promise<void> {
  // A choice clears the files and the last result.
  await page.$eval('input[name="kind"][value="evaluation"]', (input) => input.click());
  await page.$eval('input[name="kind"][value="stored"]', (input) => input.click());
  const input = (await page.$("#report-files")) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(...files);
  await page.waitForFunction(
    (name) => document.querySelector("#report-chosen")?.textContent?.includes(name),
    SLOW,
    path.basename(files.at(-1) ?? ""),
  );
  await page.$eval("#run-report", (button) => (button as HTMLButtonElement).click());
}

it("stored scores: a reference and a run that drifted → the verdict, tests, plots; saved as JSON", async () => {
  const { page } = visitor;
  await report(page, path.join(folder, "ref.jsonl"), path.join(folder, "run.jsonl"));
  await page.waitForSelector('#stored-result[data-verdict="traffic"]', SLOW);
  expect(await visitor.text("#stored-result h2")).toBe("The traffic changed");
  expect(await visitor.text("#stored-result")).toContain("score: Mann-Whitney");
  expect(await page.$$eval("#stored-result svg", (all) => all.length)).toBeGreaterThan(5);
  expect(await violations(page)).toEqual([]);
  expect(JSON.parse(await visitor.saved("#save-stored"))).toMatchObject({
    verdict: "traffic",
    rows: 1230,
  });
}, 240_000);

it("audit: the command line's report.json → its tables and effects", async () => {
  const { page } = visitor;
  await report(page, path.resolve("weights/audit/audit.json"));
  await page.waitForFunction(
    () => document.querySelector("#stored-result h2")?.textContent === "Audit of tiny-vl-reward",
    SLOW,
  );
  expect(await visitor.text("#stored-result")).toContain("Visual reliance");
  expect(await page.$$eval("#stored-result svg", (all) => all.length)).toBe(1);
  expect(await violations(page)).toEqual([]);
}, 240_000);

it("rows without a score, a file that is neither → said by name; no foreign request, no error", async () => {
  const { page } = visitor;
  await report(page, path.join(folder, "ref.jsonl"), path.join(folder, "bad.jsonl"));
  await page.waitForFunction(
    () =>
      document.querySelector("#report-fault")?.textContent?.includes("bad.jsonl, line 1, score"),
    SLOW,
  );
  await report(page, path.join(folder, "bad.jsonl"));
  await page.waitForFunction(
    () => document.querySelector("#report-fault")?.textContent?.includes("is not an audit"),
    SLOW,
  );
  expect(visitor.errors).toEqual([]);
  const origin = new URL(served.url).origin;
  expect(visitor.requests.filter((url) => new URL(url).origin !== origin)).toEqual([]);
}, 240_000);

it("Japanese: the same report → its words; notes, which stay English, are marked", async () => {
  const { page } = visitor;
  await page.click("#language");
  await report(page, path.join(folder, "ref.jsonl"), path.join(folder, "run.jsonl"));
  await page.waitForSelector('#stored-result[data-verdict="traffic"]', SLOW);
  expect(await visitor.text("#stored-result h2")).toBe("入力の傾向が変わりました");
  const others = await page.$$eval("#stored-result li", (all) =>
    all.filter((one) => one.closest('[lang="en"]') === null).map(({ textContent }) => textContent),
  );
  expect(others).toEqual([]);
  expect(await visitor.text("#stored-result")).toContain("警報:スコア:");
  expect(await violations(page)).toEqual([]);
}, 240_000);
