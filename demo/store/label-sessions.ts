// Tested by: test/demo/label.browser.test.ts
/** Sessions of labelling in the page's database: written as votes come, read after a crash. */
import type { LabelPair } from "../../src/label/label-rows.ts";
import type { Task } from "../../src/label/order.ts";
import type { Vote } from "../../src/label/session.ts";
import { committed, keysOf, openDatabase, resultOf } from "./database.ts";

/** What is written of the pair that is shown, before the vote. */
export interface VoteDraft {
  readonly isFlagged: boolean;
  readonly note: string;
}

export interface SessionRecord {
  readonly id: string;
  readonly kind: "label";
  /** Where the pairs came from. */
  readonly title: string;
  readonly rater: string;
  readonly seed: number;
  readonly pairCount: number;
  readonly plan: readonly Task[];
  readonly draft: VoteDraft;
  /** When it was last changed, ISO 8601. */
  readonly changed: string;
}

/** A pair with its pictures in the messages, and how its pictures are called. */
export interface KeptPair extends LabelPair {
  readonly pictureNames: readonly string[];
}

/** What one judge said of a pair. */
export interface KeptState {
  readonly number: number;
  readonly scores: readonly [number, number];
  /** State of a minus state of b. */
  readonly difference: Float32Array;
}

/** A vote with the task that it answers. */
export interface KeptVote extends Vote {
  readonly task: Task;
}

export interface KeptSession {
  readonly record: SessionRecord;
  readonly pairs: readonly KeptPair[];
  readonly votes: readonly KeptVote[];
}

/** Keeps a new session. Returns false if the browser keeps nothing for this page. */
export async function keepSession(
  record: SessionRecord,
  pairs: readonly KeptPair[],
): Promise<boolean> {
  const database = await openDatabase();
  if (database === undefined) return false;
  const transaction = database.transaction(["sessions", "pairs"], "readwrite");
  transaction.objectStore("sessions").put(record);
  const store = transaction.objectStore("pairs");
  for (const [number, pair] of pairs.entries()) store.put({ session: record.id, number, ...pair });
  await committed(transaction);
  return true;
}

/** Returns the sessions, the last changed first. */
export async function listSessions(): Promise<readonly (SessionRecord & { votes: number })[]> {
  const database = await openDatabase();
  if (database === undefined) return [];
  const transaction = database.transaction(["sessions", "votes"]);
  const records = await resultOf(
    transaction.objectStore("sessions").index("changed").getAll() as IDBRequest<SessionRecord[]>,
  );
  const own = records.filter(({ kind }) => kind === "label").toReversed();
  const votes = transaction.objectStore("votes");
  return await Promise.all(
    own.map(async (record) => ({
      ...record,
      votes: await resultOf(votes.count(keysOf(record.id))),
    })),
  );
}

/** Reads a session whole; undefined if it is not there. */
export async function readSession(id: string): Promise<KeptSession | undefined> {
  const database = await openDatabase();
  if (database === undefined) return undefined;
  const transaction = database.transaction(["sessions", "pairs", "votes"]);
  const all = <T>(store: string): Promise<T[]> =>
    resultOf(transaction.objectStore(store).getAll(keysOf(id)) as IDBRequest<T[]>);
  const [record, pairs, votes] = await Promise.all([
    resultOf(transaction.objectStore("sessions").get(id) as IDBRequest<SessionRecord | undefined>),
    all<KeptPair>("pairs"),
    all<KeptVote>("votes"),
  ]);
  return record === undefined ? undefined : { record, pairs, votes };
}

/**
 * Keeps a vote. It is kept once this resolves: the page shows the next pair only then. Returns
 * false if the browser keeps nothing any more.
 * @throws DOMException "ConstraintError" if another tab has given this vote
 */
export async function keepVote(session: string, number: number, vote: KeptVote): Promise<boolean> {
  const database = await openDatabase();
  if (database === undefined) return false;
  const transaction = database.transaction("votes", "readwrite");
  transaction.objectStore("votes").add({ session, number, ...vote });
  await committed(transaction);
  return true;
}

/** Takes a vote back. */
export async function dropVote(session: string, number: number): Promise<void> {
  const database = await openDatabase();
  if (database === undefined) return;
  const transaction = database.transaction("votes", "readwrite");
  transaction.objectStore("votes").delete([session, number]);
  await committed(transaction);
}

/**
 * Keeps the session's own fields, on the disk itself: with it all votes before it are safe from a
 * loss of power too.
 */
export async function keepRecord(record: SessionRecord): Promise<void> {
  const database = await openDatabase();
  if (database === undefined) return;
  const transaction = database.transaction("sessions", "readwrite", { durability: "strict" });
  transaction.objectStore("sessions").put(record);
  await committed(transaction);
}

/** Removes a session with all that belongs to it. */
export async function removeSession(id: string): Promise<void> {
  const database = await openDatabase();
  if (database === undefined) return;
  const parts = ["pairs", "votes", "states"];
  const transaction = database.transaction(["sessions", ...parts], "readwrite");
  transaction.objectStore("sessions").delete(id);
  for (const part of parts) transaction.objectStore(part).delete(keysOf(id));
  await committed(transaction);
}

export async function keepStates(
  session: string,
  judge: string,
  states: readonly KeptState[],
): Promise<void> {
  const database = await openDatabase();
  if (database === undefined) return;
  const transaction = database.transaction("states", "readwrite");
  for (const state of states) transaction.objectStore("states").put({ session, judge, ...state });
  await committed(transaction);
}

/** Returns what a judge said of a session's pairs. */
export async function readStates(session: string, judge: string): Promise<readonly KeptState[]> {
  const database = await openDatabase();
  if (database === undefined) return [];
  const store = database.transaction("states").objectStore("states");
  return await resultOf(store.getAll(keysOf(session, judge)) as IDBRequest<KeptState[]>);
}
