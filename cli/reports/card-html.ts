// Tested by: test/cli/commands/card.browser.test.ts
/** A judge's card as a page. */
import { againLines, cardTables, cardTitle, type Card } from "../../src/audit/card.ts";
import { auditSections } from "./audit-html.ts";
import { escape, page, section, soft, table } from "./html.ts";

/** Returns the card as a page. */
export function cardHtml(card: Card, document: Document): string {
  const [good, ...files] = cardTables(card).map(({ title, columns, rows, below }) =>
    section(title, [
      table(
        columns,
        rows.map((values) => ({ isOwn: false, values })),
      ),
      ...(below === undefined ? [] : [soft(below)]),
    ]),
  );
  const about = (card.about ?? "")
    .split(/\n\s*\n/)
    .flatMap((text) => (text.trim() === "" ? [] : [`<p>${escape(text.trim())}</p>`]));
  return page(cardTitle(card), [
    `<h1>${escape(cardTitle(card))}</h1>`,
    ...about,
    good ?? "",
    ...auditSections(card.audit, document),
    section(
      "To make it again",
      againLines(card).map((line) => `<p>${escape(line)}</p>`),
    ),
    ...files,
  ]);
}
