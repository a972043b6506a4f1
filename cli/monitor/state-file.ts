// Tested by: test/cli/commands/monitor.test.ts
/**
 * The state of a monitor: one file that is only ever appended to.
 *
 *   {"source", "from", "to", "last", "time", "rows": [[id, score, …], …], "check"}
 *
 * Each line is a piece of a run: its rows `from` to `to`. `source` is the run's name, or a hash of
 * its machine, its path and its first row. A line that a kill cut is not used, and its rows are
 * read again; pieces that cover the same rows count once. So the files of several machines can be
 * joined in any way: by `--merge`, or by `cat`.
 */
import { createReadStream } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { isObject } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import type { MonitorRow } from "../../src/monitor/row.ts";
import { digestOfText } from "../../src/score/journal.ts";
import { unwritable } from "../output/output-file.ts";

/** A piece of a run, without its rows. */
export interface Piece {
  readonly source: string;
  readonly from: number;
  readonly to: number;
  /** The hash of the run's line that the last of its rows came from. */
  readonly last: string;
  /** Of its first row that has one. */
  readonly time: number | undefined;
}

/** Where a piece is in a file. */
interface PlacedPiece extends Piece {
  readonly offset: number;
  readonly length: number;
}

export interface StateIndex {
  readonly file: string;
  readonly pieces: readonly PlacedPiece[];
  /** Lines that were cut or changed. */
  readonly damaged: number;
  /** False if the last line was cut: the next one must begin with a line feed. */
  readonly endsWhole: boolean;
}

/** Returns the line of a piece. */
export function pieceLine(piece: Piece, rows: readonly MonitorRow[]): string {
  const text = JSON.stringify({ ...piece, rows: rows.map(toCells) });
  return `${text.slice(0, -1)},"check":"${digestOfText(text)}"}\n`;
}

type Cells = readonly unknown[];

function toCells(row: MonitorRow): Cells {
  const { id, score, time, tokens, pictures, pixels, isOutside, isRight, chance } = row;
  const { isAnchor, digest, model, engine, groups } = row;
  const cells = [id, score, time, tokens, pictures, pixels, isOutside, isRight, chance, groups];
  // Only anchors need these: they would be most of the file.
  return isAnchor || digest !== undefined || model !== undefined || engine !== undefined
    ? [...cells, isAnchor, digest, model, engine]
    : cells;
}

function fromCells(cells: Cells): MonitorRow {
  const number = (i: number): number | undefined =>
    typeof cells[i] === "number" ? cells[i] : undefined;
  const truth = (i: number): boolean | undefined =>
    typeof cells[i] === "boolean" ? cells[i] : undefined;
  const text = (i: number): string | undefined =>
    typeof cells[i] === "string" ? cells[i] : undefined;
  const groups = isObject(cells[9]) ? Object.entries(cells[9]) : [];
  return {
    id: String(cells[0]),
    score: number(1) ?? NaN,
    time: number(2),
    tokens: number(3),
    pictures: number(4),
    pixels: number(5),
    isOutside: truth(6),
    isRight: truth(7),
    chance: number(8),
    groups: Object.fromEntries(groups.map(([name, value]) => [name, String(value)])),
    isAnchor: truth(10) ?? false,
    digest: text(11),
    model: text(12),
    engine: text(13),
  };
}

/** Returns where the pieces of a file are; none if there is no such file. */
export async function indexState(file: string): Promise<StateIndex> {
  const pieces: PlacedPiece[] = [];
  let damaged = 0;
  let offset = 0;
  let rest: Buffer[] = [];
  const stats = await stat(file).catch(() => undefined);
  if (stats === undefined) return { file, pieces, damaged, endsWhole: true };
  const take = (line: string, length: number): void => {
    if (line !== "") {
      const read = readPiece(line);
      if (read === undefined) damaged += 1;
      else pieces.push({ ...read.piece, offset, length });
    }
    offset += length + 1;
  };
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let begin = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, begin)) {
      const bytes = Buffer.concat([...rest, chunk.subarray(begin, end)]);
      rest = [];
      take(bytes.toString("utf8"), bytes.length);
      begin = end + 1;
    }
    if (begin < chunk.length) rest.push(chunk.subarray(begin));
  }
  if (rest.length > 0) damaged += 1;
  return { file, pieces, damaged, endsWhole: rest.length === 0 };
}

function readPiece(
  line: string,
): { readonly piece: Piece; readonly rows: readonly Cells[] } | undefined {
  const [, text = "", check] = /^(.*),"check":"([0-9a-f]+)"\}$/s.exec(line) ?? [];
  if (check === undefined || digestOfText(`${text}}`) !== check) return undefined;
  const value: unknown = JSON.parse(`${text}}`);
  if (!isObject(value)) return undefined;
  const { source, from, to, last, time, rows } = value;
  const isWhole =
    typeof source === "string" &&
    typeof from === "number" &&
    typeof to === "number" &&
    typeof last === "string" &&
    Array.isArray(rows) &&
    rows.length === to - from;
  if (!isWhole) return undefined;
  const begun = typeof time === "number" ? time : undefined;
  return { piece: { source, from, to, last, time: begun }, rows: rows as Cells[] };
}

/** What of a run is in the state: how many of its first rows, and the hash of the last one. */
export interface Covered {
  readonly rows: number;
  readonly last: string;
}

/** Returns how far each run is covered, without gaps from its beginning. */
export function coverage(pieces: readonly Piece[]): Map<string, Covered> {
  const covered = new Map<string, Covered>();
  for (const { source, from, to, last } of inOrder(pieces)) {
    // A piece after a gap does not count: the rows between would be lost.
    const before = covered.get(source)?.rows ?? 0;
    if (from <= before && to > before) covered.set(source, { rows: to, last });
  }
  return covered;
}

/** Returns the pieces of each run together and in order. */
function inOrder<P extends Piece>(pieces: readonly P[]): P[] {
  return pieces.toSorted((a, b) =>
    a.source === b.source ? a.from - b.from : a.source < b.source ? -1 : 1,
  );
}

/** Appends lines to a file, whole ones. */
export class StateWriter {
  readonly #handle: FileHandle;
  readonly #file: string;

  private constructor(handle: FileHandle, file: string) {
    this.#handle = handle;
    this.#file = file;
  }

  /** @throws InputError if the file cannot be written */
  static async open({ file, endsWhole }: StateIndex): Promise<StateWriter> {
    try {
      const handle = await open(file, "a");
      const writer = new StateWriter(handle, file);
      if (!endsWhole) await writer.append("\n");
      return writer;
    } catch (cause) {
      return unwritable(file, cause);
    }
  }

  async append(lines: string): Promise<void> {
    await this.#handle.appendFile(lines).catch((cause: unknown) => unwritable(this.#file, cause));
  }

  async close(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
  }
}

/**
 * Yields all rows once, pieces in the order of their times: those of several runs are mixed as they
 * happened.
 * @throws InputError if the file was changed since it was indexed
 */
export async function* rowsOfState({ file, pieces }: StateIndex): AsyncGenerator<MonitorRow> {
  const taken: { readonly piece: PlacedPiece; readonly skip: number }[] = [];
  const covered = new Map<string, number>();
  for (const piece of inOrder(pieces)) {
    const before = covered.get(piece.source) ?? 0;
    if (piece.to <= before) continue;
    taken.push({ piece, skip: Math.max(0, before - piece.from) });
    covered.set(piece.source, piece.to);
  }
  if (taken.length === 0) return;
  const handle = await open(file);
  try {
    for (const { piece, skip } of taken.toSorted((a, b) => timeOf(a.piece) - timeOf(b.piece))) {
      const bytes = Buffer.alloc(piece.length);
      await handle.read(bytes, 0, piece.length, piece.offset);
      const read = readPiece(bytes.toString("utf8"));
      if (read === undefined) {
        throw new InputError({ where: file, what: "was changed while it was read" });
      }
      for (const cells of read.rows.slice(skip)) yield fromCells(cells);
    }
  } finally {
    await handle.close();
  }
}

function timeOf({ time }: Piece): number {
  return time ?? 0;
}

/** Yields the lines of the pieces of another state that this one does not cover. */
export async function* missingLines(
  other: StateIndex,
  covered: ReadonlyMap<string, Covered>,
): AsyncGenerator<string> {
  const missing = other.pieces.filter(({ source, to }) => to > (covered.get(source)?.rows ?? 0));
  if (missing.length === 0) return;
  const handle = await open(other.file);
  try {
    for (const { offset, length } of missing) {
      const bytes = Buffer.alloc(length);
      await handle.read(bytes, 0, length, offset);
      yield `${bytes.toString("utf8")}\n`;
    }
  } finally {
    await handle.close();
  }
}
