/** Places and files that the page meets in the field: frames, `file://`, pictures that are none. */
import { cp, rm, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, ElementHandle, Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;

beforeAll(async () => {
  served = await servePage({ fake: true });
  browser = await launchTestBrowser();
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

describe("page: a picture's file", () => {
  async function choose(page: Page, file: string): Promise<void> {
    const input = (await page.$("#picture-file")) as ElementHandle<HTMLInputElement>;
    await input.uploadFile(file);
    // An example's question goes with its picture; here it is wanted.
    await page.waitForFunction(
      (name) =>
        document.querySelector(".picture img")?.getAttribute("alt")?.includes(name) ||
        document.querySelector("#picture-fault"),
      {},
      path.basename(file),
    );
    await page.evaluate(() => document.querySelector<HTMLElement>("#cleared button")?.click());
  }

  /** Returns the fault that the field shows; a screen reader reads the same text. */
  async function fieldSays(page: Page): Promise<string> {
    await page.waitForSelector("#picture-fault");
    const described = await page.$eval("#picture-file", (input) => ({
      isInvalid: input.getAttribute("aria-invalid"),
      by: input.getAttribute("aria-describedby"),
    }));
    expect(described).toEqual({ isInvalid: "true", by: "picture-fault" });
    return await page.$eval("#picture-fault", (fault) => fault.textContent ?? "");
  }

  it.each([
    ["deleted", (file: string) => rm(file)],
    ["changed", (file: string) => writeFile(file, "another, longer content")],
  ])("page: %s after it was chosen → says at the field to choose it again", async (_, harm) => {
    const file = path.join(served.folder, "photo.png");
    await cp(path.join(served.folder, "model/samples/01-tallest-bar.png"), file);
    const { page } = await visit(browser, served);
    await page.waitForSelector("#verdict");
    await choose(page, file);
    await page.waitForSelector('.picture img[alt*="photo.png"]');
    await harm(file);
    await page.click("#score");
    const said = await fieldSays(page);
    expect(said).toContain("photo.png cannot be read any more");
    expect(said).toContain("Choose it again");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("picture-file");
    expect(await page.$eval("#fault", (card) => card.getAttribute("data-code"))).toBe("input");
    // Another picture takes the fault away, at the field and in the card.
    await choose(page, path.join(served.folder, "model/samples/02-lowest-bar.png"));
    await page.waitForSelector("#picture-fault", { hidden: true });
    expect(await page.$("#fault")).toBeNull();
    await page.close();
  });

  it("page: deleted before Rank → says so too, and ranks nothing", async () => {
    const file = path.join(served.folder, "photo.png");
    await cp(path.join(served.folder, "model/samples/01-tallest-bar.png"), file);
    const { page } = await visit(browser, served);
    await page.waitForSelector("#verdict");
    await choose(page, file);
    await page.waitForSelector('.picture img[alt*="photo.png"]');
    await rm(file);
    await page.click('nav a[href="#rank"]');
    await page.waitForSelector("#rank-responses");
    await page.type("#rank-responses", "Yes.\nNo.");
    await page.click("#run-rank");
    await page.waitForSelector("#rank-fault");
    expect(await fieldSays(page)).toContain("Choose it again");
    expect(await page.$("#rank-result")).toBeNull();
    await page.close();
  });

  it("page: a film of 2.5 GB → says at the field that it is too large, and does not read it", async () => {
    const film = path.join(served.folder, "IMG_0001.mov");
    await writeFile(film, "\0\0\0\x14ftypqt  ");
    await truncate(film, 2_500_000_000);
    const { page } = await visit(browser, served);
    await page.waitForSelector("#verdict");
    await choose(page, film);
    const said = await fieldSays(page);
    expect(said.replaceAll("\u00a0", " ")).toContain("IMG_0001.mov has 2.5 GB, too much");
    await page.click("#score");
    await page.waitForSelector('#fault[data-code="input"]');
    await page.close();
    await rm(film);
  });

  it("page: a short film, a damaged picture → names the fault of each", async () => {
    const { page } = await visit(browser, served);
    await page.waitForSelector("#verdict");
    for (const [name, words] of [
      ["short.mov", "not a picture but video/quicktime"],
      ["broken.png", "damaged"],
    ] as const) {
      const file = path.join(served.folder, name);
      await writeFile(file, "\0\0\0\x14ftypqt  ");
      await choose(page, file);
      await page.waitForFunction(
        (text) => document.querySelector("#picture-fault")?.textContent?.includes(text),
        {},
        words,
      );
    }
    await page.close();
  });
});
