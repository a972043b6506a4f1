/** Checks what users see, hear and touch, in addition to the rules of axe-core. */
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { addBehaviours } from "../../testing/demo/page-states.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;

beforeAll(async () => {
  served = await servePage({ fake: true });
  await addBehaviours(served);
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

/** Has the browser draw as a person sees it who chose the colours of all pages. */
async function forceColours(page: Page): Promise<void> {
  const session = await page.createCDPSession();
  await session.send("Emulation.setEmulatedMedia", {
    features: [{ name: "forced-colors", value: "active" }],
  });
}

/** Returns the style of an element, of its ground, line and outline. */
async function marks(page: Page, selector: string): Promise<Record<string, string>> {
  await page.waitForSelector(selector);
  return await page.$eval(selector, (element) => {
    const style = getComputedStyle(element);
    return {
      ground: `${style.backgroundColor} ${style.backgroundImage}`,
      line: `${style.borderBottomColor} ${style.borderRadius}`,
      outline: style.outlineStyle,
      fill: style.fill,
      behind: getComputedStyle(element.closest(".card, .verdict, .chip, body") ?? element)
        .backgroundColor,
    };
  });
}

/** A ground that is seen: neither what is behind it nor nothing. */
function isSeen({ ground = "", behind = "" }: Record<string, string>): boolean {
  const [colour = ""] = ground.split(/ (?=none|conic)/);
  return ground.includes("conic") || (colour !== behind && !/^rgba.*, 0\)$/.test(colour));
}

it("page: forced colours → the current link, the chosen sample, the best letter, scores and reasons keep their marks", async () => {
  const { page } = await visit(browser, served);
  await page.waitForSelector("#verdict");
  await page.click(".samples summary");
  await page.click(".place:last-child .why-button");
  await page.waitForSelector("#why[data-phase=done]");
  await page.$$eval("#why details", (all) => all.forEach((one) => (one.open = true)));
  await forceColours(page);
  const line = async (selector: string): Promise<string | undefined> =>
    (await marks(page, selector))["line"];
  expect(await line("nav a[aria-current]")).not.toBe(await line("nav a:not([aria-current])"));
  const outline = async (selector: string): Promise<string | undefined> =>
    (await marks(page, selector))["outline"];
  expect(await outline(".sample[aria-pressed=true]")).toBe("solid");
  expect(await outline(".sample[aria-pressed=false]")).toBe("none");
  expect(await outline(".place[data-best] .letter")).toBe("solid");
  for (const selector of [".mark", ".place:last-child .bar", ".effect i", ".why-grid button"]) {
    expect(isSeen(await marks(page, selector)), selector).toBe(true);
  }
  const tinted = '.token[data-strength]:not([data-strength="0"])';
  expect(isSeen(await marks(page, tinted)), tinted).toBe(true);
  await page.close();
});

it("page: forced colours → a model that is ready, that comes, that failed: three signs", async () => {
  const signs: string[] = [];
  for (const [address, sign] of [
    ["", "ready"],
    ["?model=./slow/", "loading"],
    ["?model=./damaged/", "lost"],
  ] as const) {
    const { page } = await visit(browser, served, address);
    await page.waitForSelector(`.chip[data-sign=${sign}]`);
    if (sign === "loading") await page.waitForSelector("#loading progress[max]");
    await forceColours(page);
    const { ground, line, behind } = await marks(page, ".chip-dot");
    expect(isSeen({ ground: ground ?? "", behind: behind ?? "" }), sign).toBe(true);
    signs.push(`${ground} ${line}`);
    await page.close();
  }
  expect(new Set(signs).size).toBe(3);
});

it("page: forced colours → bars and dots of a report's plots keep their colours", async () => {
  const { page } = await visit(browser, served, "#report");
  await page.waitForSelector("#machine");
  const rows = Array.from({ length: 20 }, (_, n) => ({
    prompt: `Which, ${n}?`,
    chosen: `The answer ${"a ".repeat(n % 7)}${n}.`,
    rejected: `No ${n % 3}.`,
  }));
  await page.evaluate(
    (text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "pairs.jsonl"));
      const event = new DragEvent("drop", { bubbles: true, dataTransfer: transfer });
      document.body.dispatchEvent(event);
    },
    rows.map((row) => JSON.stringify(row)).join("\n"),
  );
  await page.waitForSelector("#report-chosen b");
  await page.click("#run-report");
  await page.waitForSelector(".plot svg rect");
  await forceColours(page);
  const fills = await page.$$eval(".plot svg :is(rect, circle)", (all) =>
    all.map((one) => getComputedStyle(one).fill),
  );
  const canvas = await page.$eval("body", (body) => getComputedStyle(body).backgroundColor);
  expect(fills.length).toBeGreaterThan(5);
  expect(fills.filter((fill) => fill === canvas || fill === "none")).toEqual([]);
  await page.close();
});
