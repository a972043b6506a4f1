/** Places and files that the page meets in the field: frames, `file://`, pictures that are none. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../../cli/chrome/browser.ts";
import { servePage } from "./page-server.ts";
import type { ServedPage } from "./page-server.ts";
import { visit } from "./visitor.ts";

let browser: Browser;
let served: ServedPage;

beforeAll(async () => {
  served = await servePage({ fake: true });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

describe("page: where it is opened", () => {
  it.each([
    ["allow-scripts", '#fault[data-code="unsupported"]'],
    ["allow-scripts allow-same-origin", "#verdict"],
  ])("page: in a frame with sandbox=%j → %s", async (sandbox, sign) => {
    const frame = `<!doctype html><title>frame</title><iframe sandbox="${sandbox}" src="./index.html"></iframe>`;
    await writeFile(path.join(served.folder, "frame.html"), frame);
    const { page } = await visit(browser, served, "frame.html");
    const inside = await (await page.waitForSelector("iframe"))!.contentFrame();
    await inside.waitForSelector(sign);
    const text = await inside.$eval("main", (main) => main.textContent ?? "");
    expect(text.includes("sandboxed")).toBe(sandbox === "allow-scripts");
    expect(text.includes("a tab of its own")).toBe(sandbox === "allow-scripts");
    // The page is alive: its other views open.
    await inside.click('nav a[href="#rank"]');
    await inside.waitForSelector("#rank-responses");
    await page.close();
  });

  it.each(["index.html", "bench.html"])(
    "page: %s opened from file:// → says to serve its folder by HTTP; from a server → does not",
    async (file) => {
      const page = await browser.newPage();
      await page.goto(pathToFileURL(path.join(served.folder, file)).href);
      await page.waitForSelector("#from-file", { visible: true });
      const said = await page.$eval("body", (body) => (body as HTMLElement).innerText);
      expect(said).toContain("Serve its folder by HTTP");
      await page.close();
      const visitor = await visit(browser, served, file);
      await visitor.page.waitForSelector("#verdict, #start:not([disabled])");
      expect(await visitor.page.$eval("#from-file", (note) => note.checkVisibility())).toBe(false);
      expect(visitor.errors).toEqual([]);
      await visitor.page.close();
    },
  );
});
