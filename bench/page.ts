/** The page as a person meets it: how fast, how steady, how near. Fails if a goal is missed. */

import type { Browser } from "puppeteer";
import { launchTestBrowser } from "../testing/browser/launch.ts";
import {
  inSight,
  measureOpening,
  measureShift,
  measureTyping,
  screensOnPhone,
  tabsToScore,
} from "../testing/demo/figures.ts";
import { servePage } from "../testing/demo/page-server.ts";
import type { ServedPage } from "../testing/demo/page-server.ts";
import { visit } from "../testing/demo/visitor.ts";
import { numberOf, type Values } from "../tools/options.ts";

export const usage = `
npm run bench -- page [OPTIONS]: the built page: first score, layout shift, typing, screens, tabs

  --rounds N   openings in a new browser each, 5 by default
`;

export const options = { rounds: { type: "string", default: "5" } } as const;

interface Line {
  readonly what: string;
  readonly seen: string;
  readonly goal: string;
  readonly isMet: boolean;
}

export async function run({ rounds }: Values<typeof options>): Promise<boolean> {
  const served = await servePage();
  try {
    const lines = [
      await opening(served, numberOf("rounds", rounds)),
      ...(await inOneBrowser(served)),
    ];
    for (const { what, seen, goal, isMet } of lines) {
      console.log(`${isMet ? "met   " : "MISSED"}  ${what}: ${seen} (goal: ${goal})`);
    }
    return lines.every(({ isMet }) => isMet);
  } finally {
    await served.close();
  }
}

/** A new browser each time: nothing is cached, nothing compiled. */
async function opening(served: ServedPage, rounds: number): Promise<Line> {
  const seen = [];
  for (let i = 0; i < rounds; i++) {
    const browser = await launchTestBrowser();
    seen.push(await measureOpening(browser, served).finally(() => browser.close()));
  }
  const middle = seen.toSorted((a, b) => a.firstScoreMs - b.firstScoreMs)[rounds >> 1];
  const { firstScoreMs = Number.NaN, againMs = Number.NaN } = middle ?? {};
  const all = seen.map((one) => (one.firstScoreMs / 1000).toFixed(2)).join(", ");
  return {
    what: "first scores after opening",
    seen: `${(firstScoreMs / 1000).toFixed(2)} s, ${(firstScoreMs / againMs).toFixed(1)} times the same scores again (${all} s)`,
    goal: "2.5 s",
    isMet: firstScoreMs <= 2500,
  };
}

async function inOneBrowser(served: ServedPage): Promise<Line[]> {
  const browser = await launchTestBrowser();
  try {
    return [
      await movement(browser, served),
      await typing(browser, served),
      await room(browser, served),
      ...(await wayAndSight(browser, served)),
    ];
  } finally {
    await browser.close();
  }
}

async function movement(browser: Browser, served: ServedPage): Promise<Line> {
  const { unasked, all, movers } = await measureShift(browser, served);
  const isMet = unasked < 0.02;
  const most = isMet ? "" : `; most: ${movers.join("; ")}`;
  return {
    what: "layout shift of opening, scoring and five views",
    seen: `${unasked.toFixed(4)}, with what follows a press ${all.toFixed(4)}${most}`,
    goal: "below 0.02",
    isMet,
  };
}

async function typing(browser: Browser, served: ServedPage): Promise<Line> {
  const { delay, work, painted } = await measureTyping(browser, served);
  const of = ({ median, worst }: typeof delay): string =>
    `${median.toFixed(0)} ms (worst ${worst.toFixed(0)})`;
  return {
    what: "a key in a field of 20,000 characters",
    seen: `waits ${of(delay)}, works ${of(work)}, is painted after ${of(painted)}`,
    goal: "waits and works 50 ms at most",
    isMet: delay.median + work.median <= 50,
  };
}

async function room(browser: Browser, served: ServedPage): Promise<Line> {
  const screens = await screensOnPhone(browser, served);
  return {
    what: "8 responses of 130 words, scored, 390 × 844",
    seen: `${screens.toFixed(1)} screens`,
    goal: "4",
    isMet: screens <= 4,
  };
}

async function wayAndSight(browser: Browser, served: ServedPage): Promise<Line[]> {
  const { page } = await visit(browser, served);
  await page.setViewport({ width: 1280, height: 800 });
  await page.waitForSelector("#verdict", { timeout: 120_000 });
  const tabs = await tabsToScore(page);
  const { scores, reason } = await inSight(page);
  await page.close();
  return [
    { what: "tabs to Score", seen: String(tabs), goal: "8 at most", isMet: tabs <= 8 },
    {
      what: "in sight at 1280 × 800",
      seen: `${scores} scores, ${reason ? "and" : "without"} the reason of one`,
      goal: "4 scores and a reason",
      isMet: scores >= 4 && reason,
    },
  ];
}
