// Tested by: test/rows/read-file.test.ts
/** Reads CSV and TSV: RFC 4180, the first line has the names. */
import { InputError } from "../errors.ts";
import type { TableRow } from "./fields.ts";

/**
 * Returns the rows, each value as text; empty cells are left out. A row of another number of cells
 * is its error.
 * @throws InputError for a quote that is not closed
 */
export function readCsv(name: string, text: string): (TableRow | InputError)[] {
  const delimiter = /\.tsv$/i.test(name) ? "\t" : ",";
  const [names = [], ...rows] = readCells(name, text.replace(/^\ufeff/, ""), delimiter);
  return rows.map((cells, i) => {
    if (cells.length === names.length) {
      const pairs = names.map((column, k) => [column, cells[k]] as const);
      return Object.fromEntries(pairs.filter(([, value]) => value !== ""));
    }
    return new InputError({
      where: `${name}, row ${i + 1}`,
      what: "cells",
      expected: names.length,
      got: cells.length,
      todo: "Put texts that hold the delimiter or a newline in double quotes",
    });
  });
}

function readCells(name: string, text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell: string;
    if (text[at] === '"') {
      let end = text.indexOf('"', at + 1);
      while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
      if (end < 0) {
        throw new InputError({
          where: `${name}, row ${rows.length}`,
          what: "a quote is not closed",
        });
      }
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    } else {
      const end = /[\r\n]/.exec(text.slice(at, nextOf(text, delimiter, at)));
      const stop = end === null ? nextOf(text, delimiter, at) : at + end.index;
      cell = text.slice(at, stop);
      at = stop;
    }
    row.push(cell);
    if (text[at] === delimiter) {
      at += 1;
      if (at === text.length) row.push("");
      continue;
    }
    if (text[at] === "\r") at += 1;
    if (text[at] === "\n") at += 1;
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

function nextOf(text: string, delimiter: string, begin: number): number {
  const at = text.indexOf(delimiter, begin);
  return at < 0 ? text.length : at;
}
