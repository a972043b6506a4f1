/** Puts a run's table into a document, between marks that name the run. */

import { readFileSync, writeFileSync } from "node:fs";

/**
 * Replaces what is between the marks by the table; adds both at the end if they are missing.
 * @param run the command's name, such as `day`
 * @param title the heading if they are added
 */
export function publishTable(document: string, run: string, title: string, table: string): void {
  const mark = (edge: "begin" | "end"): string => `<!-- npm run soak -- ${run}: ${edge} -->`;
  const [first, last] = [mark("begin"), mark("end")];
  const text = readFileSync(document, "utf8");
  const block = `${first}\n\n${table}\n\n${last}`;
  const [begin, end] = [text.indexOf(first), text.indexOf(last)];
  const isThere = begin >= 0 && end > begin;
  writeFileSync(
    document,
    isThere
      ? text.slice(0, begin) + block + text.slice(end + last.length)
      : `${text.trimEnd()}\n\n## ${title}\n\n${block}\n`,
  );
}
