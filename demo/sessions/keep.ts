// Tested by: test/demo/sessions.browser.test.ts
/**
 * Keeps the page's session as it changes, and finds the one to go on with.
 *
 * A tab remembers its session across reloads. A new tab goes on with the last one that no other tab
 * has open: a lock of the browser says so, and ends with the tab.
 */
import { withoutStop } from "../base/format.ts";
import { keeping } from "../base/keeping.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { words } from "../language/language.ts";
import { keepingRows, ranking } from "../rank/table/state.ts";
import type { RowResult } from "../rank/table/state.ts";
import { dropResults, keepParts, keepResults, listWork, readWork } from "../store/work-sessions.ts";
import type { WholeWork, WorkRecord } from "../store/work-sessions.ts";
import { isOwn, nameOf, PARTS, restore, restoreRows } from "./snapshot.ts";
import type { PartName } from "./snapshot.ts";
import { session } from "./state.ts";

/** After the last edit. Scores are kept before they are shown. */
const PAUSE_MS = 300;
/** How long the page waits for its database before it begins without. */
const PATIENCE_MS = 1500;
/** Under which the tab remembers its session; "new" for one that begins empty. */
const TAB_SETTING = "vl-reward.session";

const names = Object.keys(PARTS) as PartName[];
/** What of each part was written last. */
const written = new Map<PartName, readonly unknown[]>();
/** Rows' results that are in the database. */
let rows = new Map<number, RowResult>();
let timer: ReturnType<typeof setTimeout> | undefined;
/** Writes one after the other. */
let line: Promise<void> = Promise.resolve();
/** True while the files of a kept table are read again: what is kept of it stays. */
let isReading = false;
const TABLE_PARTS: readonly PartName[] = ["table", "look"];

/** Keeps what has changed soon; called after each drawing of the page. */
export function keepSoon(page: Page): void {
  if (changedParts(page).length === 0 && !hasOtherRows(page)) return;
  clearTimeout(timer);
  timer = setTimeout(() => void flush(page), PAUSE_MS);
}

function changedParts(page: Page): PartName[] {
  return names.filter((name) => {
    if (isReading && TABLE_PARTS.includes(name)) return false;
    const before = written.get(name);
    const now = PARTS[name].marks(page);
    return before === undefined || now.some((mark, i) => mark !== before[i]);
  });
}

function hasOtherRows(page: Page): boolean {
  if (isReading) return false;
  const { results } = page.get(ranking);
  return (
    results.size !== rows.size || [...rows].some(([number, one]) => results.get(number) !== one)
  );
}

/**
 * Keeps what has changed, after all that is on its way.
 * @param ahead the page as it will be, if what it is about to show is kept first
 */
export async function flush(page: Page, ahead: Page = page): Promise<void> {
  clearTimeout(timer);
  line = line.then(() => write(page, ahead));
  await line;
}

async function write(page: Page, ahead: Page): Promise<void> {
  const { isKept } = page.get(session);
  if (!isKept || (page.get(session).record === undefined && !isOwn(ahead))) return;
  const parts = changedParts(ahead);
  if (parts.length === 0 && !hasOtherRows(page)) return;
  const marks = parts.map((name) => [name, PARTS[name].marks(ahead)] as const);
  const record = recordOf(page);
  page.change(session, { isSaving: true, record });
  try {
    const values = parts.map((name) => [name, PARTS[name].value(ahead)] as const);
    await keepParts(record, Object.fromEntries(values));
    for (const [name, own] of marks) written.set(name, own);
    await keepRows(record.id, page.get(ranking).results);
    page.change(session, { isSaving: false });
  } catch (error) {
    refuse(page, error);
  }
}

/** Writes the rows' results that differ from those that are kept. */
async function keepRows(id: string, results: ReadonlyMap<number, RowResult>): Promise<void> {
  const gone = [...rows.keys()].filter((number) => !results.has(number));
  const fresh = [...results].filter(([number, result]) => rows.get(number) !== result);
  if (gone.length > 0) await dropResults(id, gone);
  if (fresh.length > 0)
    await keepResults(
      id,
      fresh.map(([number, result]) => ({ number, result })),
    );
  rows = new Map(results);
}

/** Returns the session with the time; one that nobody has named is called by what it asks. */
function recordOf(page: Page): WorkRecord {
  const { record } = page.get(session);
  const changed = new Date().toISOString();
  const name = nameOf(page) || words().frame.sessions.untitled;
  if (record?.isNamed === true) return { ...record, changed };
  if (record !== undefined) return { ...record, name, changed };
  const id = crypto.randomUUID();
  hold(id);
  return { id, kind: "work", name, isNamed: false, changed };
}

/** Says that nothing is kept any more: the disk is full, or the browser keeps nothing. */
function refuse(page: Page, error: unknown): void {
  const { name, message } = error as Error;
  const say = words().frame.sessions;
  const fault = name === "QuotaExceededError" ? say.full : say.blocked(withoutStop(message));
  page.change(session, { isKept: false, isSaving: false, fault });
  announce(page, fault);
}

/** Tries again to keep the session. */
export async function keepAgain(page: Page): Promise<void> {
  written.clear();
  rows = new Map();
  page.change(session, { isKept: true, fault: undefined });
  await flush(page);
}

/** Goes on with the session of this tab, or with the last one that no tab has open. */
export async function beginSession(page: Page): Promise<void> {
  page.change(keeping, { keep: (ahead) => flush(page, ahead) });
  page.change(keepingRows, { keep: (results) => keepShown(page, results) });
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS, undefined));
  const found = await Promise.race([findWork().catch(() => undefined), late]);
  if (found !== undefined) await enter(page, found);
}

async function findWork(): Promise<WholeWork | undefined> {
  const own = tabSession();
  if (own === "new") return undefined;
  // The page that was here before a reload may hold its lock for a moment.
  if (own !== undefined && (await take(own, RELOAD_MS))) return await readWork(own);
  for (const { id } of await listWork()) if (await take(id)) return await readWork(id);
  return undefined;
}

/** Puts a session into the page, in place of what is there. Its table comes when it is read. */
export async function enter(page: Page, whole: WholeWork): Promise<void> {
  const { record } = whole;
  remember(record.id);
  page.change(session, { record, isKept: true, isSaving: false, fault: undefined });
  try {
    restore(page, whole);
  } catch (error) {
    tellUnreadable(page, error);
  }
  noteWritten(page);
  isReading = true;
  const reading = restoreRows(page, whole).catch((error: unknown) => tellUnreadable(page, error));
  await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, TABLE_WAIT_MS))]);
  void reading.then(() => {
    isReading = false;
    for (const name of TABLE_PARTS) written.set(name, PARTS[name].marks(page));
    rows = new Map(page.get(ranking).results);
  });
}

/** A small table is there when the page is drawn first. */
const TABLE_WAIT_MS = 200;

function tellUnreadable(page: Page, error: unknown): void {
  page.change(session, { fault: words().frame.sessions.unreadable((error as Error).message) });
}

function noteWritten(page: Page): void {
  for (const name of names) written.set(name, PARTS[name].marks(page));
}

/** Forgets the session of the tab: the next change begins a new one. */
export function beginNew(page: Page): void {
  remember("new");
  release?.();
  noteWritten(page);
  rows = new Map();
  page.change(session, { record: undefined, isKept: true, fault: undefined });
}

async function keepShown(
  page: Page,
  results: readonly (readonly [number, RowResult])[],
): Promise<void> {
  await flush(page);
  const { record, isKept } = page.get(session);
  if (record === undefined || !isKept) return;
  line = line.then(async () => {
    try {
      await keepResults(
        record.id,
        results.map(([number, result]) => ({ number, result })),
      );
      rows = new Map([...rows, ...results]);
    } catch (error) {
      refuse(page, error);
    }
  });
  await line;
}

let release: (() => void) | undefined;

const RELOAD_MS = 700;

/**
 * Holds a session's lock until the tab ends; false if another tab has it.
 * @param patienceMs how long it waits for the other one to end
 */
export async function take(id: string, patienceMs = 0): Promise<boolean> {
  const { locks } = navigator;
  // Pages without HTTPS have no locks.
  if (locks === undefined) return true;
  const wait = patienceMs > 0 ? { signal: AbortSignal.timeout(patienceMs) } : { ifAvailable: true };
  return await new Promise((resolve) => {
    const held = locks.request(`vl-reward session ${id}`, wait, async (lock) => {
      resolve(lock !== null);
      if (lock === null) return;
      release?.();
      await new Promise<void>((done) => (release = done));
    });
    held.catch(() => resolve(false));
  });
}

function hold(id: string): void {
  remember(id);
  void take(id);
}

function tabSession(): string | undefined {
  try {
    return sessionStorage.getItem(TAB_SETTING) ?? undefined;
  } catch {
    return undefined;
  }
}

function remember(id: string): void {
  try {
    sessionStorage.setItem(TAB_SETTING, id);
  } catch {
    // A sandboxed frame remembers nothing: the tab begins as a new one.
  }
}
