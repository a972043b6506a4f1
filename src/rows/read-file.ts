/**
 * Reads whole files of rows: parquet, JSON lines, a JSON array, CSV or TSV.
 *
 *     files ─ tables ─ rows, each read or its error ─ warnings at the end
 */
import { InputError } from "../errors.ts";
import { readRow, UnusedFields, type ReadRow } from "./read-row.ts";
import { readTable, type NamedFile, type Table } from "./table-file.ts";

export interface RowsOfFiles {
  /** In the order of the files. A row that cannot be read is its error. */
  readonly rows: readonly (ReadRow | InputError)[];
  /** The files; `readPicture` reads the pictures inside them. */
  readonly tables: readonly Table[];
  /**
   * Columns that are not read, and pictures under unknown names: one line of each kind per file.
   */
  readonly warnings: readonly string[];
}

/**
 * Reads every row of the files.
 * @throws InputError if a file is none of the forms
 */
export async function readRows(files: readonly NamedFile[]): Promise<RowsOfFiles> {
  const tables = await Promise.all(files.map((file, i) => readTable(file, i)));
  const rows: (ReadRow | InputError)[] = [];
  const warnings: string[] = [];
  for (const [i, table] of tables.entries()) {
    const name = files[i]?.name ?? "";
    const unused = new UnusedFields();
    for (let index = 0; index < table.count; index++) {
      try {
        const row = readRow(await table.row(index), `${name}, row ${index + 1}`);
        unused.add(row);
        rows.push(row);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        rows.push(error);
      }
    }
    warnings.push(...unused.warnings(name));
  }
  return { rows, tables, warnings };
}
