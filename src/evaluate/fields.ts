/**
 * Reads the fields of a benchmark's row, and says which row is wrong where one is.
 */

import { InputError } from "../errors.ts";
import type { EmbeddedPicture, PictureReference } from "./rows.ts";
import type { Table, TableRow } from "./table-file.ts";

/** A row where it stands. */
export interface Place {
  readonly table: Table;
  readonly file: number;
  readonly index: number;
  readonly row: TableRow;
  /** The file's name and the row's number. */
  readonly where: string;
}

/** A text. @throws InputError where there is none */
export function text({ row, where }: Place, field: string): string {
  const value = row[field];
  if (typeof value === "string") return value;
  throw wrong(where, field, value, "a text");
}

/** A text or undefined. */
export function optionalText({ row }: Place, field: string): string | undefined {
  const value = row[field];
  return typeof value === "string" ? value : undefined;
}

/** An id: a text or a number. @throws InputError where there is none */
export function identifier({ row, where }: Place, field: string): string {
  const value = row[field];
  if (typeof value === "string") return value;
  // Parquet's 64-bit numbers come as BigInt.
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  throw wrong(where, field, value, "a text or a number");
}

/** @throws InputError where it is no list of texts */
export function texts({ row, where }: Place, field: string): readonly string[] {
  const value = row[field];
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string")) {
    return value;
  }
  throw wrong(where, field, value, "a list of texts");
}

/** @throws InputError where it is no list of numbers */
export function numbers({ row, where }: Place, field: string): readonly number[] {
  const value = row[field];
  const all: unknown[] = ArrayBuffer.isView(value)
    ? Array.from(value as unknown as ArrayLike<unknown>)
    : Array.isArray(value)
      ? value
      : [];
  const whole = all.map((one) => (typeof one === "bigint" ? Number(one) : one));
  if (whole.length > 0 && whole.every((one) => typeof one === "number")) return whole;
  throw wrong(where, field, value, "a list of numbers");
}

/** The pictures of a row: embedded ones, or paths and URLs under any of the names. */
export async function pictures(
  place: Place,
  names: readonly string[],
): Promise<PictureReference[]> {
  const { table, file, index, row } = place;
  for (const column of names) {
    if (table.pictureColumns.includes(column)) {
      // Every published file has one picture a row; only lists are looked into for their number.
      const count = column.endsWith("s") ? (await table.pictures(index, column)).length : 1;
      return Array.from({ length: count }, (_, i): EmbeddedPicture => ({
        file,
        row: index,
        column,
        index: i,
      }));
    }
    const value = row[column];
    if (typeof value === "string" && value !== "") return [value];
    if (Array.isArray(value)) return value.filter((one) => typeof one === "string");
  }
  return [];
}

export function wrong(where: string, field: string, value: unknown, wanted: string): InputError {
  const got = value === undefined || value === null ? "nothing" : JSON.stringify(value, plain);
  const todo = "Check that --benchmark names the benchmark of this file";
  return new InputError({
    where,
    what: `field ${field}`,
    got: got.slice(0, 120),
    expected: wanted,
    todo,
  });
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
