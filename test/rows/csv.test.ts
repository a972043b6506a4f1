/** CSV and TSV by RFC 4180. */
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { readCsv } from "../../src/rows/csv.ts";

test.each<[string, string, string, Record<string, string>[]]>([
  [
    "plain",
    "t.csv",
    "a,b\n1,2\n3,4\n",
    [
      { a: "1", b: "2" },
      { a: "3", b: "4" },
    ],
  ],
  [
    "a byte order mark, CRLF, no newline at the end",
    "t.csv",
    "\ufeffa,b\r\n1,2",
    [{ a: "1", b: "2" }],
  ],
  [
    "quotes: delimiter, newline, doubled quote",
    "t.csv",
    'a,b\n"1,\n2","say ""x"""\n',
    [{ a: "1,\n2", b: 'say "x"' }],
  ],
  ["an empty cell is left out", "t.csv", "a,b\n,2\n", [{ b: "2" }]],
  ["an empty cell at the end", "t.csv", "a,b\n1,\n", [{ a: "1" }]],
  ["tabs in TSV; commas are text", "t.tsv", "a\tb\n1,5\t2\n", [{ a: "1,5", b: "2" }]],
])("readCsv: %s → its rows", (_, name, text, rows) => {
  expect(readCsv(name, text)).toEqual(rows);
});

test("readCsv: a row of three cells under two names → its error, and the rows beside it", () => {
  const [first, wrong, last] = readCsv("t.csv", "a,b\n1,2\n1,2,3\n4,5\n");
  expect([first, last]).toEqual([
    { a: "1", b: "2" },
    { a: "4", b: "5" },
  ]);
  expect(wrong).toBeInstanceOf(InputError);
  expect((wrong as InputError).message).toMatch(/t\.csv, row 2.*2.*3/s);
});

test("readCsv: a quote that is not closed → refused by its place", () => {
  expect(() => readCsv("t.csv", 'a,b\n1,"2\n')).toThrow(/t\.csv, row 1.*quote/s);
});
