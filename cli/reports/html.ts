// Tested by: test/cli/commands/eval.test.ts
/**
 * The parts of a report's page: one file, nothing fetched, no script needed.
 *
 * **Trap** Ids, prompts and responses come from files: every text goes through `escape`.
 */
import { reportStyle } from "./report-style.ts";

export interface Row {
  readonly isOwn: boolean;
  readonly values: readonly string[];
}

export function table(columns: readonly string[], rows: readonly Row[]): string {
  const head = columns.map((column) => `<th>${escape(column)}</th>`).join("");
  const body = rows.map(({ isOwn, values }) => {
    const cells = values.map((value) => `<td>${escape(value)}</td>`).join("");
    return `<tr${isOwn ? ' class="own"' : ""}>${cells}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}

export function section(title: string, parts: readonly string[]): string {
  return `<section><h2>${escape(title)}</h2>${parts.join("")}</section>`;
}

export function figure(svg: string): string {
  return `<figure>${svg}</figure>`;
}

export function soft(line: string): string {
  return `<p class="soft">${escape(line)}</p>`;
}

export function page(title: string, parts: readonly string[]): string {
  const viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">';
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8">${viewport}<title>${escape(title)}</title><style>${reportStyle}</style></head>
<body>
${parts.join("\n")}
</body>
</html>
`;
}

export function escape(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replaceAll(/[&<>"]/g, (mark) => names[mark] ?? "");
}
