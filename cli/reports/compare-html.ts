// Tested by: test/cli/commands/compare-models.test.ts
/** The page of a comparison of two judges. */
import { compareLines, compareTables, judgeName } from "../../src/audit/compare-markdown.ts";
import type { CompareReport } from "../../src/audit/compare.ts";
import { escape, page, section, soft, table } from "./html.ts";

/** Returns the report as a page. */
export function compareHtml(report: CompareReport): string {
  const title = `${judgeName(report.a)} and ${judgeName(report.b)}`;
  return page(title, [
    `<h1>${escape(title)}</h1>`,
    section(
      "In short",
      compareLines(report).map((line) => `<p>${escape(line)}</p>`),
    ),
    ...compareTables(report).map(({ title: name, columns, rows, below }) =>
      section(name, [
        table(
          columns,
          rows.map((values) => ({ isOwn: false, values })),
        ),
        ...(below === undefined ? [] : [soft(below)]),
      ]),
    ),
  ]);
}
