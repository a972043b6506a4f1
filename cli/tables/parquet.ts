/**
 * Reads the rows of parquet files.
 *
 * Texts are read with the file. Pictures stay in the file until they are needed, and are read a row
 * group at a time; until then a row holds an `EmbeddedPicture` for each.
 */

import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type FileMetaData,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { isObject } from "../../src/base/json.ts";
import { InputError, RewardError } from "../../src/errors.ts";
import { EmbeddedPicture } from "../../src/rows/embedded-picture.ts";
import type { TableRow } from "../../src/rows/fields.ts";
import { isPictureName } from "../../src/rows/media.ts";
import { notATable, type NamedFile, type Picture, type Table } from "../../src/rows/table-file.ts";
import { isPictureFile } from "../../src/text/template/parts.ts";

/** What a parquet column holds, as far as its schema says. */
type ColumnKind = "picture" | "bytes" | "other";
type SchemaTree = ReturnType<typeof parquetSchema>;

/**
 * Reads a parquet file.
 * @param file its number among the files of a call, for the pictures inside it
 * @throws InputError if it is damaged
 */
export async function readParquet(named: NamedFile, file: number): Promise<Table> {
  const table = await readable(named.name, () => openParquet(named, file));
  return {
    ...table,
    row: (index) => readable(named.name, () => table.row(index)),
    pictures: (row, column) => readable(named.name, () => table.pictures(row, column)),
  };
}

/** The library throws errors of many kinds for a file that is damaged. */
async function readable<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof RewardError) throw cause;
    throw notATable(name, `is damaged parquet (${String(cause).slice(0, 200)})`, cause);
  }
}

async function openParquet({ name, bytes }: NamedFile, file: number): Promise<Table> {
  const metadata = await parquetMetadataAsync(bytes);
  // utf8: false keeps a picture's bytes; columns that say they are text are decoded all the same.
  const common = { file: bytes, metadata, compressors, utf8: false };
  const read = async (columns: string[], rowStart?: number, rowEnd?: number): Promise<TableRow[]> =>
    (await parquetReadObjects({
      ...common,
      columns,
      ...(rowStart === undefined || rowEnd === undefined ? {} : { rowStart, rowEnd }),
    })) as TableRow[];
  const pictureColumns: { name: string; isList: boolean }[] = [];
  const others: string[] = [];
  for (const column of parquetSchema(metadata).children) {
    const own = column.element.name;
    const { kind, isList } = kindOfColumn(column);
    const isBytes = kind === "bytes" && (isPictureName(own) || (await holdsPictures(read, own)));
    if (kind === "picture" || isBytes) pictureColumns.push({ name: own, isList });
    else others.push(own);
  }
  const rows = await read(others);
  const count = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  const held = new Map<string, { readonly begin: number; readonly rows: TableRow[] }>();
  const pictures = async (row: number, column: string): Promise<readonly Picture[]> => {
    const [begin, end] = groupOf(metadata, row);
    let group = held.get(column);
    if (group?.begin !== begin) {
      group = { begin, rows: await read([column], begin, end) };
      held.set(column, group);
    }
    return picturesIn(
      group.rows[row - begin]?.[column],
      `${name}, row ${row + 1}, field ${column}`,
    );
  };
  return {
    count,
    pictures,
    async row(index) {
      const row: Record<string, unknown> = { ...(toPlain(rows[index] ?? {}) as TableRow) };
      for (const { name: column, isList } of pictureColumns) {
        const isFull = !isList && hasNoNulls(metadata, column, index);
        const own = isFull ? 1 : (await pictures(index, column)).length;
        const list = Array.from(
          { length: own },
          (_, i) => new EmbeddedPicture(file, index, column, i),
        );
        row[column] = isList ? list : list[0];
      }
      return row;
    },
  };
}

function kindOfColumn(column: SchemaTree): { kind: ColumnKind; isList: boolean } {
  const { element, children } = column;
  const isList = element.converted_type === "LIST" || element.logical_type?.type === "LIST";
  const inner = isList ? children[0]?.children[0] : undefined;
  if (inner !== undefined) return { kind: kindOfColumn(inner).kind, isList: true };
  const isText = element.converted_type !== undefined || element.logical_type !== undefined;
  if (children.length === 0) {
    return { kind: element.type === "BYTE_ARRAY" && !isText ? "bytes" : "other", isList: false };
  }
  const names = children.map((child) => child.element.name);
  const file = children.find((child) => child.element.name === "bytes");
  const isFile =
    file?.element.type === "BYTE_ARRAY" && names.every((one) => /^(bytes|path)$/.test(one));
  return { kind: isFile ? "picture" : "other", isList: false };
}

/** Returns whether a column of bytes begins with a picture, from its first rows. */
async function holdsPictures(
  read: (columns: string[], rowStart: number, rowEnd: number) => Promise<TableRow[]>,
  column: string,
): Promise<boolean> {
  const rows = await read([column], 0, 16);
  const values = rows
    .flatMap((row) => row[column] ?? [])
    .filter((one) => one instanceof Uint8Array);
  return values.length > 0 && values.every(isPictureFile);
}

/**
 * Returns whether the file says that each row of the group has a picture: then no row must be read
 * to know.
 */
function hasNoNulls(metadata: FileMetaData, column: string, row: number): boolean {
  let begin = 0;
  for (const group of metadata.row_groups) {
    begin += Number(group.num_rows);
    if (row >= begin) continue;
    return group.columns.some(({ meta_data: own }) => {
      const path = own?.path_in_schema ?? [];
      const isBytes = path.length === 1 || path[1] === "bytes";
      return path[0] === column && isBytes && own?.statistics?.null_count === 0n;
    });
  }
  return false;
}

/** Returns the rows of the row group that a row is in. */
function groupOf({ row_groups }: FileMetaData, row: number): readonly [number, number] {
  let begin = 0;
  for (const { num_rows } of row_groups) {
    const end = begin + Number(num_rows);
    if (row < end) return [begin, end];
    begin = end;
  }
  return [begin, begin];
}

/**
 * Reads what the `Image` feature of `datasets` holds: bytes or a path.
 * @throws InputError
 */
function picturesIn(value: unknown, where: string): Picture[] {
  if (value === null || value === undefined || value === "") return [];
  if (Array.isArray(value)) return value.flatMap((one) => picturesIn(one, where));
  if (typeof value === "string") return [value];
  if (value instanceof Uint8Array) return value.length === 0 ? [] : [pictureOrPath(value, where)];
  if (isObject(value)) {
    const { bytes, path } = value;
    if (bytes instanceof Uint8Array && bytes.length > 0) return [bytes];
    return picturesIn(path, where);
  }
  throw new InputError({ where, expected: "a picture", got: typeof value });
}

/** Returns a picture, or a path that is stored as bytes without a text type. */
function pictureOrPath(bytes: Uint8Array, where: string): Picture {
  if (isPictureFile(bytes)) return bytes;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (bytes.length < 2048 && !/\p{Cc}/u.test(text)) return text;
  } catch {
    // It is not text either.
  }
  const got = `${bytes.length.toLocaleString("en-US")} bytes`;
  throw new InputError({ where, expected: "a picture file, or a path", got });
}

/** Converts values: whole numbers of 64 bits come as BigInt, and texts without a type as bytes. */
function toPlain(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (value instanceof Uint8Array) return isPictureFile(value) ? value : textOrBytes(value);
  if (Array.isArray(value)) return value.map(toPlain);
  if (!isObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, toPlain(one)]));
}

function textOrBytes(bytes: Uint8Array): unknown {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return bytes;
  }
}
