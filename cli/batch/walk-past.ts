// Tested by: test/cli/batch/batch.test.ts
/**
 * Walks the results of an earlier run beside the rows, up to the first that does not fit.
 */

import { isObject, type JsonObject, isId } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import {
  digestOfText,
  entryFault,
  entryLine,
  readEntry,
  type JournalEntry,
} from "../../src/score/journal.ts";
import type { Row } from "./batch-rows.ts";
import { readLines } from "./jsonl.ts";
import type { ResultFile } from "./result-file.ts";

/** The files of a run. */
export interface Files {
  readonly output: string;
  readonly errors: string | undefined;
  readonly lines: ResultFile;
  readonly failures: ResultFile | undefined;
  /** The journal, if there is one. */
  readonly entries: ResultFile | undefined;
  /** Gives a new journal its name. */
  readonly settle: () => Promise<void>;
}

/** What the walk needs of the run. */
export interface WalkOptions {
  /** Returns the scores of a finished line, or what is wrong with it for its row. */
  readonly scoresOf: (line: JsonObject, row: Row) => readonly number[] | string;
  readonly log: (line: string) => void;
}

/** Returns the journal's line for a row whose result or failure is `text`. */
export function lineOfEntry(row: Row, text: string, scores: readonly number[] | undefined): string {
  const written = digestOfText(text);
  const kept = scores === undefined ? { failure: written } : { scores, written };
  return `${entryLine({ id: row.id ?? null, digest: row.digest, ...kept })}\n`;
}

export interface Past {
  /** Returns whether the row is done. @throws InputError if the results are of other rows */
  has(row: Row): Promise<boolean>;
  /**
   * Ends the walk.
   * @throws InputError if there are results of more rows than were given
   */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** Walks the results of an earlier run beside the rows. */
export function walkPast(files: Files, marker: string | undefined, options: WalkOptions): Past {
  const { output, errors } = files;
  const results = walkLines(output);
  const failures = errors === undefined ? undefined : walkLines(errors);
  const entries = marker === undefined ? undefined : walkLines(marker, 1);
  let isThrough = false;

  /** Keeps what was walked, and cuts the rest off. */
  const stop = async (row: Row, why: string | undefined): Promise<false> => {
    isThrough = true;
    if (why !== undefined) {
      options.log(`${row.where}: ${why}: scored again, and so are the rows after it`);
    }
    await files.lines.cut(results.taken);
    if (failures !== undefined) await files.failures?.cut(failures.taken);
    if (entries !== undefined) await files.entries?.cut(entries.taken);
    await files.settle();
    return false;
  };

  /** Asks the lines of a finished output, which has no journal any more, and makes it one. */
  const hasFinished = async (row: Row): Promise<boolean> => {
    const said = await results.peek();
    const failed = await failures?.peek();
    if (failed !== undefined && rowOfFailure(failed) === row.line) {
      failures?.take();
      await files.entries?.append(lineOfEntry(row, failed, undefined));
      return true;
    }
    if (said === undefined) {
      return stop(row, failed === undefined ? undefined : "its result is missing");
    }
    const line = parsed(said);
    if (!isObject(line) || !isId(line["id"]))
      return stop(row, `${results.where()} is not a result`);
    if (line["id"] !== row.id) throw foreign(output, row, said);
    const scores = options.scoresOf(line, row);
    if (typeof scores === "string") return stop(row, `${results.where()} ${scores}`);
    results.take();
    await files.entries?.append(lineOfEntry(row, said, scores));
    return true;
  };

  return {
    async has(row) {
      if (isThrough) return false;
      if (entries === undefined) return hasFinished(row);
      const text = await entries.peek();
      if (text === undefined) return stop(row, undefined);
      const entry = readEntry(text);
      if (typeof entry === "string") return stop(row, `${entries.where()} ${entry}`);
      if (entry.id !== (row.id ?? null)) throw foreign(output, row, JSON.stringify(entry.id));
      if (entry.failure !== undefined && failures === undefined) {
        throw foreign(output, row, "a failure, which is in a file of errors");
      }
      const written = entry.failure === undefined ? results : failures;
      const fault = faultOf(entry, row, await written?.peek(), written?.where() ?? "");
      if (fault !== undefined) return stop(row, fault);
      entries.take();
      written?.take();
      return true;
    },
    async finish() {
      if (isThrough || (await results.peek()) === undefined) return;
      throw new InputError({
        where: output,
        what: `has results of more rows than the input`,
        got: results.where(),
        todo: "Give the input of the run that was started, or remove the output",
      });
    },
    async close() {
      for (const walk of [results, failures, entries]) await walk?.close();
    },
  };
}

/** Returns why a row that the journal has must be scored again, or undefined. */
function faultOf(
  entry: JournalEntry,
  row: Row,
  line: string | undefined,
  where: string,
): string | undefined {
  const of = { id: row.id ?? null, digest: row.digest, conversations: row.conversations.length };
  const fault = entryFault(entry, of);
  if (fault === "is of another input") return "the row has changed since it was scored";
  if (fault !== undefined) return `its entry ${fault}`;
  // A kill came between the two files: nothing is wrong, only unfinished.
  if (line === undefined) return "its result is missing";
  const hash = entry.failure ?? entry["written"];
  return digestOfText(line) === hash ? undefined : `${where} is not as it was written`;
}

function foreign(output: string, row: Row, got: string): InputError {
  return new InputError({
    where: output,
    what: "its results are not those of this input, in its order",
    expected: `${row.where}, id ${row.id === undefined ? "none" : JSON.stringify(row.id)}`,
    got,
    todo: "Give the input, shard and errors file of the run that was started, or remove the output",
  });
}

function rowOfFailure(line: string): number | undefined {
  const value = parsed(line);
  return isObject(value) && typeof value["row"] === "number" ? value["row"] : undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

interface Walk {
  /** Bytes up to the end of the last line that was taken. */
  readonly taken: number;
  /** Returns the next line, undefined at the end. */
  peek(): Promise<string | undefined>;
  take(): void;
  /** Returns the place of the line that `peek` gives. */
  where(): string;
  close(): Promise<void>;
}

/**
 * Walks the lines of a file.
 * @param skipped lines at the start that are not results
 */
function walkLines(file: string, skipped = 0): Walk {
  const lines = readLines(file);
  let number = 0;
  let taken = 0;
  let ahead: { readonly line: string | undefined; readonly end: number } | undefined;
  const read = async (): Promise<{ line: string | undefined; end: number }> => {
    const { value, done } = await lines.next();
    number += 1;
    return done === true
      ? { line: undefined, end: taken }
      : { line: value.line, end: value.readBytes };
  };
  return {
    get taken() {
      return taken;
    },
    async peek() {
      while (number < skipped) taken = (await read()).end;
      ahead ??= await read();
      return ahead.line;
    },
    take() {
      if (ahead?.line === undefined) return;
      taken = ahead.end;
      ahead = undefined;
    },
    where: () => `${file}, line ${number}`,
    async close() {
      await lines.return(undefined);
    },
  };
}
