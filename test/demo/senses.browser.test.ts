/** Checks what users see, hear and touch, in addition to the rules of axe-core. */
import type { Browser } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
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

/** Contrast of each bar with its card; runs in the page. */
function barContrasts(): number[] {
  const luminance = (colour: string): number => {
    const context = document.createElement("canvas").getContext("2d");
    if (context === null) throw new Error("no canvas");
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0] = [...context.getImageData(0, 0, 1, 1).data].map((byte) => {
      const share = byte / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...document.querySelectorAll(".mark")].map((bar) => {
    const card = bar.closest(".verdict") ?? document.body;
    const [a, b] = [bar, card].map((each) => luminance(getComputedStyle(each).backgroundColor));
    const [low = 0, high = 0] = [a, b].toSorted((x = 0, y = 0) => x - y);
    return (high + 0.05) / (low + 0.05);
  });
}

it.each(["light", "dark"])("page: bars, %s → 3 to 1 on their card", async (value) => {
  const { page } = await visit(browser, served);
  await page.waitForSelector("#verdict");
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
  const contrasts = await page.evaluate(barContrasts);
  expect(contrasts).toHaveLength(4);
  for (const contrast of contrasts) expect(contrast).toBeGreaterThanOrEqual(3);
  await page.close();
});

it("page: four responses scored → a list of four, each with its label's words", async () => {
  const { page } = await visit(browser, served);
  await page.waitForSelector("#verdict");
  expect(await page.$eval(".places", (list) => list.children.length)).toBe(4);
  const names = await page.$$eval(".responses textarea", (all) =>
    all.map((field) => field.labels[0]?.textContent?.replaceAll(/\s+/g, " ").trim()),
  );
  expect(names).toEqual(["Response A", "Response B", "Response C", "Response D"]);
  expect(await page.$$("label[aria-label]")).toHaveLength(0);
  await page.close();
});

it("page: scored twice with the same result → said that it begins, and said again", async () => {
  const { page, scoredAfter } = await visit(browser, served);
  await page.waitForSelector("#verdict");
  await page.evaluate(() => {
    const region = document.querySelector("#announcement");
    const said: string[] = [];
    Object.assign(globalThis, { said });
    new MutationObserver(() => said.push(region?.textContent ?? "")).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  await scoredAfter(() => page.click("#score"));
  await scoredAfter(() => page.click("#score"));
  const said = await page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
  const changes = said.filter((text, at) => text !== said[at - 1]).map((text) => text.trim());
  expect(changes.filter((text) => text === "Scoring 4 responses.")).toHaveLength(2);
  expect(changes.filter((text) => text.startsWith("Scored. Best is"))).toHaveLength(2);
  await page.close();
});

it("page: a phone → no word about keys that it lacks", async () => {
  const isShown = async (isMobile: boolean): Promise<boolean> => {
    const { page } = await visit(browser, served);
    await page.setViewport({ width: 390, height: 844, isMobile, hasTouch: isMobile });
    await page.waitForSelector("#verdict");
    const shown = await page.$eval(".shortcut", (hint) => hint.checkVisibility());
    await page.close();
    return shown;
  };
  expect(await isShown(false)).toBe(true);
  expect(await isShown(true)).toBe(false);
});

it("page: forced colours → the current link, the chosen sample and the best letter have a line", async () => {
  const { page } = await visit(browser, served);
  await page.waitForSelector("#verdict");
  await page.click(".samples summary");
  const session = await page.createCDPSession();
  await session.send("Emulation.setEmulatedMedia", {
    features: [{ name: "forced-colors", value: "active" }],
  });
  const lines = await page.evaluate(() => {
    const styleOf = (selector: string): CSSStyleDeclaration => {
      const element = document.querySelector(selector);
      if (element === null) throw new Error(`no ${selector}`);
      return getComputedStyle(element);
    };
    return {
      current: styleOf("nav a[aria-current]").borderBottomColor,
      other: styleOf("nav a:not([aria-current])").borderBottomColor,
      sample: styleOf(".sample[aria-pressed=true]").outlineStyle,
      plain: styleOf(".sample[aria-pressed=false]").outlineStyle,
      best: styleOf(".place[data-best] .letter").outlineStyle,
    };
  });
  expect(lines.current).not.toBe(lines.other);
  expect([lines.sample, lines.plain, lines.best]).toEqual(["solid", "none", "solid"]);
  await page.close();
});
