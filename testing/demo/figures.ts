/** Figures of the page as a person meets it: time, movement, room, way. */
import type { Browser, Page } from "puppeteer";
import type { ServedPage } from "./page-server.ts";
import { visit } from "./visitor.ts";

const SLOW = { timeout: 120_000 };

interface LayoutShift extends PerformanceEntry {
  readonly value: number;
  readonly hadRecentInput: boolean;
  readonly sources: readonly { readonly node: Node | null }[];
}

export interface Shift {
  /** The sum of all shifts, as Cumulative Layout Shift counts them: without those after an act. */
  readonly unasked: number;
  /** With those within half a second of a press too. */
  readonly all: number;
  /** What moved, the most first. */
  readonly movers: readonly string[];
}

declare global {
  var layoutShifts: { value: number; isAsked: boolean; movers: string[] }[];
  var firstScoreAt: number | undefined;
  var keyTimes: { delay: number; work: number; painted: number }[];
}

/** Notes layout shifts and the first score; runs in the page before its code. */
export function watchOpening(): void {
  globalThis.layoutShifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as LayoutShift[]) {
      const movers = entry.sources.map(({ node }) => {
        const element = node instanceof Element ? node : (node?.parentElement ?? undefined);
        return element === undefined
          ? "?"
          : `${element.localName}#${element.id}.${element.className} in ${element.parentElement?.className}`;
      });
      globalThis.layoutShifts.push({ value: entry.value, isAsked: entry.hadRecentInput, movers });
    }
  }).observe({ type: "layout-shift", buffered: true });
  const watch = new MutationObserver(() => {
    if (document.querySelector("#verdict .place .score") === null) return;
    globalThis.firstScoreAt = performance.now();
    watch.disconnect();
  });
  watch.observe(document, { subtree: true, childList: true });
}

/** Returns what has moved so far. */
export async function shiftOf(page: Page): Promise<Shift> {
  // A shift is reported with the frame after it.
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 50)));
      }),
  );
  const all = await page.evaluate(() => globalThis.layoutShifts);
  const sum = (some: typeof all): number => some.reduce((total, { value }) => total + value, 0);
  const most = all.toSorted((a, b) => b.value - a.value);
  return {
    unasked: sum(all.filter(({ isAsked }) => !isAsked)),
    all: sum(all),
    movers: most.slice(0, 5).map(({ value, movers }) => `${value.toFixed(4)} ${movers.join(", ")}`),
  };
}

/** Opens the page, scores again, and goes through the views. Returns what moved meanwhile. */
export async function measureShift(browser: Browser, served: ServedPage): Promise<Shift> {
  const visitor = await visit(browser, served, "", (page) =>
    page.evaluateOnNewDocument(watchOpening),
  );
  const { page, scoredAfter } = visitor;
  await page.waitForSelector("#verdict", SLOW);
  await page.waitForSelector(".answer[aria-busy=false]", SLOW);
  await scoredAfter(() => page.click("#score"));
  for (const view of ["rank", "label", "report", "models", "score"]) {
    await page.click(`nav a[href="#${view}"]`);
    await page.waitForFunction(
      (name) => location.hash === `#${name}` && document.activeElement?.id === "view-title",
      SLOW,
      view,
    );
  }
  const shift = await shiftOf(page);
  await page.close();
  return shift;
}

/** Returns how often Tab is pressed from the start of the page until Score has the focus. */
export async function tabsToScore(page: Page, most = 40): Promise<number> {
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    document.body.tabIndex = -1;
    document.body.focus();
  });
  let pressed = 0;
  while (pressed < most) {
    await page.keyboard.press("Tab");
    pressed += 1;
    const { id, isSkip } = await page.evaluate(() => ({
      id: document.activeElement?.id,
      isSkip: document.activeElement?.matches(".skip") === true,
    }));
    if (id === "score") return pressed;
    if (isSkip) await page.keyboard.press("Enter");
  }
  return Infinity;
}

export interface InSight {
  /** Scores that are seen whole, without scrolling. */
  readonly scores: number;
  /** True if what one of them differs in is seen whole too. */
  readonly reason: boolean;
}

/** Opens the reason of the last place, and looks at what is in the window then. */
export async function inSight(page: Page): Promise<InSight> {
  await page.click(".places .place:last-child .why-button");
  await page.waitForSelector("#why .why-contrast", SLOW);
  return await seenTogether(page);
}

/** Looks at what is in the window while the reason of a place is open. */
export async function seenTogether(page: Page): Promise<InSight> {
  return await page.evaluate(() => {
    const isSeen = (element: Element | null): boolean => {
      const { top, bottom } = element?.getBoundingClientRect() ?? { top: -1, bottom: -1 };
      const header = document.querySelector(".bar-top")?.getBoundingClientRect().bottom ?? 0;
      return top >= header && bottom <= innerHeight && bottom > top;
    };
    const scores = [...document.querySelectorAll(".place .score")].filter(isSeen).length;
    return { scores, reason: isSeen(document.querySelector(".why-contrast")) };
  });
}

/** A response of a number of words, unlike any other. */
export function wordsOf(count: number, at: number): string {
  const words = ["the", "purple", "bar", "is", "taller", "than", "every", "other", "bar", "here"];
  return Array.from({ length: count }, (_, i) => words[(i * (at + 1) + at) % 10]).join(" ");
}

/** Scores eight responses on a phone. Returns how many screens the page is long then. */
export async function screensOnPhone(
  browser: Browser,
  served: ServedPage,
  wordCount = 130,
): Promise<number> {
  const { page, scoredAfter } = await visit(browser, served);
  await page.setViewport({ width: 390, height: 844, isMobile: true, hasTouch: true });
  await page.waitForSelector("#verdict", SLOW);
  while ((await page.$("#add-response")) !== null) await page.click("#add-response");
  await page.evaluate(
    (texts) => {
      for (const [at, field] of document
        .querySelectorAll<HTMLTextAreaElement>(".responses textarea")
        .entries()) {
        field.value = texts[at] ?? "";
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    },
    Array.from({ length: 8 }, (_, at) => wordsOf(wordCount, at)),
  );
  await scoredAfter(() => page.click("#score"));
  await page.waitForFunction(() => document.querySelectorAll("#verdict .place").length === 8, SLOW);
  const screens = await page.evaluate(
    () => document.documentElement.scrollHeight / document.documentElement.clientHeight,
  );
  await page.close();
  return screens;
}

export interface Opening {
  /** Milliseconds from the request of the page to its first score that is painted. */
  readonly firstScoreMs: number;
  /** Milliseconds of the same scores once everything is loaded and compiled: the least of three. */
  readonly againMs: number;
}

/** Opens the page in a browser that has never seen it. */
export async function measureOpening(browser: Browser, served: ServedPage): Promise<Opening> {
  const { page, scoredAfter } = await visit(browser, served, "", (opened) =>
    opened.evaluateOnNewDocument(watchOpening),
  );
  await page.waitForFunction(() => globalThis.firstScoreAt !== undefined, SLOW);
  const firstScoreMs = await page.evaluate(() => globalThis.firstScoreAt ?? Number.NaN);
  await page.waitForSelector(".answer[aria-busy=false]", SLOW);
  const again: number[] = [];
  for (let i = 0; i < 3; i++) {
    const begin = performance.now();
    await scoredAfter(() => page.click("#score"));
    again.push(performance.now() - begin);
  }
  await page.close();
  return { firstScoreMs, againMs: Math.min(...again) };
}

export interface Typing {
  /** Milliseconds from a key to the code that answers it: at worst, and in the middle. */
  readonly delay: Spread;
  /** Milliseconds of that code. */
  readonly work: Spread;
  /** Milliseconds from a key to the frame that shows it, in steps of 8 as browsers report them. */
  readonly painted: Spread;
}

interface Spread {
  readonly median: number;
  readonly worst: number;
}

/** Types into a field that holds `characters`, by the browser's own Event Timing. */
export async function measureTyping(
  browser: Browser,
  served: ServedPage,
  characters = 20_000,
): Promise<Typing> {
  const { page } = await visit(browser, served);
  await page.waitForSelector("#verdict", SLOW);
  await page.waitForSelector(".answer[aria-busy=false]", SLOW);
  const field = ".responses li:nth-child(2) textarea";
  await page.$eval(
    field,
    (area, text) => {
      area.value = text;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
    wordsOf(characters, 1).slice(0, characters),
  );
  await page.focus(field);
  await page.evaluate(() => {
    globalThis.keyTimes = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceEventTiming[]) {
        if (entry.name !== "keydown" && entry.name !== "input") continue;
        globalThis.keyTimes.push({
          delay: entry.processingStart - entry.startTime,
          work: entry.processingEnd - entry.processingStart,
          painted: entry.duration,
        });
      }
    }).observe({
      type: "event",
      durationThreshold: 16,
      buffered: false,
    } as PerformanceObserverInit);
  });
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press("a");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  const times = await page.evaluate(() => globalThis.keyTimes);
  await page.close();
  const spread = (of: (one: (typeof times)[number]) => number): Spread => {
    const sorted = times.map(of).toSorted((a, b) => a - b);
    return { median: sorted[sorted.length >> 1] ?? 0, worst: sorted.at(-1) ?? 0 };
  };
  return {
    delay: spread(({ delay }) => delay),
    work: spread(({ work }) => work),
    painted: spread(({ painted }) => painted),
  };
}
