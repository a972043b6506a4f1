/** CSV by RFC 4180. */

/** Writes lines of fields. */
export function csvLines(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(csvField).join(",")}\r\n`).join("");
}

function csvField(value: string | number): string {
  const text = String(value);
  // Spreadsheets compute what begins like a formula; a quote before it keeps it a text.
  const isFormula = typeof value === "string" && /^[=+\-@\t\r]/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
