// Tested by: test/demo/sessions.browser.test.ts
/** What happens to sessions: another is opened, one is begun, named, deleted, saved and read. */
import { saveBlob } from "../base/download.ts";
import { faultOf } from "../base/faults.ts";
import { focusOn } from "../base/form.ts";
import { dropAll } from "../base/jobs.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { drafting } from "../draft/state.ts";
import { closeWhy } from "../explain/close.ts";
import { words } from "../language/language.ts";
import { rank } from "../rank/state.ts";
import { ranking } from "../rank/table/state.ts";
import { scores } from "../score/state.ts";
import { listWork, readWork, removeWork, renameWork, writeWork } from "../store/work-sessions.ts";
import type { WorkRecord } from "../store/work-sessions.ts";
import { beginNew, enter, flush, take } from "./keep.ts";
import { session } from "./state.ts";

/** Reads the list of sessions, after what is on its way. */
export async function readSessions(page: Page): Promise<void> {
  await flush(page);
  page.change(session, { all: await listWork().catch(() => []) });
}

/** Opens another session in place of this one. */
export async function openSession(page: Page, id: string): Promise<void> {
  await flush(page);
  const whole = await readWork(id);
  if (whole === undefined || !(await take(id))) {
    page.change(session, { fault: words().frame.sessions.elsewhere });
    await readSessions(page);
    return;
  }
  clear(page);
  await enter(page, whole);
  await readSessions(page);
  announce(page, words().frame.sessions.opened(whole.record.name));
}

/** Begins an empty session; the one before stays in the list. */
export async function newSession(page: Page): Promise<void> {
  await flush(page);
  clear(page);
  beginNew(page);
  await readSessions(page);
  document.querySelector<HTMLElement>("#sessions")?.hidePopover();
  focusOn("view-title");
}

/** Empties Score and Rank. */
function clear(page: Page): void {
  dropAll(page.jobs);
  closeWhy(page);
  page.change(drafting, drafting.first());
  page.change(scores, { verdict: undefined, scoring: undefined });
  page.change(rank, rank.first());
  page.change(ranking, ranking.first());
}

export async function renameSession(page: Page, record: WorkRecord, name: string): Promise<void> {
  const named = { ...record, name, isNamed: true };
  page.change(session, { renaming: undefined });
  if (page.get(session).record?.id === record.id) page.change(session, { record: named });
  await told(page, () => renameWork(named));
  await readSessions(page);
  focusOn("sessions-title");
}

/** Deletes a session. It can be had back until another one is deleted, or the tab ends. */
export async function removeSession(page: Page, id: string): Promise<void> {
  await flush(page);
  await told(page, async () => {
    const whole = await readWork(id);
    await removeWork(id);
    page.change(session, { deleted: whole });
    if (page.get(session).record?.id === id) {
      clear(page);
      beginNew(page);
    }
    announce(page, words().frame.sessions.deleted(whole?.record.name ?? ""));
  });
  await readSessions(page);
  focusOn("undo-delete");
}

export async function undoRemoval(page: Page): Promise<void> {
  const { deleted } = page.get(session);
  if (deleted === undefined) return;
  await told(page, () => writeWork(deleted));
  page.change(session, { deleted: undefined });
  await readSessions(page);
}

/** Saves the session as one file. */
export async function exportSession(page: Page): Promise<void> {
  await flush(page);
  const { record } = page.get(session);
  const whole = record && (await readWork(record.id));
  if (whole === undefined) return;
  const { sessionFile } = await import("./file.ts");
  const name = whole.record.name.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 60);
  saveBlob(`${name || "session"}.vlreward`, await sessionFile(whole));
}

/** Reads a session from a file, and opens it. */
export async function importSession(page: Page, file: File): Promise<void> {
  page.change(session, { fault: undefined });
  await told(page, async () => {
    const { readSessionFile } = await import("./file.ts");
    const whole = await readSessionFile(file);
    await writeWork(whole);
    await openSession(page, whole.record.id);
  });
  await readSessions(page);
}

/** Says what went wrong with a session; the others and the page go on. */
async function told(page: Page, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const { message } = faultOf(error);
    page.change(session, { fault: message });
    announce(page, message);
  }
}
