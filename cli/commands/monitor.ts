// Tested by: test/cli/commands/monitor.test.ts
/**
 * `vl-reward monitor`: stored scores against a reference: did the engine, the model or the traffic
 * change?
 */

import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { InputError } from "../../src/errors.ts";
import { TOLERANCE } from "../../src/monitor/anchors.ts";
import {
  Monitor,
  monitorDefaults,
  type MonitorReport,
  type MonitorSettings,
} from "../../src/monitor/monitor.ts";
import { MonitorReference } from "../../src/monitor/reference.ts";
import { readMonitorRow, type MonitorRow } from "../../src/monitor/row.ts";
import { digestOfText } from "../../src/score/journal.ts";
import { parse, required, UsageError } from "../arguments.ts";
import { nameOf, parseRow, readLines } from "../batch/jsonl.ts";
import type { Command, Context } from "../command.ts";
import {
  coverage,
  indexState,
  missingLines,
  pieceLine,
  rowsOfState,
  StateWriter,
  type Covered,
} from "../monitor/state-file.ts";
import { wholeNumber } from "../output/evaluation-files.ts";
import { lockOutput } from "../output/lock.ts";
import { jsonLine, writeWhole } from "../output/output-file.ts";
import { monitorHtml } from "../reports/monitor-html.ts";

const help = `
Usage: vl-reward monitor --reference REF.jsonl --run RUN.jsonl --output DIR

Compares stored scores with a reference and says what changed: the engine, the model, the traffic,
or nothing. Nothing is scored here. Prints {"verdict", "reason", "tests"} as one line of JSON, and
writes DIR/report.json, report.html (trends) and state.jsonl. The exit code is 3 for an alarm.

Rows are as vl-reward score writes them, with more if there is more: {"id", "score", "tokens",
"time", "input_ids" or "digest", "pictures" or "images", "outside" or "strangeness", "correct" and
"probability" (labelled rows), "model", "engine"}; other short texts are groups.

  --reference FILE   rows of a time when all was well, 500 or more. Rows with "anchor": true are
                     fixed inputs, 20 to 50: score them again after each change of engine, driver,
                     browser or model, and put them into the run
  --run FILE         rows to look at, oldest first; may be repeated. It may grow: the next call
                     reads on where this one ended
  --name NAME        what the run is called in the state, if one file is read on several machines
                     or under several paths; by default the machine, the path and the first row
  --output DIR       the report and the state, which is only appended to and survives kills
  --merge FILE       takes over the rows of another machine's state.jsonl; may be repeated
  --group NAME       a column that makes groups; may be repeated. By default all short texts
  --tolerance X      how far the score of an anchor may be off, times max(1, |score|);
                     ${TOLERANCE} by default
  --alpha P          the chance that any test with a p alarms without drift, ${monitorDefaults.alpha} by default
  --cusum-k K        half the shift to find, in standard deviations, ${monitorDefaults.k} by default
  --run-length N     scores until CUSUM alarms without drift, on the mean, ${monitorDefaults.runLength} by default
  --window N         rows of a window in the trends, ${monitorDefaults.window} by default
  --quiet            no log on stderr
`;

const options = {
  reference: { type: "string" },
  run: { type: "string", multiple: true },
  output: { type: "string" },
  name: { type: "string" },
  merge: { type: "string", multiple: true },
  group: { type: "string", multiple: true },
  tolerance: { type: "string" },
  alpha: { type: "string" },
  "cusum-k": { type: "string" },
  "run-length": { type: "string" },
  window: { type: "string" },
  quiet: { type: "boolean" },
} as const;

const ALARM = 3;
/** Rows of a piece of the state: what a kill can make the next call read again. */
const PIECE = 500;

const WANTED = '{"id": …, "score": NUMBER, …}';

export const monitorCommand: Command = {
  summary: "whether the engine, the model or the traffic changed",
  help,
  options,
  async run(args, context) {
    const { values } = parse(args, options);
    const reference = required("--reference", values.reference);
    const output = required("--output", values.output);
    const { run: runs = [], merge = [] } = values;
    if (runs.length + merge.length === 0) throw new UsageError("--run is missing");
    if (values.name !== undefined && runs.length !== 1) {
      throw new UsageError("--name goes with one --run");
    }
    const settings: MonitorSettings = {
      ...(values.tolerance !== undefined && { tolerance: numberOf("tolerance", values.tolerance) }),
      alpha: shareOf("alpha", values.alpha ?? String(monitorDefaults.alpha)),
      k: numberOf("cusum-k", values["cusum-k"] ?? String(monitorDefaults.k)),
      runLength: numberOf("run-length", values["run-length"] ?? String(monitorDefaults.runLength)),
      window: wholeNumber("--window", values.window ?? String(monitorDefaults.window), 10),
    };
    const log = (line: string): void => {
      if (values.quiet !== true) context.log(line);
    };
    const files = filesOf(output);
    await mkdir(path.dirname(files.state), { recursive: true });
    const known = await readReference(reference, values.group);
    const monitor = new Monitor(known, settings);
    const lock = await lockOutput(files.state);
    let report: MonitorReport;
    try {
      await mergeStates(files.state, merge, log);
      for (const run of runs) {
        await takeRun({ file: run, ...values }, files.state, context, log);
      }
      const index = await indexState(files.state);
      if (index.damaged > 0) log(`${files.state}: ${index.damaged} cut lines are not used`);
      for await (const row of rowsOfState(index)) monitor.add(row);
      report = monitor.report();
      await writeWhole(files.json, `${JSON.stringify(report, null, 1)}\n`);
      const { parseHTML } = await import("linkedom");
      const { document } = parseHTML("<html><body></body></html>");
      await writeWhole(files.html, monitorHtml(report, document));
    } finally {
      await lock.release();
    }
    const { verdict, reason, tests } = report;
    context.print(jsonLine({ verdict, reason, tests }));
    log(`${reason}\nreport: ${files.html}`);
    return verdict === "none" ? 0 : ALARM;
  },
};

/** Returns the names of the files; an output that ends in .json names that file itself. */
function filesOf(output: string): Record<"json" | "html" | "state", string> {
  if (output.endsWith(".json")) {
    const base = output.slice(0, -".json".length);
    return { json: output, html: `${base}.html`, state: `${base}.state.jsonl` };
  }
  const name = (file: string): string => path.join(output, file);
  return { json: name("report.json"), html: name("report.html"), state: name("state.jsonl") };
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0 && text.trim() !== "") return value;
  throw new UsageError(`--${option} takes a number from 0; got ${text}`);
}

function shareOf(option: string, text: string): number {
  const value = numberOf(option, text);
  if (value > 0 && value < 1) return value;
  throw new UsageError(`--${option} takes a number between 0 and 1; got ${text}`);
}

async function readReference(
  file: string,
  groups: readonly string[] | undefined,
): Promise<MonitorReference> {
  const reference = new MonitorReference();
  for await (const { row } of monitorRows(file, groups)) reference.add(row);
  reference.check(file);
  return reference;
}

/** A row of a file, with its line. */
interface ReadRow {
  readonly row: MonitorRow;
  readonly line: string;
}

/**
 * Yields the rows of a file.
 * @param onCut takes what is wrong with the last line, which may not be written to its end yet;
 *   without it that is an error
 * @throws InputError that names the line
 */
async function* monitorRows(
  file: string,
  groups: readonly string[] | undefined,
  onCut?: (fault: InputError) => void,
): AsyncGenerator<ReadRow> {
  const wanted = groups === undefined ? undefined : new Set(groups);
  let fault: InputError | undefined;
  let number = 0;
  for await (const read of readLines(file)) {
    if (fault !== undefined) throw fault;
    number += 1;
    const { line } = read;
    if (read.fault !== undefined) {
      fault = read.fault;
      continue;
    }
    if (line.trim() === "") continue;
    const where = `${nameOf(file)}, line ${number}`;
    try {
      const row = readMonitorRow(parseRow(line, where, WANTED), where);
      yield { row: wanted === undefined ? row : withGroups(row, wanted), line };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      fault = error;
    }
  }
  if (fault === undefined) return;
  if (onCut === undefined || !/is not JSON/.test(fault.message)) throw fault;
  onCut(fault);
}

function withGroups(row: MonitorRow, wanted: ReadonlySet<string>): MonitorRow {
  const groups = Object.entries(row.groups).filter(([name]) => wanted.has(name));
  return { ...row, groups: Object.fromEntries(groups) };
}

interface TakenRun {
  readonly file: string;
  /** Columns of groups; all short texts if it is undefined. */
  readonly group?: readonly string[] | undefined;
  readonly name?: string | undefined;
}

/** Appends the rows of a run that the state does not have. */
async function takeRun(
  { file, group, name }: TakenRun,
  state: string,
  { signal }: Context,
  log: (line: string) => void,
): Promise<void> {
  const index = await indexState(state);
  const covered = coverage(index.pieces);
  const writer = await StateWriter.open(index);
  let source = "";
  let known: Covered = { rows: 0, last: "" };
  let number = 0;
  let pending: ReadRow[] = [];
  const flush = async (): Promise<void> => {
    const last = pending.at(-1);
    if (last === undefined) return;
    const rows = pending.map(({ row }) => row);
    pending = [];
    const time = rows.find((row) => row.time !== undefined)?.time;
    const piece = { source, from: number - rows.length, to: number, time };
    await writer.append(pieceLine({ ...piece, last: digestOfText(last.line) }, rows));
  };
  const onCut = (fault: InputError): void =>
    log(`${fault.message} It is the last line: the next call reads it.`);
  try {
    for await (const read of monitorRows(file, group, onCut)) {
      signal.throwIfAborted();
      if (number === 0) {
        // Two runs may begin with the same anchor: the line alone would not tell them apart.
        const place = [hostname(), path.resolve(file), read.line];
        source = name ?? digestOfText(JSON.stringify(place));
        known = covered.get(source) ?? known;
      }
      number += 1;
      if (number === known.rows && digestOfText(read.line) !== known.last) {
        const todo = "Rows may be added at the end only: give a --name to another run of this path";
        throw new InputError({ where: file, what: `row ${number} is not as it was read`, todo });
      }
      if (number <= known.rows) continue;
      pending.push(read);
      if (pending.length >= PIECE) await flush();
    }
    await flush();
  } finally {
    await writer.close();
  }
  if (number < known.rows) {
    const what = `has ${number} rows, and had ${known.rows}`;
    throw new InputError({ where: file, what, todo: "Give the whole run, or a new --name" });
  }
  const added = number - known.rows;
  log(`${file}: ${added} new rows${known.rows > 0 ? `, ${known.rows} known` : ""}`);
}

async function mergeStates(
  state: string,
  others: readonly string[],
  log: (line: string) => void,
): Promise<void> {
  for (const other of others) {
    const index = await indexState(state);
    const theirs = await indexState(other);
    if (theirs.pieces.length === 0) {
      const todo = "Name a state.jsonl that vl-reward monitor wrote";
      throw new InputError({ where: other, what: "has no rows of a monitor", todo });
    }
    const writer = await StateWriter.open(index);
    let taken = 0;
    try {
      for await (const line of missingLines(theirs, coverage(index.pieces))) {
        await writer.append(line);
        taken += 1;
      }
    } finally {
      await writer.close();
    }
    log(`${other}: ${taken} pieces taken over`);
  }
}
