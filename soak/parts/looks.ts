/**
 * Draws every state of the page, and holds each to the rules: axe-core, contrast, nothing that
 * sticks out, is cut or was not translated.
 */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "puppeteer";
import sharp from "sharp";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { violations } from "../../testing/demo/axe.ts";
import {
  cutTexts,
  doubledStops,
  faintTexts,
  foreignTexts,
  misfits,
} from "../../testing/demo/looks.ts";
import { addBehaviours, PAGE_STATES } from "../../testing/demo/page-states.ts";
import type { PageState } from "../../testing/demo/page-states.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";

const WIDTHS = [390, 768, 1280] as const;
const THEMES = ["light", "dark"] as const;
const LANGUAGES = ["en", "ja"] as const;

type Width = (typeof WIDTHS)[number];
type Theme = (typeof THEMES)[number];
type Language = (typeof LANGUAGES)[number];

export interface LookOptions {
  /** Where drawings are kept; nowhere by default. */
  readonly output?: string | undefined;
  /** The first letters of the states' names; all by default. */
  readonly names?: readonly string[] | undefined;
  /** Draws those of `DOCS` alone, into docs/page. */
  readonly isForDocs?: boolean;
}

/** What docs/page shows. */
const DOCS: readonly (readonly [string, Language, Theme, Width])[] = [
  ["score-why", "en", "light", 1280],
  ["score-why", "ja", "dark", 1280],
  ["score-no-opinion", "ja", "light", 390],
  ["rank-file", "en", "light", 1280],
  ["rank-file", "en", "dark", 390],
  ["label-after-votes", "en", "light", 768],
  ["models-downloading", "ja", "light", 768],
  ["no-webgpu", "en", "light", 390],
];

/** Returns what is wrong, a line each. */
export async function lookAtAll(options: LookOptions): Promise<string[]> {
  const states = PAGE_STATES.filter(({ name }) => isAsked(name, options));
  const faults: string[] = [];
  for (const engine of ["fake", "real"] as const) {
    const own = states.filter((state) => state.engine === engine);
    if (own.length === 0) continue;
    const served = await servePage({ fake: engine === "fake" });
    if (engine === "fake") await addBehaviours(served);
    const browser = await launchTestBrowser();
    try {
      for (const state of own) {
        for (const language of LANGUAGES) {
          const found = await lookAt(browser, served, state, language, options).catch(
            (error: unknown) => [`${state.name}, ${language}: ${String(error)}`],
          );
          console.error(`${state.name}, ${language}: ${found.length} faults`);
          faults.push(...found);
        }
      }
    } finally {
      await browser.close();
      await served.close();
    }
  }
  return faults;
}

function isAsked(name: string, { names, isForDocs }: LookOptions): boolean {
  const isDrawn = isForDocs !== true || DOCS.some(([shown]) => shown === name);
  return isDrawn && (names === undefined || names.some((begin) => name.startsWith(begin)));
}

/** Brings the page into a state, in a browser of its own storage, and looks at it all round. */
async function lookAt(
  browser: Browser,
  served: ServedPage,
  state: PageState,
  language: Language,
  options: LookOptions,
): Promise<string[]> {
  const context = await browser.createBrowserContext();
  try {
    const own = { newPage: () => context.newPage() };
    const { page } = await visit(own, served, state.address, async (opened) => {
      await opened.evaluateOnNewDocument((name) => {
        localStorage.setItem("vl-reward.language", name);
      }, language);
      await state.prepare?.(opened);
    });
    await state.act?.(page);
    await page.waitForSelector(state.sign, { timeout: 120_000 });
    if (options.isForDocs === true) {
      await drawForDocs(page, state, language);
      return [];
    }
    return await check(page, `${state.name}-${language}`, options);
  } finally {
    await context.close();
  }
}

async function check(page: Page, name: string, { output }: LookOptions): Promise<string[]> {
  const faults = new Set<string>();
  const note = (what: string, all: readonly string[]): void => {
    for (const one of all) faults.add(`${name}, ${what}: ${one}`);
  };
  note("ends twice", await page.evaluate(doubledStops));
  if (name.endsWith("-ja")) note("not translated", await page.evaluate(foreignTexts));
  for (const theme of THEMES) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    for (const width of WIDTHS) {
      await sized(page, width);
      if (width !== 768) note(`axe, ${theme}, ${width}`, await violations(page));
      note(`faint, ${theme}`, await page.evaluate(faintTexts));
      const { over, small } = await page.evaluate(misfits);
      note(`${width}`, [...(over > 0 ? [`${over} px stick out`] : []), ...small]);
      note(`cut at ${width}`, await page.evaluate(cutTexts));
      if (output !== undefined) {
        await draw(page, path.join(output, `${name}-${theme}-${width}.png`));
      }
    }
  }
  return [...faults];
}

async function sized(page: Page, width: Width): Promise<void> {
  await page.setViewport({
    width,
    height: width === 390 ? 844 : width === 768 ? 1024 : 800,
  });
}

/** Draws the whole page, at most some screens of it. */
async function draw(page: Page, file: string): Promise<void> {
  const height = await page.evaluate(() =>
    Math.min(document.documentElement.scrollHeight, 3 * innerHeight),
  );
  const width = await page.evaluate(() => innerWidth);
  const clip = { x: 0, y: 0, width, height };
  const png = await page.screenshot({ captureBeyondViewport: height > 1100, clip });
  await sharp(png).png({ palette: true, quality: 85 }).toFile(file);
}

async function drawForDocs(page: Page, state: PageState, language: Language): Promise<void> {
  await mkdir("docs/page", { recursive: true });
  for (const [name, own, theme, width] of DOCS) {
    if (name !== state.name || own !== language) continue;
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    await sized(page, width);
    await draw(page, path.join("docs/page", `${name}-${language}-${theme}-${width}.png`));
  }
}
