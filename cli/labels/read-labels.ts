// Tested by: test/cli/labels/labels.browser.test.ts
/** Reads files of labels, JSON lines, whole. */

import { InputError } from "../../src/errors.ts";
import { readLabel, type Label } from "../../src/label/labels.ts";
import { UnusedFields } from "../../src/rows/read-row.ts";
import { nameOf, parseRow, readLines } from "../batch/jsonl.ts";

const WANTED = '{"id": …, "messages": […], "responses": [TEXT, TEXT], "label": "a", …}';

export interface LabelFile {
  readonly labels: readonly Label[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly warnings: readonly string[];
}

/**
 * Reads the labels of one or several files.
 * @throws InputError naming the line that is wrong, or if there are none
 */
export async function readLabels(files: readonly string[]): Promise<LabelFile> {
  const labels: Label[] = [];
  const rows: Readonly<Record<string, unknown>>[] = [];
  const warnings: string[] = [];
  for (const file of files) {
    const unused = new UnusedFields();
    let number = 0;
    for await (const { line, fault } of readLines(file)) {
      number += 1;
      if (fault !== undefined) throw fault;
      if (line.trim() === "") continue;
      const where = `${nameOf(file)}, line ${number}`;
      const row = parseRow(line, where, WANTED);
      labels.push(readLabel(row, where, unused));
      rows.push(row);
    }
    warnings.push(...unused.warnings(file));
  }
  if (labels.length > 0) return { labels, rows, warnings };
  const todo = `Write one line for each: ${WANTED}`;
  throw new InputError({ where: files.join(", "), expected: "labels", got: "none", todo });
}
