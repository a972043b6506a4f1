/** A table that is ranked while tabs are killed: what `npm run soak -- sessions` does in full. */
import type { Browser, Page } from "puppeteer";
import type { ServedPage } from "./page-server.ts";
import { giveTable, jsonl, promptRows } from "./table-driver.ts";

const SLOW = { timeout: 120_000 };

export interface SessionKillReport {
  readonly rows: number;
  readonly kills: number;
  /** What went wrong, a line each. */
  readonly faults: string[];
}

/** Kills the renderer of a tab. */
export async function killTab(page: Page): Promise<void> {
  const session = await page.createCDPSession();
  const died = new Promise((resolve) => page.once("error", resolve));
  session.send("Page.crash").catch(() => {});
  await died;
  await page.close();
}

/** Returns the scores of all rows as the page holds them in its database, past its own code. */
export async function storedRows(page: Page): Promise<Record<number, number[]>> {
  return await page.evaluate(
    () =>
      new Promise<Record<number, number[]>>((resolve, reject) => {
        const opening = indexedDB.open("vl-reward");
        opening.addEventListener("error", () => reject(new Error("no database")));
        opening.addEventListener("success", () => {
          const all = opening.result.transaction("results").objectStore("results").getAll();
          all.addEventListener("success", () => {
            opening.result.close();
            const rows = all.result as readonly {
              readonly number: number;
              readonly result: { readonly scores: readonly { readonly value: number }[] };
            }[];
            resolve(
              Object.fromEntries(
                rows.map(({ number, result }) => [number, result.scores.map(({ value }) => value)]),
              ),
            );
          });
        });
      }),
  );
}

/** How many rows the page says are done. */
function shownDone(): number {
  const [, done = "0"] =
    /^\s*([\d,]+) of/.exec(document.querySelector("#table-summary b")?.textContent ?? "") ?? [];
  return Number(done.replaceAll(",", ""));
}

/**
 * Ranks a table of `rows` prompts with an engine that takes its time; the tab is killed `kills`
 * times in mid-work and opened again. Every row that was shown as done must be there.
 */
export async function rankAndKill(
  browser: Pick<Browser, "newPage">,
  served: Pick<ServedPage, "url">,
  { rows, kills }: { readonly rows: number; readonly kills: number },
): Promise<SessionKillReport> {
  const faults: string[] = [];
  const open = async (): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(`${served.url}?model=./unhurried/#rank/file`);
    await page.waitForSelector("#load-linked", SLOW);
    await page.click("#load-linked");
    await page.waitForSelector("#machine", SLOW);
    return page;
  };
  let page = await open();
  await giveTable(page, { "rows.jsonl": jsonl(promptRows(rows)) });
  let before: Record<number, number[]> = {};
  for (let killed = 1; killed <= kills; killed++) {
    await page.waitForSelector("#run-table", SLOW);
    await page.click("#run-table");
    const wanted = Object.keys(before).length + 3;
    await page.waitForFunction(
      (least) => {
        const [, done = "0"] =
          /^\s*([\d,]+) of/.exec(document.querySelector("#table-summary b")?.textContent ?? "") ??
          [];
        return Number(done.replaceAll(",", "")) >= least;
      },
      SLOW,
      wanted,
    );
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
    const shown = await page.evaluate(shownDone);
    await killTab(page);
    page = await open();
    await page.waitForSelector("#table-title", SLOW);
    const stored = await storedRows(page);
    const again = await page.evaluate(shownDone);
    const kept = Object.keys(stored).length;
    if (kept < shown) faults.push(`kill ${killed}: ${shown} rows shown, ${kept} kept`);
    if (again !== kept) faults.push(`kill ${killed}: ${kept} rows kept, ${again} shown`);
    for (const [number, values] of Object.entries(before)) {
      if (JSON.stringify(stored[Number(number)]) !== JSON.stringify(values)) {
        faults.push(`kill ${killed}: row ${number} has other scores`);
      }
    }
    before = stored;
  }
  await page.waitForSelector("#run-table", SLOW);
  await page.click("#run-table");
  await page.waitForFunction(() => document.querySelector("#stop-table") === null, {
    timeout: 600_000,
  });
  await page.waitForSelector('#sessions-button[data-saved="true"]', SLOW);
  const end = Object.keys(await storedRows(page)).length;
  if (end !== rows) faults.push(`${end} of ${rows} rows kept at the end`);
  await page.close();
  return { rows: end, kills, faults };
}
