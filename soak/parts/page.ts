/**
 * The demo page whose GPU process crashes while it ranks: the same scores in the end, or a card
 * that says what failed and a ranking that is right the next time.
 */
import type { Browser } from "puppeteer";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";
import type { Visitor } from "../../testing/demo/visitor.ts";
import { CRASH_FLAGS, crashGpu, TRIES } from "./crash.ts";
import { countOutcome, tally } from "../../testing/tally.ts";
import type { Tally } from "../../testing/tally.ts";
import { PATIENCE_MS } from "./patience.ts";

const CRASHES = 4;
const RESPONSES = Array.from({ length: 24 }, (_, i) => `There are ${i} bars, one is red.`);

/**
 * Opens the page with the responses to rank. Each crash has a visit of its own, because a model
 * recovers at most three times in ten minutes.
 */
async function open(browser: Browser, served: ServedPage): Promise<Visitor> {
  const visitor = await visit(browser, served, "#rank");
  await visitor.page.waitForSelector("#machine");
  await visitor.page.type("#prompt", "How many bars?");
  await visitor.page.type("#rank-responses", RESPONSES.join("\n"));
  return visitor;
}

/** Ranks. Returns the file that the page saves, or the error that its card shows. */
async function rank({ page, saved, text }: Visitor): Promise<string | Error> {
  await page.click("#run-rank");
  // The click replaces the old result by the progress of the new ranking.
  await page.waitForSelector("#ranking");
  await page.waitForSelector("#rank-result, #rank-fault, #fault", { timeout: PATIENCE_MS });
  if (await page.$("#rank-result")) return await saved("#rank-json");
  return new Error(await text("#rank-fault, #fault"));
}

/**
 * Crashes the GPU once at a random moment of the ranking. The crash does not count if the ranking
 * was complete before it.
 */
async function crashOnce(
  browser: Browser,
  served: ServedPage,
  right: string,
  spanMs: number,
  into: Tally,
): Promise<void> {
  const visitor = await open(browser, served);
  const { page, errors } = visitor;
  const ranking = rank(visitor).catch((error: unknown) => new Error(`pending: ${String(error)}`));
  await new Promise((resolve) => setTimeout(resolve, Math.random() * spanMs));
  await crashGpu({ browser });
  const isHit = (await page.$("#rank-result")) === null;
  const first = await ranking;
  const faults =
    first instanceof Error && first.message.startsWith("pending") ? [first.message] : [];
  const last = first instanceof Error ? await rank(visitor) : first;
  if (last !== right) faults.push(last instanceof Error ? last.message : "another ranking");
  faults.push(...errors);
  await page.close();
  if (!isHit && faults.length === 0) return;
  const wrong = faults.length > 0 ? `${into.fault}: ${faults.join("; ")}` : undefined;
  countOutcome(into, first instanceof Error ? first : 0, wrong);
}

export async function pageCrashes(): Promise<Tally> {
  const into = tally("GPU process crashed: the page, in mid-ranking", CRASHES);
  const served = await servePage();
  const browser = await launchTestBrowser({ flags: CRASH_FLAGS });
  try {
    const calm = await open(browser, served);
    const begin = performance.now();
    const right = await rank(calm);
    const spanMs = performance.now() - begin;
    await calm.page.close();
    if (right instanceof Error) throw right;
    for (let i = 0; into.cases < CRASHES && i < TRIES * CRASHES; i++) {
      await crashOnce(browser, served, right, spanMs, into);
    }
  } finally {
    await browser.close();
    await served.close();
  }
  return into;
}
