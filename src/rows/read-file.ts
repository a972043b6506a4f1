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

export interface ReadRowsOptions {
  /** Called after each row, and awaited: a page draws and hears keys meanwhile. */
  readonly onRow?: ((done: number, total: number) => void | Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads every row of the files.
 * @throws InputError if a file is none of the forms, the reason of the signal
 */
export async function readRows(
  files: readonly NamedFile[],
  { onRow, signal }: ReadRowsOptions = {},
): Promise<RowsOfFiles> {
  const tables = await Promise.all(files.map((file, i) => readTable(file, i)));
  const rows: (ReadRow | InputError)[] = [];
  const warnings: string[] = [];
  const total = tables.reduce((sum, { count }) => sum + count, 0);
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
      if (onRow !== undefined) await onRow(rows.length, total);
      signal?.throwIfAborted();
    }
    warnings.push(...unused.warnings(name));
  }
  return { rows, tables, warnings };
}
