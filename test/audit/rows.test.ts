import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const TABLE = readFileSync(new URL("README.md", import.meta.url), "utf8");
const ROW = /^\| (?<row>.+?) +\| `(?<file>test\/[^`]+)` +\| (?<words>.*?) *\|$/gm;

test("audit: each row that names a test → that file has it", () => {
  const rows = [...TABLE.matchAll(ROW)].map(({ groups }) => groups ?? {});
  // As many rows as the audit broke: a row without a test does not fit the pattern.
  expect(rows).toHaveLength(85);
  const absent = rows.filter(({ file = "", words = "" }) => {
    return !readFileSync(file, "utf8").includes(words);
  });
  expect(absent).toEqual([]);
});
