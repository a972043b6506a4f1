// Tested by: test/demo/sessions.browser.test.ts
/**
 * Sessions of Score and Rank in the page's database: the question, what it scored, the table and
 * its scores, each written as it arises.
 */
import { committed, keysOf, openDatabase, resultOf } from "./database.ts";

export interface WorkRecord {
  readonly id: string;
  readonly kind: "work";
  readonly name: string;
  /** False as long as it is called by what it asks. */
  readonly isNamed: boolean;
  /** When it was last changed, ISO 8601. */
  readonly changed: string;
}

/** What a table's row became, by its number. */
export interface KeptResult {
  readonly number: number;
  readonly result: unknown;
}

/** A session with all that belongs to it. */
export interface WholeWork {
  readonly record: WorkRecord;
  /** By the name of the part of the page. */
  readonly parts: Readonly<Record<string, unknown>>;
  readonly results: readonly KeptResult[];
}

const STORES = ["sessions", "parts", "results"];

async function opened(): Promise<IDBDatabase> {
  const database = await openDatabase();
  if (database === undefined) throw new Error("the browser keeps no database for this page");
  return database;
}

/** Keeps parts of a session. @throws Error if the browser keeps nothing, or has no room */
export async function keepParts(
  record: WorkRecord,
  parts: Readonly<Record<string, unknown>>,
): Promise<void> {
  const transaction = (await opened()).transaction(["sessions", "parts"], "readwrite");
  transaction.objectStore("sessions").put(record);
  for (const [name, value] of Object.entries(parts)) {
    transaction.objectStore("parts").put({ session: record.id, name, value });
  }
  await committed(transaction);
}

/** Keeps what rows became. @throws Error as `keepParts` */
export async function keepResults(session: string, results: readonly KeptResult[]): Promise<void> {
  const transaction = (await opened()).transaction("results", "readwrite");
  for (const each of results) transaction.objectStore("results").put({ session, ...each });
  await committed(transaction);
}

/** Forgets rows' results: another table came, another model, or all. @throws Error */
export async function dropResults(session: string, numbers?: readonly number[]): Promise<void> {
  const transaction = (await opened()).transaction("results", "readwrite");
  const store = transaction.objectStore("results");
  if (numbers === undefined) store.delete(keysOf(session));
  else for (const number of numbers) store.delete([session, number]);
  await committed(transaction);
}

/** Returns the sessions, the last changed first. */
export async function listWork(): Promise<readonly WorkRecord[]> {
  const database = await openDatabase();
  if (database === undefined) return [];
  const store = database.transaction("sessions").objectStore("sessions");
  const all = await resultOf(store.index("changed").getAll() as IDBRequest<WorkRecord[]>);
  return all.filter(({ kind }) => kind === "work").toReversed();
}

/** Reads a session whole; undefined if it is not there. */
export async function readWork(id: string): Promise<WholeWork | undefined> {
  const database = await openDatabase();
  if (database === undefined) return undefined;
  const transaction = database.transaction(STORES);
  const all = <T>(store: string): Promise<T[]> =>
    resultOf(transaction.objectStore(store).getAll(keysOf(id)) as IDBRequest<T[]>);
  const [record, parts, results] = await Promise.all([
    resultOf(transaction.objectStore("sessions").get(id) as IDBRequest<WorkRecord | undefined>),
    all<{ readonly name: string; readonly value: unknown }>("parts"),
    all<KeptResult>("results"),
  ]);
  if (record?.kind !== "work") return undefined;
  const byName = Object.fromEntries(parts.map(({ name, value }) => [name, value]));
  return { record, parts: byName, results };
}

/** Writes a session whole: one that was imported, or deleted and wanted back. @throws Error */
export async function writeWork({ record, parts, results }: WholeWork): Promise<void> {
  const transaction = (await opened()).transaction(STORES, "readwrite");
  transaction.objectStore("sessions").put(record);
  for (const [name, value] of Object.entries(parts)) {
    transaction.objectStore("parts").put({ session: record.id, name, value });
  }
  for (const { number, result } of results) {
    transaction.objectStore("results").put({ session: record.id, number, result });
  }
  await committed(transaction);
}

/** Renames a session. @throws Error */
export async function renameWork(record: WorkRecord): Promise<void> {
  const transaction = (await opened()).transaction("sessions", "readwrite");
  transaction.objectStore("sessions").put(record);
  await committed(transaction);
}

/** Removes a session with all that belongs to it. @throws Error */
export async function removeWork(id: string): Promise<void> {
  const transaction = (await opened()).transaction(STORES, "readwrite");
  transaction.objectStore("sessions").delete(id);
  for (const store of ["parts", "results"]) transaction.objectStore(store).delete(keysOf(id));
  await committed(transaction);
}
