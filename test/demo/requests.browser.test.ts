/** Behind "?": the list of every request that the tab made. */
import type { Browser } from "puppeteer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { purposeOf } from "../../demo/shell/requests.ts";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";
import type { Visitor } from "../../testing/demo/visitor.ts";
import { violations } from "../../testing/demo/axe.ts";

let browser: Browser;
let served: ServedPage;
let visitor: Visitor;

const LONG = { timeout: 120_000 };

beforeAll(async () => {
  served = await servePage();
  browser = await launchTestBrowser({ log: (line) => console.log(line) });
  visitor = await visit(browser, served);
  await visitor.page.waitForSelector("#machine", LONG);
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** Returns paths in the list, newest first. */
const listed = async (): Promise<(string | null)[]> =>
  await visitor.page.$$eval("#about .requests bdi", (all) => all.map((each) => each.textContent));

describe("requests", () => {
  it("requests: the help opened → all that the browser's own protocol saw, page and worker, by purpose", async () => {
    const { page } = visitor;
    await page.evaluate(() => document.querySelector<HTMLElement>("#about")?.showPopover());
    await page.waitForSelector("#requests");
    const seen = new Set(visitor.requests.map((url) => new URL(url).pathname));
    expect(seen.size).toBeGreaterThan(5);
    await expect.poll(async () => new Set(await listed()), LONG).toEqual(seen);
    const groups = await page.$$eval("#requests tbody tr", (rows) =>
      rows.map((row) => [row.dataset["purpose"], row.querySelectorAll("td")[1]?.textContent]),
    );
    expect(groups.map(([purpose]) => purpose)).toEqual(["page", "builtIn"]);
    // The weights are 4.1 MB of it.
    expect(groups[1]?.[1]).toMatch(/^4\.\d\sMB$/u);
    expect(await visitor.text("#about")).toMatch(/\b0\sB were sent/u);
    expect(await violations(page)).toEqual([]);
  });

  it("requests: any code asks for something → the open list shows it", async () => {
    const before = await listed();
    await visitor.page.evaluate(async () => {
      await fetch("./no-such-file?secret=1").catch(() => undefined);
    });
    await expect.poll(async () => (await listed()).length, LONG).toBe(before.length + 1);
    const [newest] = await listed();
    expect(newest).toMatch(/\/no-such-file$/u);
  });

  it.each([
    ["https://site/app/assets/x.js", "page"],
    ["https://site/app/model/config.json", "builtIn"],
    ["https://huggingface.co/a/b/resolve/main/config.json", "hub"],
    ["https://cas-bridge.xethub.hf.co/x?signature=1", "hub"],
    ["https://nothuggingface.co/x", "named"],
    ["http://site/app/x", "named"],
  ])("requests: %s → %s", (url, purpose) => {
    expect(purposeOf(url, "https://site/app/", "https://site/app/model/")).toBe(purpose);
  });
});
