/** What must not move, repeat itself or be printed; dates in the page's language. */
import { cp } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { addBehaviours, PAGE_STATES } from "../../testing/demo/page-states.ts";
import { ready, scored, type } from "../../testing/demo/page-acts.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;

const SLOW = { timeout: 60_000 };

beforeAll(async () => {
  served = await servePage({ fake: true });
  await addBehaviours(served);
  await cp(path.join(served.folder, "model"), path.join(served.folder, "warns"), {
    recursive: true,
  });
  browser = await launchTestBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** Notes in each frame what is animated of the verdict: its properties. */
async function watchMotion(page: Page): Promise<void> {
  await page.evaluate(() => {
    const moved = new Set<string>();
    Object.assign(globalThis, { moved });
    const look = (): void => {
      for (const animation of document.getAnimations()) {
        const effect = animation.effect as KeyframeEffect | null;
        if (effect?.target?.closest(".answer") === null) continue;
        for (const frame of effect?.getKeyframes() ?? []) {
          for (const name of Object.keys(frame)) moved.add(name);
        }
      }
      requestAnimationFrame(look);
    };
    look();
  });
}

it.each([
  ["Score", "", "#score"],
  ["Rank", "#rank", "#run-rank"],
])(
  "page: another question is scored in %s → no value glides from those before",
  async (_, address, button) => {
    const { page } = await visit(browser, served, address);
    await ready(page);
    if (address === "") await scored(page);
    else await type(page, "#rank-responses", "Yes.\nNo, not at all.\nPurple is.");
    await watchMotion(page);
    for (const question of ["Which is the lowest?", "How many bars are there?"]) {
      await type(page, "#prompt", question);
      if (address === "") {
        await type(page, ".responses li:nth-child(1) textarea", `${question} Two of them.`);
      } else {
        await type(page, "#rank-responses", `${question}\nYes.\nNo.`);
      }
      await page.click(button);
      await page.waitForFunction(
        (text) =>
          document.querySelector(".answer")?.getAttribute("aria-busy") === "false" &&
          document.querySelector(".answer")?.textContent?.includes(text),
        SLOW,
        question,
      );
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 250)));
    }
    const moved = await page.evaluate(() => [
      ...(globalThis as unknown as { moved: Set<string> }).moved,
    ]);
    const fades = new Set(["opacity", "offset", "computedOffset", "easing", "composite"]);
    expect(moved.filter((name) => !fades.has(name))).toEqual([]);
    await page.close();
  },
);

interface Noted {
  readonly count: string | undefined;
  readonly notes: readonly string[];
  readonly places: readonly (readonly [number, number])[];
}

/** What the chip says of notes, and where question and answer stand. */
async function noted(page: Page): Promise<Noted> {
  return await page.evaluate(() => ({
    count: document.querySelector(".chip-notes")?.textContent?.trim(),
    notes: [...document.querySelectorAll(".warnings li")].map((note) => note.textContent ?? ""),
    places: [".question", ".answer", ".verdict"].map((part): [number, number] => {
      const box = document.querySelector(part)?.getBoundingClientRect();
      return [box?.left ?? -1, box?.top ?? -1];
    }),
  }));
}

const WARNINGS = [
  "Kernels of f16 are off: their self-test failed.",
  "The device was lost, and the model was loaded again.",
];

it("page: the engine notes the same again and again → each once in the model's card, and nothing moves", async () => {
  const without = await visit(browser, served);
  await scored(without.page);
  const { places } = await noted(without.page);
  await without.page.close();
  const { page, scoredAfter } = await visit(browser, served, "?model=./warns/");
  await scored(page);
  expect(await noted(page)).toMatchObject({ count: "2", notes: WARNINGS, places });
  for (const _ of [1, 2]) await scoredAfter(() => page.click("#score"));
  expect(await noted(page)).toMatchObject({ count: "2", notes: WARNINGS, places });
  await page.close();
});

it("page: a model that came beside another notes the same, before and after it takes over → each once", async () => {
  // Of its own storage: the next visit would begin with this model.
  const context = await browser.createBrowserContext();
  const own = { newPage: () => context.newPage() };
  const { page, scoredAfter } = await visit(own, served);
  await scored(page);
  await page.evaluate(() => (location.hash = "models"));
  await page.waitForSelector("input[value=url]");
  await page.click("input[value=url]");
  await type(page, "#model-url", "./warns/");
  await page.click("#look");
  await page.waitForSelector("#load");
  await page.click("#load");
  await page.waitForFunction(
    () => document.querySelector(".chip-name")?.textContent?.includes("warns"),
    SLOW,
  );
  expect((await noted(page)).notes).toEqual(WARNINGS.slice(0, 1));
  await page.evaluate(() => (location.hash = "score"));
  await page.waitForSelector("#score");
  for (const _ of [1, 2]) await scoredAfter(() => page.click("#score"));
  expect(await noted(page)).toMatchObject({ count: "2", notes: WARNINGS });
  await context.close();
});

/** Visible parts that paper has no use for; runs in the page. */
function printedControls(): string[] {
  const parts = document.querySelectorAll(
    "nav, button, .button, input, label, select, textarea, form, progress, details, [popover], #audit",
  );
  // What is pressed on a screen and read on paper, and what a person has opened.
  const content = ".token, .row-button, .why-grid button, details[open], details.pair";
  return [...parts].flatMap((part) => {
    const { width, height } = part.getBoundingClientRect();
    const isSeen = !part.matches(content) && part.checkVisibility() && width > 1 && height > 1;
    return isSeen ? [part.outerHTML.replaceAll(/\s+/g, " ").slice(0, 120)] : [];
  });
}

const PRINTED = PAGE_STATES.filter(({ name }) =>
  [
    "score-stale",
    "score-eight-long",
    "report",
    "report-ab",
    "report-stored",
    "report-audit",
  ].includes(name),
);

it.each(PRINTED)(
  "page: $name, printed → the result alone: no form, link or button",
  async (state) => {
    const { page } = await visit(browser, served, state.address, state.prepare);
    await state.act?.(page);
    await page.waitForSelector(state.sign, SLOW);
    await page.emulateMediaType("print");
    expect(await page.evaluate(printedControls)).toEqual([]);
    const texts = await page.evaluate(() => document.querySelector("main")?.innerText.trim() ?? "");
    expect(texts.length).toBeGreaterThan(100);
    await page.close();
  },
);

it("page: a ranking and a reason, printed → no form, link or button; the question and the whole texts", async () => {
  const { page } = await visit(browser, served, "#rank");
  await ready(page);
  await type(page, "#rank-responses", "Yes.\nNo, not at all.\nPurple is.");
  await page.click("#run-rank");
  await page.waitForSelector("#rank-result", SLOW);
  await page.emulateMediaType("print");
  expect(await page.evaluate(printedControls)).toEqual([]);
  await page.emulateMediaType("screen");
  await page.evaluate(() => (location.hash = "score"));
  await scored(page);
  const long = "The bar is taller than it looks. ".repeat(20).trim();
  await type(page, ".responses li:nth-child(1) textarea", long);
  await type(page, "#prompt", "Which one is taller?");
  await page.click("#score");
  await page.waitForFunction(
    (text) => document.querySelector(".answer")?.textContent?.includes(text),
    SLOW,
    long,
  );
  await page.click(".place:last-child .why-button");
  await page.waitForSelector("#why[data-phase=done]", SLOW);
  await page.emulateMediaType("print");
  expect(await page.evaluate(printedControls)).toEqual([]);
  const seen = await page.evaluate(() => document.querySelector("main")?.innerText ?? "");
  expect(seen).toContain("Which one is taller?");
  const isCut = await page.$$eval(".response-text", (all) =>
    all.some((text) => text.scrollHeight > text.clientHeight + 1),
  );
  expect(isCut).toBe(false);
  await page.close();
}, 60_000);

it.each([
  ["en", "ja-JP", /\b\d{1,2} [A-Z][a-z]{2,8}\.? 20\d\d/],
  ["ja", "en-US", /20\d\d(?:年\d{1,2}月\d{1,2}日|\/\d\d\/\d\d)/],
])(
  "page: in %s, in a browser set to %s → dates of sessions in the page's language",
  async (own, other, wanted) => {
    const context = await browser.createBrowserContext();
    const { page } = await visit(
      { newPage: () => context.newPage() },
      served,
      "",
      async (opened) => {
        const session = await opened.createCDPSession();
        await session.send("Emulation.setLocaleOverride", { locale: other.replace("-", "_") });
        await opened.evaluateOnNewDocument(
          (name) => localStorage.setItem("vl-reward.language", name),
          own,
        );
      },
    );
    await scored(page);
    await type(page, "#prompt", "Which one is taller?");
    await page.waitForSelector('#sessions-button[data-saved="true"]', SLOW);
    await page.click("#sessions-button");
    await page.waitForSelector("#sessions:popover-open .session-list li", SLOW);
    const seen = await page.$eval(".session-list", (list) => (list as HTMLElement).innerText);
    expect(seen).toMatch(wanted);
    await context.close();
  },
);
