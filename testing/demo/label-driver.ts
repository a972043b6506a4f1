/**
 * Votes by keyboard in the Label view, timed in the page itself, and tabs that are killed between
 * them: what `npm run soak -- label` does in full, and a test in small.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, ElementHandle, Page } from "puppeteer";
import type { ServedPage } from "./page-server.ts";
import { visit } from "./visitor.ts";

/** Rows of two responses, each its own question. */
export function pairRows(count: number): object[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `row-${i}`,
    prompt: `Question ${i}: which is longer?`,
    responses: [`Short ${i}.`, `This one is the longer of the two, of row ${i}.`],
    category: i % 3 === 0 ? "a" : "b",
  }));
}

/** Begins a session with rows of a file, and waits for its first pair. */
export async function beginWithRows(page: Page, rows: readonly object[]): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-rows-"));
  try {
    const file = path.join(folder, "rows.jsonl");
    await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    await page.waitForSelector("#label-files");
    const input = (await page.$("#label-files")) as ElementHandle<HTMLInputElement>;
    await input.uploadFile(file);
    await page.waitForSelector("#label-pair");
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A vote as it lies in the page's database. */
export interface StoredVote {
  readonly session: string;
  readonly number: number;
  readonly answer: string;
  readonly task: { readonly pair: number; readonly how: string; readonly isSwapped: boolean };
}

/** Reads the votes from the database, past the page's own code. */
export async function storedVotes(page: Page): Promise<StoredVote[]> {
  return await page.evaluate(
    () =>
      new Promise<StoredVote[]>((resolve, reject) => {
        const opening = indexedDB.open("vl-reward");
        opening.addEventListener("error", () => reject(new Error("no database")));
        opening.addEventListener("success", () => {
          const store = opening.result.transaction("votes").objectStore("votes");
          const all = store.getAll();
          all.addEventListener("success", () => {
            opening.result.close();
            resolve(all.result as StoredVote[]);
          });
        });
      }),
  );
}

declare global {
  var labelTimes: number[];
  var tellShown: ((number: number) => void) | undefined;
}

/** Measures from each key to the painting of the next pair, and tells which pair is shown. */
export async function watchPairs(page: Page): Promise<void> {
  await page.evaluate(() => {
    globalThis.labelTimes = [];
    let pressedAt: number | undefined;
    let shown = document.querySelector<HTMLElement>("#label-pair")?.dataset["number"];
    document.addEventListener(
      "keydown",
      ({ timeStamp }) => {
        pressedAt = timeStamp;
      },
      true,
    );
    new MutationObserver(() => {
      const now = document.querySelector<HTMLElement>("#label-pair")?.dataset["number"];
      if (now === undefined || now === shown) return;
      shown = now;
      const from = pressedAt;
      pressedAt = undefined;
      globalThis.tellShown?.(Number(now));
      // A message comes after the frame that the callback belongs to is on its way to the screen.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener("message", () => {
          if (from !== undefined) globalThis.labelTimes.push(performance.now() - from);
        });
        port1.start();
        port2.postMessage(0);
      });
    }).observe(document.body, { subtree: true, childList: true, attributeFilter: ["data-number"] });
  });
}

export const VOTE_KEYS = ["ArrowLeft", "ArrowRight", "ArrowDown", "ArrowUp", "s"] as const;
export type VoteKey = (typeof VOTE_KEYS)[number];

/** Presses a key, and waits for the next pair, or the end of them. */
export async function voteBy(page: Page, key: VoteKey): Promise<void> {
  const before = await shownNumber(page);
  await page.keyboard.press(key);
  await page.waitForFunction(
    (old) => document.querySelector<HTMLElement>("#label-pair")?.dataset["number"] !== old,
    { polling: "mutation", timeout: 120_000 },
    before,
  );
}

export async function shownNumber(page: Page): Promise<string | undefined> {
  return await page.$eval("#label-pair", (element) => (element as HTMLElement).dataset["number"]);
}

/** Returns the answer that a key means for a task. */
export function answerOfKey(key: VoteKey, { isSwapped }: StoredVote["task"]): string {
  if (key === "ArrowLeft") return isSwapped ? "b" : "a";
  if (key === "ArrowRight") return isSwapped ? "a" : "b";
  return key === "ArrowDown" ? "tie" : key === "ArrowUp" ? "both-bad" : "skip";
}

export interface KillReport {
  readonly votes: number;
  readonly kills: number;
  /** What went wrong, a line each. */
  readonly faults: string[];
  /** Milliseconds from a key to the next pair. */
  readonly times: number[];
}

/**
 * Gives votes by keyboard until there are `votes`; the tab is killed `kills` times, each at a
 * random moment after a key, and opened again. All votes that were shown as given must be there.
 */
export async function voteAndKill(
  browser: Pick<Browser, "newPage">,
  served: Pick<ServedPage, "url">,
  { votes, kills }: { readonly votes: number; readonly kills: number },
): Promise<KillReport> {
  const faults: string[] = [];
  const times: number[] = [];
  const keys: VoteKey[] = [];
  let { page } = await visit(browser, served, "#label");
  await beginWithRows(page, pairRows(votes));
  await watchPairs(page);
  const between = Math.floor(votes / (kills + 1));
  let killed = 0;
  while (keys.length < votes) {
    const key = VOTE_KEYS[keys.length % 7 === 6 ? 4 : Math.floor(Math.random() * 4)] ?? "ArrowLeft";
    if (killed < kills && keys.length >= (killed + 1) * between) {
      times.push(...(await page.evaluate(() => globalThis.labelTimes)));
      const shown = await killAfter(page, key, Math.random() * 30);
      killed += 1;
      ({ page } = await visit(browser, served, "#label"));
      const stored = await storedVotes(page);
      if (stored.length < shown)
        faults.push(`kill ${killed}: ${shown} shown, ${stored.length} kept`);
      if (stored.length === keys.length + 1) keys.push(key);
      else if (stored.length !== keys.length) {
        faults.push(`kill ${killed}: ${keys.length} votes given, ${stored.length} kept`);
      }
      await page.waitForSelector(".label-resume");
      await page.click(".label-resume");
      await page.waitForSelector("#label-pair");
      const number = await shownNumber(page);
      if (Number(number) !== stored.length) faults.push(`kill ${killed}: goes on at ${number}`);
      await watchPairs(page);
      continue;
    }
    await voteBy(page, key);
    keys.push(key);
  }
  times.push(...(await page.evaluate(() => globalThis.labelTimes)));
  const stored = await storedVotes(page);
  for (const [i, { number, answer, task }] of stored.entries()) {
    const wanted = keys[i] === undefined ? "none" : answerOfKey(keys[i], task);
    if (number !== i || answer !== wanted) faults.push(`vote ${i}: ${answer}, wanted ${wanted}`);
  }
  if (stored.length !== keys.length) faults.push(`${stored.length} of ${keys.length} votes kept`);
  await page.close();
  return { votes: stored.length, kills: killed, faults, times };
}

/** Presses a key and kills the renderer. Returns how many votes the page has shown as given. */
async function killAfter(page: Page, key: VoteKey, ms: number): Promise<number> {
  let shown = Number(await shownNumber(page));
  await page.exposeFunction("tellShown", (number: number) => (shown = number));
  const session = await page.createCDPSession();
  const died = new Promise((resolve) => page.once("error", resolve));
  await page.keyboard.press(key);
  await new Promise((resolve) => setTimeout(resolve, ms));
  session.send("Page.crash").catch(() => {});
  await died;
  await page.close();
  return shown;
}
