/** What happens to a table of prompts: it is read, ranked, stopped, gone on with, and left. */
import { faultOf } from "../../base/faults.ts";
import type { PageFault } from "../../base/faults.ts";
import { focusOn } from "../../base/form.ts";
import { count } from "../../base/format.ts";
import { drop, latest, stop } from "../../base/jobs.ts";
import { announce } from "../../base/page.ts";
import type { Page } from "../../base/page.ts";
import { labelThese, type GivenPair } from "../../draft/to-label.ts";
import type { EngineClient } from "../../engine/client.ts";
import { engineFor, fail } from "../../engine/life.ts";
import type { ResponseScore } from "../../engine/protocol.ts";
import { embeddedUrl, judgeOf } from "../../engine/state.ts";
import type { Judge } from "../../engine/state.ts";
import { closeWhy } from "../../explain/close.ts";
import type { Conversation } from "../../../src/types.ts";
import { closestOf, summaryOf } from "./list.ts";
import { isFar, messagesOf } from "./pictures.ts";
import { readPromptTable, tablesAmong } from "./read.ts";
import { keepingRows, ranking } from "./state.ts";
import type { PromptRow, PromptTable, RowResult, TableState } from "./state.ts";
import { say } from "./words.ts";

const READING = "rank-reading";
const RUNNING = "rank-rows";
/** Longer than a frame without hearing a key would be felt. */
const TURN_MS = 12;

/** Reads the files as a table, in place of the one that is open. */
export async function openTable(page: Page, files: readonly File[]): Promise<void> {
  if (tablesAmong(files).length === 0) {
    const { table } = page.get(ranking);
    // Pictures that a table names may be given after it.
    if (table !== undefined && files.length > 0)
      return await readFiles(page, [...table.files, ...files]);
    const fault = { code: "input", message: say().noTable, field: "rank-files" } as const;
    page.change(ranking, { fault });
    return;
  }
  await readFiles(page, files);
}

/** Opens pasted rows as a table. */
export async function openText(page: Page, text: string): Promise<void> {
  const isJson = /^\s*[[{]/.test(text);
  const isTabbed = !isJson && text.split("\n", 1)[0]?.includes("\t") === true;
  const name = `${say().pasted}.${isJson ? "jsonl" : isTabbed ? "tsv" : "csv"}`;
  await openTable(page, [new File([text], name, { type: "text/plain" })]);
}

/** Opens the built-in examples as a table, to try it. */
export async function openSample(page: Page): Promise<void> {
  const folder = embeddedUrl();
  try {
    const response = await fetch(new URL("samples/samples.json", folder));
    if (!response.ok) throw new Error(`samples.json: the server answered ${response.status}`);
    const samples = (await response.json()) as readonly Sample[];
    const rows = samples.map(({ id, image, prompt, candidates }) =>
      JSON.stringify({ id, image, prompt, responses: candidates }),
    );
    const pictures = await Promise.all(
      [...new Set(samples.map(({ image }) => image))].map(async (image) => {
        const answer = await fetch(new URL(image, folder));
        if (!answer.ok) throw new Error(`${image}: the server answered ${answer.status}`);
        return new File([await answer.blob()], image.split("/").at(-1) ?? image);
      }),
    );
    await readFiles(page, [new File([rows.join("\n")], `${say().sampleName}.jsonl`), ...pictures]);
  } catch (error) {
    page.change(ranking, { fault: faultOf(error) });
  }
}

interface Sample {
  readonly id: string;
  readonly image: string;
  readonly prompt: string;
  readonly candidates: readonly string[];
}

async function readFiles(page: Page, files: readonly File[]): Promise<void> {
  drop(page.jobs, RUNNING);
  page.change(ranking, { reading: { done: 0, total: 0 }, fault: undefined, told: undefined });
  await latest(page.jobs, READING, (signal) => readInTurns(page, files, signal), {
    done: (table) => {
      showTable(page, table);
      announce(page, say().readSaid(count(table.rows.length), table.wrong.length));
      requestAnimationFrame(() => focusOn("table-title"));
    },
    failed: (fault) => page.change(ranking, { fault: { ...fault, field: "rank-files" } }),
    ended: () => page.change(ranking, { reading: undefined }),
  });
}

/** Reads a table, and lets the page draw and hear keys meanwhile. */
export async function readInTurns(
  page: Page,
  files: readonly File[],
  signal: AbortSignal,
): Promise<PromptTable> {
  let turnBegan = performance.now();
  return await readPromptTable(files, {
    signal,
    async onRow(done, total) {
      if (performance.now() - turnBegan < TURN_MS) return;
      page.change(ranking, { reading: { done, total } });
      await new Promise((resolve) => setTimeout(resolve, 0));
      turnBegan = performance.now();
    },
  });
}

/** Shows a table that was read, without scores. */
function showTable(page: Page, table: PromptTable): void {
  closeWhy(page);
  page.change(ranking, {
    table,
    results: new Map(),
    judge: undefined,
    filter: "all",
    order: "table",
    group: undefined,
    shownPage: 0,
    open: undefined,
    urls: new Map(),
    told: undefined,
  });
}

/**
 * Shows a table that was kept, with its scores.
 * @throws InputError if the files cannot be read any more
 */
export async function restoreTable(
  page: Page,
  {
    files,
    fetched,
  }: { readonly files: readonly File[]; readonly fetched: Iterable<readonly [string, Blob]> },
  results: ReadonlyMap<number, RowResult>,
  look: Partial<TableState>,
): Promise<void> {
  page.change(ranking, { reading: { done: 0, total: 0 } });
  try {
    const read = await readInTurns(page, files, new AbortController().signal);
    for (const [address, picture] of fetched) read.pictures.add(address, picture);
    const table = { ...read, far: read.far.filter((url) => !read.pictures.has(url)) };
    page.change(ranking, { ...ranking.first(), ...look, table, results });
  } finally {
    page.change(ranking, { reading: undefined });
  }
}

/** Leaves the table. */
export function leaveTable(page: Page): void {
  drop(page.jobs, RUNNING);
  drop(page.jobs, READING);
  closeWhy(page);
  page.change(ranking, { ...ranking.first() });
  requestAnimationFrame(() => focusOn("view-title"));
}

/** Returns the rows that a run would score: those without a result whose pictures are there. */
export function rowsLeft(page: Page): readonly PromptRow[] {
  const { table, results } = page.get(ranking);
  if (table === undefined) return [];
  return table.rows.filter((row) => !results.has(row.number) && !isFar(row, table));
}

/** Returns true if the model that is loaded is another one than gave the scores. */
export function isOtherJudge(a: Judge | undefined, b: Judge): boolean {
  return a !== undefined && judgeKey(a) !== judgeKey(b);
}

function judgeKey({ name, form, ownHead }: Judge): string {
  return JSON.stringify([name, form, ownHead ?? null]);
}

/** Tries the rows again that failed. */
export async function tryFailed(page: Page): Promise<void> {
  const { results } = page.get(ranking);
  const kept = [...results].filter(([, result]) => !("fault" in result));
  page.change(ranking, { results: new Map(kept) });
  await rankTable(page);
}

/** Scores the rows that have no scores yet. What is done stays if it is stopped. */
export async function rankTable(page: Page): Promise<void> {
  const { table } = page.get(ranking);
  const running = engineFor(page);
  if (table === undefined || running === undefined) return;
  page.change(ranking, {
    fault: undefined,
    told: undefined,
    running: { done: 0, total: rowsLeft(page).length, rowsPerSecond: undefined },
  });
  await latest(
    page.jobs,
    RUNNING,
    async (signal) => {
      const judge = judgeOf(await running.loaded);
      signal.throwIfAborted();
      const { judge: before } = page.get(ranking);
      // Scores of two models cannot be compared.
      if (isOtherJudge(before, judge)) page.change(ranking, { results: new Map() });
      page.change(ranking, { judge });
      announce(page, say().runningSaid(count(rowsLeft(page).length)));
      await scoreRows(page, table, rowsLeft(page), running.client, signal);
    },
    {
      done: () => {
        const { scored, failed } = summaryOf(table.rows, page.get(ranking));
        announce(page, say().doneSaid(count(scored), failed));
      },
      failed: (fault) => failRanking(page, fault),
      ended: () => page.change(ranking, { running: undefined }),
    },
  );
}

function failRanking(page: Page, fault: PageFault): void {
  if (fault.code === "input") page.change(ranking, { fault });
  else fail(page, fault);
}

/** Drawn this often while rows are scored: a fast model scores many in a frame. */
const DRAW_MS = 100;
/** The rate is that of this many last rows. */
const RATE_ROWS = 20;

async function scoreRows(
  page: Page,
  table: PromptTable,
  rows: readonly PromptRow[],
  client: EngineClient,
  signal: AbortSignal,
): Promise<void> {
  const fresh = new Map<number, RowResult>();
  const times = [performance.now()];
  let drawn = 0;
  const draw = async (done: number): Promise<void> => {
    drawn = performance.now();
    await page.get(keepingRows).keep?.([...fresh]);
    const span = (times.at(-1) ?? 0) - (times.at(-RATE_ROWS - 1) ?? times[0] ?? 0);
    const rowsPerSecond =
      span > 0 ? (Math.min(times.length - 1, RATE_ROWS) / span) * 1000 : undefined;
    if (page.get(ranking).table !== table) return;
    page.change(ranking, {
      results: new Map([...page.get(ranking).results, ...fresh]),
      running: { done, total: rows.length, rowsPerSecond },
    });
    fresh.clear();
  };
  try {
    for (const [i, row] of rows.entries()) {
      signal.throwIfAborted();
      const result = await resultOf(page, table, row, client, signal);
      fresh.set(row.number, result);
      times.push(performance.now());
      if (performance.now() - drawn > DRAW_MS) await draw(i + 1);
    }
  } finally {
    await draw(times.length - 1);
  }
}

/** Scores a row. What is wrong with the row is its result; any other failure ends the run. */
async function resultOf(
  page: Page,
  table: PromptTable,
  row: PromptRow,
  client: EngineClient,
  signal: AbortSignal,
): Promise<RowResult> {
  try {
    const messages = await messagesOf(page, row, table);
    const conversations = row.responses.map((turns): Conversation => [...messages, ...turns]);
    const scores = await client.score(conversations, { signal });
    return { scores: scores.map(lean) };
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = faultOf(error);
    if (code !== "input" && code !== "unsupported") throw error;
    return { fault: message };
  }
}

/** Values of tokens are computed again when a row is explained: thousands of rows hold too many. */
function lean(score: ResponseScore): ResponseScore {
  return { ...score, steps: [] };
}

export function stopTable(page: Page): void {
  stop(page.jobs, RUNNING);
  announce(page, say().stoppedSaid);
}

const CLOSEST = 50;

/** Gives the closest calls to Label: of each row the best and the second. */
export async function labelClosest(page: Page): Promise<void> {
  const state = page.get(ranking);
  const { table } = state;
  if (table === undefined) return;
  const chosen = closestOf(table.rows, state, CLOSEST);
  const pairs = await Promise.all(
    chosen.map(async ({ row, ranked }): Promise<GivenPair> => {
      // The pair's own order must not say which one the model prefers.
      const [a = 0, b = 0] = ranked.places
        .slice(0, 2)
        .map(({ index }) => index)
        .toSorted((x, y) => x - y);
      const messages = await messagesOf(page, row, table);
      return {
        id: `${row.id} ${a + 1}:${b + 1}`,
        messages,
        responses: [row.texts[a] ?? "", row.texts[b] ?? ""],
        group: row.group,
        pictureNames: row.pictures.map((picture, i) =>
          typeof picture === "string" && !/^data:/i.test(picture)
            ? picture
            : `${row.where.replaceAll(/[^\w.-]+/g, "-")}-${i + 1}`,
        ),
      };
    }),
  );
  labelThese(page, pairs, table.title);
}
