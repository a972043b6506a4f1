/**
 * Where a batch's results go, such that a killed run can be continued.
 *
 * The output is its own journal: lines are whole and in the order of the input, each row is in it
 * or in the file of errors. To continue, torn last lines are cut off and both files are walked
 * beside the input. `OUTPUT.unfinished` lies beside the output as long as the run is not through,
 * and says what run it is.
 */

import { open, readFile, rename, rm, stat, writeFile, type FileHandle } from "node:fs/promises";
import { InputError } from "../../src/errors.ts";
import { keyOf } from "./batch-ids.ts";
import { parseRow, readLines } from "./jsonl.ts";
import type { Row, RowId } from "./batch-rows.ts";

export interface JournalOptions {
  /** Stdout where undefined; that cannot be continued. */
  readonly output: string | undefined;
  readonly errors: string | undefined;
  /** What makes this run another than one with the same output. */
  readonly job: Readonly<Record<string, unknown>>;
  /** Continues what is there even where it was finished. */
  readonly resume: boolean;
}

/** A line of the file of errors. */
interface Failure {
  readonly row: number;
  readonly id: RowId | null;
  readonly reason: string;
}

export type Result = { readonly value: unknown } | { readonly failure: Failure };

export interface Journal {
  /** Whether there are results of an earlier run. */
  readonly isContinued: boolean;
  /**
   * Whether an earlier run did a row: to be asked of each, in order. @throws InputError where they
   * do not fit
   */
  has(row: Row): Promise<boolean>;
  /** Writes the results of rows that follow one another. */
  write(results: readonly Result[]): Promise<void>;
  /** The run is through: there is nothing to continue. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

const NEWLINE = 10;
/** Bytes that are searched at once for the end of the last whole line. */
const pieceBytes = 65_536;

/** Opens the output and the file of errors, at their ends where a run is continued. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { output, errors, job, resume } = options;
  const marker = output === undefined ? undefined : `${output}.unfinished`;
  const isContinued =
    output !== undefined &&
    (await exists(output)) &&
    ((await isUnfinished(marker ?? "", output, job)) || resume);
  const lines = await openLines(output, isContinued);
  const failures = errors === undefined ? undefined : await openLines(errors, isContinued);
  // Only now: a run that is killed before leaves nothing that could be taken for its results.
  if (marker !== undefined) await writeMarker(marker, job);
  const past = isContinued ? walkPast(output, errors) : undefined;
  return {
    isContinued,
    has: async (row) => (await past?.has(row)) ?? false,
    async write(results) {
      // In the order of the rows, whichever file they go to: after a kill each row is in one, or
      // all after it in none.
      for (const run of runsOf(results)) {
        const [first] = run;
        const isResult = first !== undefined && "value" in first;
        const texts = run.map((result) =>
          JSON.stringify("value" in result ? result.value : result.failure),
        );
        await (isResult ? lines : failures)?.append(`${texts.join("\n")}\n`);
      }
    },
    async finish() {
      if (marker !== undefined) await rm(marker, { force: true });
    },
    async close() {
      await past?.close();
      await lines.close();
      await failures?.close();
    },
  };
}

/** Results cut where they change from one file to the other. */
function runsOf(results: readonly Result[]): Result[][] {
  const runs: Result[][] = [];
  for (const result of results) {
    const last = runs.at(-1);
    if (last?.[0] !== undefined && "value" in last[0] === "value" in result) last.push(result);
    else runs.push([result]);
  }
  return runs;
}

/** @throws InputError where the unfinished run is another one */
async function isUnfinished(
  marker: string,
  output: string,
  job: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const text = await readFile(marker, "utf8").catch(() => undefined);
  if (text === undefined) return false;
  const said = JSON.stringify(job);
  if (text.trim() === said) return true;
  throw new InputError({
    where: output,
    what: "holds a part of another run",
    got: text.trim().slice(0, 500),
    expected: said,
    todo: `Continue that one with its own options, or remove ${output} and ${marker}`,
  });
}

async function writeMarker(marker: string, job: Readonly<Record<string, unknown>>): Promise<void> {
  await writeFile(`${marker}.new`, `${JSON.stringify(job)}\n`);
  await rename(`${marker}.new`, marker);
}

interface Lines {
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

async function openLines(file: string | undefined, isContinued: boolean): Promise<Lines> {
  if (file === undefined) {
    return {
      append: (text) =>
        new Promise<void>((resolve, reject) => {
          const done = (error?: Error | null): void => (error ? reject(error) : resolve());
          process.stdout.write(text, done);
        }).catch((cause: unknown) => unwritable("stdout", cause)),
      close: async () => {},
    };
  }
  let handle: FileHandle;
  try {
    handle = await open(file, isContinued && (await exists(file)) ? "r+" : "w");
  } catch (cause) {
    return unwritable(file, cause);
  }
  let end = await wholeLines(handle);
  await handle.truncate(end);
  return {
    async append(text) {
      const bytes = Buffer.from(text);
      try {
        for (let done = 0; done < bytes.length;) {
          const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, end + done);
          done += bytesWritten;
        }
      } catch (cause) {
        unwritable(file, cause);
      }
      end += bytes.length;
    },
    close: () => handle.close(),
  };
}

/** Bytes up to the end of the last line that is whole. */
async function wholeLines(handle: FileHandle): Promise<number> {
  const piece = Buffer.alloc(pieceBytes);
  let { size: end } = await handle.stat();
  while (end > 0) {
    const begin = Math.max(0, end - pieceBytes);
    const { bytesRead } = await handle.read(piece, 0, end - begin, begin);
    const last = piece.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (last >= 0) return begin + last + 1;
    end = begin;
  }
  return 0;
}

/** The results of an earlier run, walked beside the rows. */
function walkPast(output: string, errors: string | undefined): Pick<Journal, "has" | "close"> {
  const results = peekable(output, (line, where) => keyOf(parseRow(line, where, '{"id": …}').id));
  const failures = errors === undefined ? undefined : peekable(errors, rowOfFailure);
  let isThrough = false;
  return {
    async has(row) {
      if (isThrough) return false;
      const result = await results.peek();
      if (result !== undefined && row.id !== undefined && result === keyOf(row.id)) {
        await results.next();
        return true;
      }
      const failure = await failures?.peek();
      if (failure === row.line) {
        await failures?.next();
        return true;
      }
      if (result !== undefined || failure !== undefined) {
        throw new InputError({
          where: output,
          what: "its results are not those of this input, in its order",
          got: result === undefined ? `row ${failure} in ${errors}` : `a result for id ${result}`,
          expected: `${row.where}, id ${row.id === undefined ? "none" : keyOf(row.id)}`,
          todo: "Give the input, shard and errors file of the run that was begun, or remove the output",
        });
      }
      isThrough = true;
      return false;
    },
    async close() {
      await results.close();
      await failures?.close();
    },
  };
}

function rowOfFailure(line: string, where: string): number {
  const { row } = parseRow(line.replace('"id":null', '"id":""'), where, '{"row": …, "id": …}');
  if (typeof row === "number") return row;
  const wanted = '{"row": …, "id": …, "reason": …}';
  throw new InputError({ where, what: "has no row", expected: wanted });
}

interface Peekable<T> {
  /** The next one, undefined at the end. */
  peek(): Promise<T | undefined>;
  next(): Promise<void>;
  close(): Promise<void>;
}

function peekable<T>(file: string, parse: (line: string, where: string) => T): Peekable<T> {
  const lines = readLines(file);
  let number = 0;
  let ahead: { value: T | undefined } | undefined;
  return {
    async peek() {
      if (ahead === undefined) {
        const { value, done } = await lines.next();
        number += 1;
        ahead = {
          value: done === true ? undefined : parse(value.line, `${file}, line ${number}`),
        };
      }
      return ahead.value;
    },
    async next() {
      if (ahead?.value !== undefined) ahead = undefined;
    },
    async close() {
      await lines.return(undefined);
    },
  };
}

async function exists(file: string): Promise<boolean> {
  // What is no regular file (/dev/null, a pipe) holds no results.
  return (await stat(file).catch(() => undefined))?.isFile() ?? false;
}

function unwritable(where: string, cause: unknown): never {
  const what = `cannot be written (${cause instanceof Error ? cause.message : String(cause)})`;
  const todo = "Check the path, its folder and the free space";
  throw new InputError({ where, what, todo, cause });
}
