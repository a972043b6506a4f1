/**
 * Every state of the page, light and dark, held to the rules of axe-core. What axe cannot decide is
 * not in it.
 */
import { cp } from "node:fs/promises";
import path from "node:path";
import type { Browser, ElementHandle, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { violations } from "../../testing/demo/axe.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;

beforeAll(async () => {
  served = await servePage({ fake: true });
  await cp(path.join(served.folder, "model"), path.join(served.folder, "slow"), {
    recursive: true,
  });
  browser = await launchTestBrowser();
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

interface State {
  readonly name: string;
  readonly address: string;
  /** The selector that appears when the state is reached. */
  readonly sign: string;
  act?(page: Page): Promise<unknown>;
  prepare?(page: Page): Promise<unknown>;
}

async function lookAt(page: Page, address: string): Promise<void> {
  await page.waitForSelector("#machine");
  await page.click("input[value=url]");
  await page.type("#model-url", new URL(address, served.url).href);
  await page.click("#look");
}

const states: readonly State[] = [
  { name: "a model on its way", address: "?model=./slow/", sign: "#loading progress[max]" },
  { name: "scoring", address: "?model=./endless/", sign: "#scoring" },
  {
    name: "scores, all details open, a token pointed at",
    address: "",
    sign: ".readout[data-chosen]",
    async act(page) {
      await page.waitForSelector("#verdict");
      await page.click(".why-button");
      await page.waitForSelector("#why .tokens");
      await page.$$eval("details", (all) => all.forEach((each) => (each.open = true)));
      await page.focus(".tokens .token");
      await page.keyboard.press("ArrowRight");
    },
  },
  {
    name: "an empty response",
    address: "",
    sign: '#fault[data-code="input"]',
    async act(page) {
      await page.waitForSelector("#verdict");
      await page.click("#add-response");
      await page.click("#score");
    },
  },
  { name: "the GPU failed", address: "?model=./gpu-fails/", sign: '#fault[data-code="gpu"]' },
  { name: "damaged weights", address: "?model=./damaged/", sign: '#fault[data-code="weights"]' },
  {
    name: "no WebGPU",
    address: "",
    sign: "#no-webgpu",
    prepare: (page) =>
      page.evaluateOnNewDocument(() => {
        Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined });
      }),
  },
  { name: "a model of text only", address: "?model=./text-only/", sign: "#text-only" },
  { name: "nothing to rank yet", address: "#rank", sign: "#machine" },
  {
    name: "a ranking",
    address: "#rank",
    sign: "#rank-result",
    async act(page) {
      await page.waitForSelector("#machine");
      await page.type("#rank-responses", "Yes.\nNo!!\nPurple.");
      await page.click("#run-rank");
    },
  },
  {
    name: "no report yet, and nothing chosen",
    address: "#report",
    sign: "#report-fault",
    async act(page) {
      await page.waitForSelector("#machine");
      await page.click("#run-report");
    },
  },
  {
    name: "a report",
    address: "#report",
    sign: ".pair[open] .pair-body",
    async act(page) {
      await page.waitForSelector("#machine");
      const input = (await page.$("#report-files")) as ElementHandle<HTMLInputElement>;
      await input.uploadFile(path.resolve("weights/tiny-vl-reward/heldout/pairs.jsonl"));
      await page.click("#run-report");
      await page.waitForSelector("#report-result");
      await page.select("#pair-filter", "all");
      await page.waitForSelector(".pair");
      await page.click(".pair summary");
    },
  },
  { name: "kept models, none yet", address: "#models", sign: "#space" },
  {
    name: "a model that was looked at",
    address: "#models",
    sign: "#seen",
    act: (page) => lookAt(page, "./model/"),
  },
  {
    name: "a download that is paused",
    address: "#models",
    sign: "#paused",
    async act(page) {
      await lookAt(page, "./slow/");
      await page.waitForSelector("#load");
      await page.click("#load");
      // The first progress report moves the button: an earlier click would miss it.
      await page.waitForSelector("#loading progress[max]");
      await page.click("#pause");
    },
  },
];

it.each(states)("page: $name → axe finds nothing, light and dark", async (state) => {
  const { page } = await visit(browser, served, state.address, state.prepare);
  await state.act?.(page);
  await page.waitForSelector(state.sign);
  for (const value of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
    expect(await violations(page), value).toEqual([]);
  }
  await page.close();
});

it("page: a picture without words for it, planted → axe finds it", async () => {
  const { page } = await visit(browser, served, "");
  await page.waitForSelector("#verdict");
  await page.$eval(".picture img", (image) => image.removeAttribute("alt"));
  expect((await violations(page)).join("\n")).toContain("image-alt");
  await page.close();
});
