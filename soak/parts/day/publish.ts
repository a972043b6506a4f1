/** Puts the table of a day into a document, between two marks. */

import { readFileSync } from "node:fs";
import { UsageError } from "../../../tools/options.ts";
import { publishTable } from "../publish.ts";

/** Puts the day's table into a document. */
export function publishDay(tableFile: string, document: string): void {
  let table: string;
  try {
    table = readFileSync(tableFile, "utf8").trim();
  } catch {
    throw new UsageError(`--publish: there is no ${tableFile}. Give its STEM by --output`);
  }
  publishTable(document, "day", "A day of mixed work", table);
}
