/** The programs of `examples/`, run as they are against the built library. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "puppeteer";
import { build, preview, type PreviewServer } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { swiftshaderIcd } from "../cli/chrome/chrome.ts";
import { launchTestBrowser } from "../testing/browser/launch.ts";

const repository = path.resolve(import.meta.dirname, "..");
/** Of the first sample, "Yes, purple is the highest.", by Hugging Face's code. */
const SCORE = 2.39497;

let folder: string;
let server: PreviewServer;
let browser: Browser;

beforeAll(async () => {
  // A package of its own: another file may build `dist` of this one at the same time.
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-examples-"));
  // Pages import the file without imports, Node the library.
  for (const [mode, part] of [
    ["library", "lib"],
    ["browser", "browser"],
  ] as const) {
    const outDir = path.join(folder, "dist", part);
    await build({ root: repository, mode, logLevel: "error", build: { outDir } });
  }
  await cp(path.join(repository, "package.json"), path.join(folder, "package.json"));
  await cp(path.join(repository, "examples"), path.join(folder, "examples"), { recursive: true });
  for (const name of ["weights", "node_modules"]) {
    await symlink(path.join(repository, name), path.join(folder, name));
  }
  server = await preview({
    root: folder,
    configFile: false,
    build: { outDir: "." },
    preview: { port: 0 },
  });
  browser = await launchTestBrowser({});
});

afterAll(async () => {
  await browser.close();
  await server.close();
  await rm(folder, { recursive: true });
});

async function open(example: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(new URL(example, server.resolvedUrls?.local[0]).href);
  return page;
}

/** Waits until an element says something else than that it loads. */
async function textOf(page: Page, selector: string): Promise<string> {
  const text = await page.waitForFunction(
    (where) => {
      const said = document.querySelector(where)?.textContent ?? "";
      return said !== "" && !said.startsWith("loading") && said;
    },
    { timeout: 60_000 },
    selector,
  );
  return String(await text.jsonValue());
}

test("page: one HTML file without a bundler → the reference's score", async () => {
  const page = await open("examples/page/index.html");
  expect(Number(await textOf(page, "output"))).toBeCloseTo(SCORE, 4);
});

test("rank: three responses → the right one first, with its lead", async () => {
  const page = await open("examples/rank/index.html");
  await page.waitForSelector("body[data-done]", { timeout: 60_000 });
  const items = await page.$$eval("li", (all) => all.map(({ textContent }) => textContent));
  expect(items).toHaveLength(3);
  expect(items[0]).toMatch(/^Yes, purple is the highest\. 2\.39, \d\.\d\d ahead$/);
});

test("keep-a-model: a second visit → the same score without a weight over the network", async () => {
  const page = await open("examples/keep-a-model/index.html");
  const first = await textOf(page, "output");
  expect(Number(first)).not.toBeNaN();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.reload();
  expect(await textOf(page, "output")).toBe(first);
  expect(asked.filter((url) => url.endsWith(".safetensors"))).toEqual([]);
  await page.waitForSelector("button:enabled");
  await page.click("button");
  await page.waitForFunction(
    () => document.querySelector("#kept")?.textContent === "0 models kept",
    { timeout: 30_000 },
  );
});

test("node: a score on Dawn → the reference's score", async () => {
  // Chrome brings a Vulkan loader and a software driver; a machine with a GPU has its own.
  const icd = swiftshaderIcd();
  const software =
    icd === undefined ? {} : { VK_ICD_FILENAMES: icd, LD_LIBRARY_PATH: path.dirname(icd) };
  const model = "weights/tiny-vl-reward";
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "examples/node/score.mjs",
      model,
      `${model}/samples/01-tallest-bar.png`,
      "Is purple the highest value?",
      "Yes, purple is the highest.",
    ],
    { cwd: folder, env: { ...software, ...process.env } },
  );
  expect(Number(stdout)).toBeCloseTo(SCORE, 4);
});
