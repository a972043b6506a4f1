/** What happens in Report: files are taken; a run is started, stopped and resumed. */
import type { Conversation } from "../../src/types.ts";
import { saveFile } from "../base/download.ts";
import { faultOf } from "../base/faults.ts";
import { focusOn } from "../base/form.ts";
import { drop, latest, stop } from "../base/jobs.ts";
import { announce } from "../base/page.ts";
import { count } from "../base/format.ts";
import { words } from "../language/language.ts";
import type { Page } from "../base/page.ts";
import { labelThese, type GivenPair } from "../draft/to-label.ts";
import type { EngineClient } from "../engine/client.ts";
import { engineFor } from "../engine/life.ts";
import { engine, isInUse, judgeOf } from "../engine/state.ts";
import type { ReportPair, ReportResult } from "./protocol.ts";
import { PAIRS_SHOWN, reporting } from "./state.ts";
import type { Question, ReportState } from "./state.ts";

const REPORTING = "reporting";
const AUDITING = "auditing";

/** Changes the question. Neither the last report nor the one under way answers it. */
export function askReport(page: Page, change: Partial<ReportState>): void {
  drop(page.jobs, REPORTING);
  drop(page.jobs, AUDITING);
  page.change(reporting, {
    ...change,
    running: undefined,
    auditing: undefined,
    audited: undefined,
    result: undefined,
    plots: [],
    stored: undefined,
    pictureUrls: new Map(),
    fault: undefined,
  });
}

export function setReportKind(page: Page, kind: Question): void {
  askReport(page, { kind });
}

const TABLE = /\.(?:parquet|jsonl|ndjson|json)$/i;

/** Takes tables and the pictures that they name; other files are left out. */
export function takeReportFiles(page: Page, files: readonly File[]): void {
  const tables = files.filter(({ name }) => TABLE.test(name));
  const pictures = files.filter(({ type }) => type.startsWith("image/"));
  const report = page.get(reporting);
  if (tables.length + pictures.length === 0) {
    const message = words().report.noTable;
    page.change(reporting, { fault: { code: "input", message, field: "report-files" } });
    return;
  }
  // The files of the second system may be added later.
  const isSecond =
    report.kind !== "evaluation" && report.tables.length === 1 && tables.length === 1;
  const kept = tables.length === 0 || isSecond ? report.tables : [];
  askReport(page, {
    tables: [...kept, ...tables],
    pictures: pictures.length === 0 ? report.pictures : pictures,
  });
}

/** Starts a run, or resumes it: rows that have a score are not scored again. */
export async function runReport(page: Page): Promise<void> {
  const { kind, benchmark, tables, pictures } = page.get(reporting);
  const wanted = kind === "ab" ? 2 : 1;
  if (tables.length < wanted) {
    const message = kind === "ab" ? words().report.twoFiles : words().report.oneFile;
    const field = "report-files";
    page.change(reporting, { fault: { code: "input", message, field } });
    focusOn(field);
    return;
  }
  if (kind === "stored") {
    await readStoredFiles(page, tables);
    return;
  }
  const running = engineFor(page);
  if (running === undefined) {
    return;
  }
  drop(page.jobs, AUDITING);
  page.change(reporting, {
    running: { done: 0, total: 0 },
    auditing: undefined,
    audited: undefined,
    fault: undefined,
  });
  announce(page, words().report.scoring);
  await latest(
    page.jobs,
    REPORTING,
    async (signal) => {
      const model = await running.loaded;
      signal.throwIfAborted();
      const result = await running.client.call(
        "report",
        { request: { kind, benchmark, tables, pictures }, weights: model.form },
        { signal, onDone: (done, total) => page.change(reporting, { running: { done, total } }) },
      );
      const { drawPlots, nameOf } = await import("./plots.ts");
      return { result, plots: drawPlots(result), nameOf, judge: judgeOf(model) };
    },
    {
      done(made) {
        const pictureUrls = new Map<number, string>();
        page.change(reporting, { ...made, shown: PAIRS_SHOWN, pictureUrls });
        const { scoredRows, totalRows } = made.result;
        announce(page, words().report.said(count(scoredRows), count(totalRows)));
      },
      failed: (fault) => page.change(reporting, { fault }),
      ended: () => page.change(reporting, { running: undefined }),
    },
  );
}

/** Monitors stored scores, or shows an audit: no model is needed. */
async function readStoredFiles(page: Page, files: readonly File[]): Promise<void> {
  page.change(reporting, { running: { done: 0, total: 0 }, stored: undefined, fault: undefined });
  announce(page, words().report.reading);
  await latest(
    page.jobs,
    REPORTING,
    async (signal) => {
      const { readStored, storedView } = await import("./stored.ts");
      const read = await readStored(files, signal);
      return storedView(page, read, "stored");
    },
    {
      done(stored) {
        page.change(reporting, { stored });
        announce(page, words().report.read);
      },
      failed: (fault) => page.change(reporting, { fault }),
      ended: () => page.change(reporting, { running: undefined }),
    },
  );
}

/** Returns the engine that still has the rows of the report: the one that made it. */
export function rowsClient(page: Page): EngineClient | undefined {
  const { judge } = page.get(reporting);
  const { running } = page.get(engine);
  return judge !== undefined && isInUse(page, judge) ? running?.client : undefined;
}

/** Audits the report's judge: edits of its rows are scored. What a stopped audit has stays. */
export async function auditReport(page: Page): Promise<void> {
  const client = rowsClient(page);
  if (client === undefined) return;
  page.change(reporting, { auditing: { done: 0, total: 0 }, fault: undefined });
  announce(page, words().report.auditBegins);
  await latest(
    page.jobs,
    AUDITING,
    async (signal) => {
      const onDone = (done: number, total: number): void =>
        page.change(reporting, { auditing: { done, total } });
      const report = await client.call("reportAudit", {}, { signal, onDone });
      const { storedView } = await import("./stored.ts");
      return storedView(page, { kind: "audit", report }, "audit");
    },
    {
      done(audited) {
        page.change(reporting, { audited });
        announce(page, words().report.audited);
      },
      failed: (fault) => page.change(reporting, { fault }),
      ended: () => page.change(reporting, { auditing: undefined }),
    },
  );
}

export function stopAudit(page: Page): void {
  stop(page.jobs, AUDITING);
  announce(page, words().report.auditStopped);
}

/** Stops a run: it reports the rows that are scored. */
export function stopReport(page: Page): void {
  stop(page.jobs, REPORTING);
  announce(page, words().report.stopped);
}

/** Shows the picture of a pair that was opened. */
export async function showPicture(page: Page, { pictureOf }: ReportPair): Promise<void> {
  const client = rowsClient(page);
  if (pictureOf === undefined || client === undefined) {
    return;
  }
  if (page.get(reporting).pictureUrls.has(pictureOf)) {
    return;
  }
  try {
    const { picture } = await client.call("reportPicture", { row: pictureOf });
    const pictureUrls = new Map(page.get(reporting).pictureUrls);
    pictureUrls.set(pictureOf, page.pictures.addressOf(picture));
    page.change(reporting, { pictureUrls });
  } catch (error) {
    page.change(reporting, { fault: faultOf(error) });
  }
}

/** Pairs that are given to Label. */
const CLOSEST = 50;

export function closestPairs({ pairs }: ReportResult): readonly ReportPair[] {
  return pairs.toSorted((a, b) => Math.abs(a.margin) - Math.abs(b.margin)).slice(0, CLOSEST);
}

/** Gives the closest calls to Label, with their pictures. */
export async function labelClosest(page: Page): Promise<void> {
  const { result } = page.get(reporting);
  const client = rowsClient(page);
  if (result === undefined || client === undefined) return;
  try {
    const given: GivenPair[] = [];
    for (const [i, pair] of closestPairs(result).entries()) {
      const { id, responses, group, row } = pair;
      if (row === undefined) continue;
      // The sealed engine's frame makes files of its own realm, which are no `Blob` here.
      const { messages } = structuredClone(await client.call("reportMessages", { row }));
      given.push({
        id,
        messages,
        // In a report the preferred response comes first: here that must not be seen.
        responses: i % 2 === 0 ? responses : [responses[1], responses[0]],
        group: group === "all" ? undefined : group,
        pictureNames: picturesIn(messages, row),
      });
    }
    labelThese(page, given, words().frame.views.report);
  } catch (error) {
    page.change(reporting, { fault: faultOf(error) });
  }
}

/** Returns how the pictures of a row are called. */
function picturesIn(messages: Conversation, row: number): string[] {
  const images = messages.flatMap(({ content }) =>
    typeof content === "string" ? [] : content.filter(({ type }) => type === "image"),
  );
  return images.map((part, i) =>
    "image" in part && part.image instanceof File ? part.image.name : `row-${row + 1}-${i + 1}`,
  );
}

export function saveReportJson(page: Page): void {
  const { result } = page.get(reporting);
  if (result !== undefined) {
    saveFile("report.json", "application/json", `${JSON.stringify(result, null, 1)}\n`);
  }
}

export async function saveReportHtml(page: Page): Promise<void> {
  const { result } = page.get(reporting);
  if (result !== undefined) {
    const { reportHtml } = await import("./plots.ts");
    saveFile("report.html", "text/html", reportHtml(result));
  }
}
