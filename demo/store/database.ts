// Tested by: test/demo/label.browser.test.ts
/**
 * The page's database (IndexedDB): sessions of Score and Rank, sessions of labelling with their
 * pairs, votes and what models said, and heads that were fitted. One schema for the whole page.
 * Nothing leaves the browser.
 *
 *   sessions  {id, kind, changed, …}                     a session of any view
 *   pairs     [session, number] → a pair with its pictures
 *   votes     [session, number] → a vote, in the order in which they were given
 *   states    [session, judge, number] → scores and features of a pair by one judge
 *   heads     {id, …}                                    files of fitted heads
 *   parts     [session, name] → a part of the page: question, verdict, table
 *   results   [session, number] → what a row of its table scored
 *
 * To change the schema, append a migration; never edit one that was published.
 */

type Migration = (database: IDBDatabase) => void;

const MIGRATIONS: readonly Migration[] = [
  (database) => {
    const sessions = database.createObjectStore("sessions", { keyPath: "id" });
    sessions.createIndex("changed", "changed");
    database.createObjectStore("pairs", { keyPath: ["session", "number"] });
    database.createObjectStore("votes", { keyPath: ["session", "number"] });
    database.createObjectStore("states", { keyPath: ["session", "judge", "number"] });
    database.createObjectStore("heads", { keyPath: "id" });
  },
  (database) => {
    database.createObjectStore("parts", { keyPath: ["session", "name"] });
    database.createObjectStore("results", { keyPath: ["session", "number"] });
  },
];

const NAME = "vl-reward";

let opened: Promise<IDBDatabase | undefined> | undefined;

/** Opens the database once; undefined if the browser keeps none for this page. */
export async function openDatabase(): Promise<IDBDatabase | undefined> {
  opened ??= open().catch(() => undefined);
  return await opened;
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, MIGRATIONS.length);
    request.addEventListener("upgradeneeded", ({ oldVersion }) => {
      for (const migrate of MIGRATIONS.slice(oldVersion)) migrate(request.result);
    });
    request.addEventListener("error", () => reject(failureOf(request)));
    // Another tab has an older page open, which must close it first.
    request.addEventListener("blocked", () => reject(new Error("the database is in use")));
    request.addEventListener("success", () => {
      const database = request.result;
      // A newer page wants to change the schema: this one goes on without keeping.
      const leave = (): void => {
        database.close();
        opened = undefined;
      };
      database.addEventListener("versionchange", leave);
      database.addEventListener("close", () => (opened = undefined));
      resolve(database);
    });
  });
}

/** Returns the result of a request. */
export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(failureOf(request)));
  });
}

/** Resolves when all of a transaction is kept. */
export function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(transaction.error ?? new Error("the database refused"));
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("error", fail);
    transaction.addEventListener("abort", fail);
  });
}

/** Returns all keys that begin with these parts. */
export function keysOf(...begin: readonly string[]): IDBKeyRange {
  // A list sorts after every number and text.
  return IDBKeyRange.bound([...begin], [...begin, []]);
}

function failureOf({ error }: IDBRequest): Error {
  return error ?? new Error("the database refused");
}
