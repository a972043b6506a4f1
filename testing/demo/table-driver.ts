/** Rows of prompts for Rank's table, given to the page as a person gives files. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ElementHandle, Page } from "puppeteer";

/** Rows of two or three responses. Every seventh is a tie, by having the same text twice. */
export function promptRows(count: number): object[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `row-${i}`,
    prompt: `Question ${i}: which is longer?`,
    responses:
      i % 7 === 0
        ? [`The same ${i}.`, `The same ${i}.`]
        : [`Short ${i}.`, `This one is the longer of them, of row ${i}.`, "="],
    category: i % 3 === 0 ? "a" : "b",
  }));
}

export function jsonl(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

/** Opens Rank's table with files, and waits until they are read. */
export async function giveTable(
  page: Page,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-table-"));
  const names = Object.keys(files).map((name) => path.join(folder, name));
  for (const [i, content] of Object.values(files).entries()) {
    await writeFile(names[i] ?? "", content);
  }
  await page.waitForSelector("#rank-files");
  const input = (await page.$("#rank-files")) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(...names);
  await page.waitForSelector("#table-title");
}

/** Ranks all rows, and waits for the last one. */
export async function rankAll(page: Page): Promise<void> {
  await page.waitForSelector("#run-table");
  await page.click("#run-table");
  await page.waitForSelector("#table-summary");
  await page.waitForFunction(() => document.querySelector("#stop-table") === null);
}
