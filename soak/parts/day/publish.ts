/** Puts the table of a day into a document, between two marks. */

import { readFileSync, writeFileSync } from "node:fs";
import { UsageError } from "../../../tools/options.ts";

const BEGIN = "<!-- npm run soak -- day: begin -->";
const END = "<!-- npm run soak -- day: end -->";

/** Replaces what is between the marks by the table; adds both at the end if they are missing. */
export function publishDay(tableFile: string, document: string): void {
  let table: string;
  try {
    table = readFileSync(tableFile, "utf8").trim();
  } catch {
    throw new UsageError(`--publish: there is no ${tableFile}. Give its STEM by --output`);
  }
  const text = readFileSync(document, "utf8");
  const block = `${BEGIN}\n\n${table}\n\n${END}`;
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  const isThere = begin >= 0 && end > begin;
  writeFileSync(
    document,
    isThere
      ? text.slice(0, begin) + block + text.slice(end + END.length)
      : `${text.trimEnd()}\n\n## A day of mixed work\n\n${block}\n`,
  );
}
