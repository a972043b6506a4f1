// Tested by: test/cli/batch/batch.test.ts
/**
 * Writes a batch's results, so that a killed run can be continued.
 *
 * Until a run is finished, `OUTPUT.unfinished` exists beside the output: a journal in the format of
 * src/score/journal.ts, one entry for each row in the order of the input. An entry has the hash of
 * the line that was written for its row.
 *
 * To continue, the run reads output, file of errors and journal beside the input, up to the first
 * row whose lines do not all match. It cuts the files there, and scores the rows from there on
 * again.
 */

import type { RowId } from "../../src/base/json.ts";
import { rename, rm, stat } from "node:fs/promises";
import { InputError } from "../../src/errors.ts";
import { journalHead } from "../../src/score/journal.ts";
import { lockOutput, type Lock } from "../output/lock.ts";
import { jsonLine, outputPlace } from "../output/output-file.ts";
import type { Row } from "./batch-rows.ts";
import { readLines } from "./jsonl.ts";
import { openResults, type ResultFile } from "./result-file.ts";
import { lineOfEntry, walkPast, type Files, type WalkOptions } from "./walk-past.ts";

export interface JournalOptions extends WalkOptions {
  /** Stdout if undefined; that cannot be continued, nor can a device or a pipe. */
  readonly output: string | undefined;
  readonly errors: string | undefined;
  /** What makes this run another than one with the same output. */
  readonly job: Readonly<Record<string, unknown>>;
  /** Continues what is there even if it was finished. */
  readonly resume: boolean;
}

/** A line of the file of errors. */
interface Failure {
  readonly row: number;
  readonly id: RowId | null;
  readonly reason: string;
}

export type Result = { readonly row: Row } & (
  | { readonly value: unknown; readonly scores: readonly number[] }
  | { readonly failure: Failure }
);

export interface Journal {
  /** Whether there are results of an earlier run. */
  readonly isContinued: boolean;
  /**
   * Returns whether an earlier run did a row. Call it for each row, in order.
   * @throws InputError if its results are of other rows
   */
  has(row: Row): Promise<boolean>;
  /** Writes the results of rows that follow one another. */
  write(results: readonly Result[]): Promise<void>;
  /**
   * Ends the run: there is nothing to continue.
   * @throws InputError for more results than rows
   */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the output and the file of errors, at their ends if a run is continued. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { output, errors, job, resume } = options;
  const place = output === undefined ? undefined : await outputPlace(output);
  const file = place?.kind === "file" ? place.path : undefined;
  const marker = file === undefined ? undefined : `${file}.unfinished`;
  const locks: Lock[] = [];
  const opened: ResultFile[] = [];
  const temporary: string[] = [];
  const close = async (): Promise<void> => {
    for (const lines of opened) await lines.close();
    for (const name of temporary) await rm(name, { force: true });
    for (const lock of locks) await lock.release();
  };
  try {
    if (file !== undefined) locks.push(await lockOutput(file));
    const errorsPlace = errors === undefined ? undefined : await outputPlace(errors);
    if (errorsPlace?.kind === "file") locks.push(await lockOutput(errorsPlace.path));
    const head = journalHead(job);
    const isUnfinished =
      marker !== undefined && place?.exists === true && (await hasHead(marker, output ?? "", head));
    const isContinued = place?.exists === true && file !== undefined && (isUnfinished || resume);
    const lines = await openResults(output, isContinued);
    opened.push(lines);
    const failures = errors === undefined ? undefined : await openResults(errors, isContinued);
    if (failures !== undefined) opened.push(failures);
    // A new journal gets its name only after the walk, or if there is no walk. Before that, older
    // entries could be read as those of these results.
    const fresh = isUnfinished || marker === undefined ? undefined : `${marker}.new`;
    if (fresh !== undefined) await rm(fresh, { force: true });
    const entries = marker === undefined ? undefined : await openResults(fresh ?? marker, true);
    if (entries !== undefined) opened.push(entries);
    if (fresh !== undefined) await entries?.append(`${head}\n`);
    const settle = async (): Promise<void> => {
      if (fresh !== undefined && marker !== undefined) await rename(fresh, marker);
    };
    const files = { output: file ?? "", errors, lines, failures, entries, settle };
    const journalOf = isUnfinished ? marker : undefined;
    const past = isContinued ? walkPast(files, journalOf, options) : undefined;
    if (past === undefined) await settle();
    else if (fresh !== undefined) temporary.push(fresh);
    return {
      isContinued,
      has: async (row) => (await past?.has(row)) ?? false,
      write: (results) => writeResults(results, files),
      async finish() {
        await past?.finish();
        if (marker !== undefined) await rm(marker, { force: true });
      },
      async close() {
        await past?.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Writes results in the order of the rows, each to its file, and then their entries. A row without
 * an entry is scored again after a kill.
 */
async function writeResults(results: readonly Result[], files: Files): Promise<void> {
  const entries: string[] = [];
  for (const run of runsOf(results)) {
    const texts = run.map((result) => jsonLine("value" in result ? result.value : result.failure));
    const isResult = run[0] !== undefined && "value" in run[0];
    await (isResult ? files.lines : files.failures)?.append(`${texts.join("\n")}\n`);
    for (const [i, result] of run.entries()) {
      const scores = "value" in result ? result.scores : undefined;
      entries.push(lineOfEntry(result.row, texts[i] ?? "", scores));
    }
  }
  await files.entries?.append(entries.join(""));
}

/** Splits results at each change from one file to the other. */
function runsOf(results: readonly Result[]): Result[][] {
  const runs: Result[][] = [];
  for (const result of results) {
    const last = runs.at(-1);
    if (last?.[0] !== undefined && "value" in last[0] === "value" in result) last.push(result);
    else runs.push([result]);
  }
  return runs;
}

/** Returns whether the unfinished run is this one. @throws InputError if it is another */
async function hasHead(marker: string, output: string, head: string): Promise<boolean> {
  const isThere = (await stat(marker).catch(() => undefined))?.isFile() ?? false;
  if (!isThere) return false;
  const { value } = await readLines(marker).next();
  const first = value === undefined ? "" : value.line;
  if (first === head) return true;
  throw new InputError({
    where: output,
    what: "holds a part of another run",
    expected: head,
    got: first,
    todo: `Continue that one with its own options, or remove ${output} and ${marker}`,
  });
}
