/** Single keys of the whole page: demo/shell/keys.ts. */
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;
let page: Page;

const LONG = { timeout: 120_000 };

beforeAll(async () => {
  served = await servePage();
  browser = await launchTestBrowser({ log: (line) => console.log(line) });
  ({ page } = await visit(browser, served));
  await isReady();
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** Waits for the model and for its rows, not those that hold their place. */
async function isReady(): Promise<void> {
  await page.waitForSelector("#machine", LONG);
  await page.waitForSelector(".place[data-response] .why-button", LONG);
  await page.waitForSelector(".answer[aria-busy=false]", LONG);
}

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key as "a");
}

/** Returns the letter of the row in which the focus is. */
const rowInFocus = (): Promise<string | undefined> =>
  page.evaluate(
    () => document.activeElement?.closest<HTMLElement>(".place")?.dataset["response"] ?? undefined,
  );

const view = (): Promise<string> => page.evaluate(() => location.hash.slice(1).split("/")[0] ?? "");

describe("keys", () => {
  it("keys: w → the reasons of the first row; the arrows → the other rows; c → another response", async () => {
    const rows = await page.$$eval(".place", (all) =>
      all.map((row) => (row as HTMLElement).dataset["response"]),
    );
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await press("w");
    await page.waitForSelector("#why");
    expect(await rowInFocus()).toBe(rows[0]);
    await press("w");
    await page.waitForSelector("#why", { hidden: true });
    await press("ArrowUp");
    expect(await rowInFocus()).toBe(rows[0]);
    await press("ArrowDown", "ArrowDown");
    expect(await rowInFocus()).toBe(rows[2]);
    await press("w");
    await page.waitForSelector("#why-other", LONG);
    const other = (): Promise<string> =>
      page.$eval("#why-other", (field) => (field as HTMLSelectElement).value);
    const before = await other();
    await press("c");
    await page.waitForFunction(
      (old) => document.querySelector<HTMLSelectElement>("#why-other")?.value !== old,
      LONG,
      before,
    );
    await press("c", "c");
    await page.waitForFunction(
      (old) => document.querySelector<HTMLSelectElement>("#why-other")?.value === old,
      LONG,
      before,
    );
  });

  it("keys: g and a letter → the view; a letter alone, or in a text field → nothing", async () => {
    for (const [letter, name] of [
      ["m", "models"],
      ["r", "rank"],
      ["e", "report"],
      ["l", "label"],
      ["s", "score"],
    ] as const) {
      await press("g", letter);
      await page.waitForFunction((hash) => location.hash === hash, {}, `#${name}`);
    }
    await press("m");
    expect(await view()).toBe("score");
    await page.focus("textarea");
    await press("g", "m");
    expect(await view()).toBe("score");
    expect(await page.$eval("textarea", ({ value }) => value)).toContain("gm");
  });

  it("keys: ? → the help with its switch; switched off → no key does anything, also after a reload", async () => {
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await press("?");
    await page.waitForSelector("#about:popover-open #keys-on");
    await page.click("#keys-on");
    await press("Escape");
    await page.waitForFunction(() => document.querySelector("#about:popover-open") === null);
    await press("g", "m");
    expect(await view()).toBe("score");
    await page.reload();
    await isReady();
    await press("g", "m");
    expect(await view()).toBe("score");
    await page.evaluate(() => document.querySelector<HTMLElement>("#about")?.showPopover());
    await page.click("#keys-on");
    await press("Escape");
    await page.waitForFunction(() => document.querySelector("#about:popover-open") === null);
    await press("g", "m");
    await page.waitForFunction(() => location.hash === "#models");
  });
});
