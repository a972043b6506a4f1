/** The order in which a screen reader reads the views, and what it calls their parts. */
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { outOfOrder, readingOrder } from "../../testing/demo/reading-order.ts";
import { visit } from "../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;
let page: Page;

beforeAll(async () => {
  served = await servePage({ fake: true });
  browser = await launchTestBrowser();
  ({ page } = await visit(browser, served));
  await page.waitForSelector("#verdict");
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

const FRAME = [
  /^link Skip to the question/,
  /^link Score$/,
  /^link Rank$/,
  /^link Models$/,
  /^button .*Built-in/,
];

const ORDERS: Readonly<Record<string, readonly RegExp[]>> = {
  score: [
    /^heading Score/,
    /^image .*Tallest bar/,
    /^textbox Prompt/,
    /^group Responses/,
    /^textbox Response A/,
    /^textbox Response D/,
    /^button Score$/,
    /^heading B is ahead of C\./,
    /^StaticText Response B:/,
    /^StaticText \+3\.79/,
    /^button Why/,
    /^button Copy result/,
  ],
  rank: [
    /^heading Rank many/,
    /^link One prompt/,
    /^textbox Prompt/,
    /^textbox Responses/,
    /^button Rank$/,
    /^StaticText The ranking will stand here/,
  ],
  label: [
    /^heading Label pairs/,
    /^textbox Your name/,
    /^heading What to label/,
    /^button Try twenty/,
    /^heading Several raters/,
  ],
  report: [/^heading /, /^group /, /^radio /, /^button (Run|Make)/],
  models: [
    /^heading The model that judges/,
    /^group Where is the model/,
    /^radio /,
    /^button Look at it/,
    /^heading Kept in this browser/,
  ],
};

it.each(Object.entries(ORDERS))(
  "reading: %s → frame, title, question, answer, in this order",
  async (view, order) => {
    await page.evaluate((name) => (location.hash = name), view);
    await page.waitForFunction(
      (name) => document.querySelector("nav a[aria-current]")?.getAttribute("href") === `#${name}`,
      {},
      view,
    );
    await page.waitForSelector("h1#view-title");
    if (view === "label") await page.waitForSelector("#label-built-in");
    if (view === "models") await page.waitForSelector("#kept-title");
    expect(outOfOrder(await readingOrder(page), [...FRAME, ...order])).toBeUndefined();
  },
);

it("reading: a column that is moved before another, planted → found", async () => {
  await page.evaluate(() => (location.hash = "score"));
  await page.waitForSelector("#score");
  await page.$eval(".columns", (columns) => columns.prepend(...[...columns.children].toReversed()));
  expect(
    outOfOrder(await readingOrder(page), [...FRAME, ...(ORDERS["score"] ?? [])]),
  ).toBeDefined();
});
