/** What happens to a session: it is begun, continued, voted in, undone and left. */
import { planRound } from "../../src/label/order.ts";
import {
  answerOf,
  currentTask,
  labelsOf,
  restorePlan,
  type SideAnswer,
} from "../../src/label/session.ts";
import { faultOf } from "../base/faults.ts";
import { focusOn } from "../base/form.ts";
import { drop } from "../base/jobs.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { givenPairs } from "../draft/to-label.ts";
import { embeddedUrl, engine } from "../engine/state.ts";
import {
  dropVote,
  keepRecord,
  keepSession,
  keepVote,
  listSessions,
  readSession,
  removeSession,
  type KeptPair,
  type KeptSession,
  type SessionRecord,
  type VoteDraft,
} from "../store/label-sessions.ts";
import { readKeys } from "./keys.ts";
import { builtInPairs, keptPair, pairsOfFiles, promptKey, withOwnPictures } from "./pairs.ts";
import { READING, readOn } from "./reading.ts";
import { changeSession, labelling, type OpenSession } from "./state.ts";
import { say } from "./words.ts";

/** Reads what is kept, and takes pairs that another view has given. */
export async function openLabel(page: Page): Promise<void> {
  page.change(labelling, readKeys());
  readOn(page);
  const { pairs, title } = page.get(givenPairs);
  if (pairs !== undefined) {
    page.change(givenPairs, { pairs: undefined });
    await leaveSession(page);
    await opening(page, () => begin(page, pairs.map(keptPair), title, []));
  } else if (page.get(labelling).kept === undefined) {
    await readKept(page);
  }
}

async function readKept(page: Page): Promise<void> {
  page.change(labelling, { kept: await listSessions() });
}

/** Begins with the twenty built-in pairs. */
export async function beginBuiltIn(page: Page): Promise<void> {
  await opening(page, async () => {
    await begin(page, await builtInPairs(embeddedUrl()), say().builtInTitle, []);
  });
}

const TABLE = /\.(?:parquet|jsonl|ndjson|json|csv|tsv)$/i;

/** Begins with the rows of files; pictures that they name are among the files. */
export async function beginFiles(page: Page, files: readonly File[]): Promise<void> {
  const tables = files.filter(({ name }) => TABLE.test(name));
  const pictures = files.filter(({ name }) => !TABLE.test(name));
  if (tables.length === 0) {
    const fault = { code: "input", message: say().noTable, field: "label-files" } as const;
    page.change(labelling, { fault });
    return;
  }
  await opening(page, async () => {
    const { pairs, notes } = await pairsOfFiles(tables, pictures);
    await begin(page, pairs, tables.map(({ name }) => name).join(", "), notes);
  });
}

async function opening(page: Page, open: () => Promise<void>): Promise<void> {
  page.change(labelling, { isOpening: true, fault: undefined, notes: [] });
  try {
    await open();
  } catch (error) {
    page.change(labelling, { fault: { ...faultOf(error), code: "input", field: "label-files" } });
  }
  page.change(labelling, { isOpening: false });
}

async function begin(
  page: Page,
  given: readonly KeptPair[],
  title: string,
  notes: readonly string[],
): Promise<void> {
  const pairs = await withOwnPictures(given);
  const { rater, seed } = page.get(labelling);
  const plan = planRound({ prompts: pairs.map(promptKey), seed, plan: [] });
  const record: SessionRecord = {
    id: crypto.randomUUID(),
    kind: "label",
    title,
    rater: rater.trim(),
    seed,
    pairCount: pairs.length,
    plan,
    draft: NO_DRAFT,
    changed: new Date().toISOString(),
  };
  // A browser that keeps nothing, or has no room: the page says so.
  const isKept = await keepSession(record, pairs).catch(() => false);
  show(page, { record, pairs, votes: [] }, isKept);
  readOn(page);
  page.change(labelling, { notes });
  requestAnimationFrame(() => focusOn("label-pair"));
}

const NO_DRAFT: VoteDraft = { isFlagged: false, note: "" };

function show(page: Page, { record, pairs, votes }: KeptSession, isKept: boolean): void {
  const session: OpenSession = {
    record,
    pairs,
    plan: restorePlan(
      record.plan,
      votes.map(({ task }) => task),
    ),
    votes,
    draft: record.draft,
    isKept,
    shownAt: performance.now(),
    last: undefined,
    reading: undefined,
  };
  page.change(labelling, { session, taste: undefined, notes: [], fault: undefined });
  // A crash may have come before the next round was kept.
  planOn(page);
  showPictures(page);
}

/** Continues a session as it was left, or as a crash left it. */
export async function continueSession(page: Page, id: string): Promise<void> {
  const kept = await readSession(id);
  if (kept === undefined) {
    await readKept(page);
    return;
  }
  show(page, kept, true);
  readOn(page);
  requestAnimationFrame(() => focusOn("label-pair"));
}

export async function forgetSession(page: Page, id: string): Promise<void> {
  await removeSession(id);
  await readKept(page);
  announce(page, say().removed);
}

/** Goes back to the choice of pairs; the session can be continued. */
export async function leaveSession(page: Page): Promise<void> {
  const { session } = page.get(labelling);
  if (session === undefined) return;
  drop(page.jobs, READING);
  await flush(page);
  page.change(labelling, {
    session: undefined,
    running: undefined,
    taste: undefined,
    pictureUrls: new Map(),
  });
  await readKept(page);
}

/** Votes on the pair that is shown. The next one is shown once the vote is kept. */
export async function vote(page: Page, side: SideAnswer): Promise<void> {
  const { session, isSaving } = page.get(labelling);
  const task = session && currentTask(session);
  // A key that comes while a vote is being kept is about a pair that nobody has seen yet.
  if (session === undefined || task === undefined || isSaving) return;
  const { record, votes, draft, shownAt } = session;
  const answer = answerOf(side, task);
  const given = {
    answer,
    seconds: (performance.now() - shownAt) / 1000,
    time: new Date().toISOString(),
    isFlagged: draft.isFlagged,
    note: draft.note.trim(),
  };
  page.change(labelling, { isSaving: true });
  let isKept = session.isKept;
  try {
    isKept &&= await keepVote(record.id, votes.length, { ...given, task });
  } catch {
    // Another tab has voted in this session: its votes count.
    page.change(labelling, { isSaving: false });
    await continueSession(page, record.id);
    page.change(labelling, { notes: [say().otherTab] });
    return;
  }
  page.change(labelling, { isSaving: false });
  const next = { votes: [...votes, given], draft: NO_DRAFT, isKept, last: { task, answer } };
  changeSession(page, { ...next, shownAt: performance.now() });
  planOn(page);
  showPictures(page);
  announce(page, say().voted(say().sides[side], String(votes.length + 1)));
  flushSoon(page);
}

/** Takes the last vote back: its pair is shown again, with its note. */
export async function undo(page: Page): Promise<void> {
  const { session, isSaving } = page.get(labelling);
  const given = session?.votes.at(-1);
  if (session === undefined || given === undefined || isSaving) return;
  const votes = session.votes.slice(0, -1);
  page.change(labelling, { isSaving: true });
  await dropVote(session.record.id, votes.length);
  page.change(labelling, { isSaving: false });
  const draft = { isFlagged: given.isFlagged, note: given.note };
  changeSession(page, { votes, draft, last: undefined, shownAt: performance.now() });
  showPictures(page);
  announce(page, say().undone);
  flushSoon(page);
}

export function flag(page: Page): void {
  const { session } = page.get(labelling);
  if (session === undefined) return;
  const isFlagged = !session.draft.isFlagged;
  changeSession(page, { draft: { ...session.draft, isFlagged } });
  announce(page, isFlagged ? say().flagged : say().unflagged);
  flushSoon(page);
}

export function setNote(page: Page, note: string): void {
  const { session } = page.get(labelling);
  if (session === undefined) return;
  changeSession(page, { draft: { ...session.draft, note } });
  flushSoon(page);
}

/** Plans the next round once the last one is done: by what a model says, if one has read enough. */
function planOn(page: Page): void {
  const { session } = page.get(labelling);
  if (session === undefined || currentTask(session) !== undefined) return;
  const prompts = session.pairs.map(promptKey);
  const { plan, record } = session;
  const round = planRound({ prompts, seed: record.seed, plan, teaching: undefined });
  changeSession(page, { plan: [...plan, ...round] });
  void planByModel(page, prompts);
}

/** Plans what is not shown yet again, by what teaches most. */
async function planByModel(page: Page, prompts: readonly string[]): Promise<void> {
  const { session } = page.get(labelling);
  const client = page.get(engine).running?.client;
  const { reading } = session ?? {};
  if (session === undefined || client === undefined || reading === undefined) return;
  const known = session.pairs.map((_, i) => {
    const scores = reading.scores[i]?.scores;
    const difference = reading.differences[i];
    return scores === undefined || difference === undefined
      ? undefined
      : { margin: scores[0] - scores[1], difference };
  });
  const labelled = labelsOf(session).map(({ task }) => task.pair);
  try {
    const teaching = await client.call("teach", { pairs: known, labelled });
    const now = page.get(labelling).session;
    if (now?.record.id !== session.record.id) return;
    // The pair that is shown stays: a person may have begun to read it.
    const plan = now.plan.slice(0, now.votes.length + 1);
    const round = planRound({ prompts, seed: now.record.seed, plan, teaching });
    changeSession(page, { plan: [...plan, ...round] });
    showPictures(page);
    flushSoon(page);
  } catch {
    // Without a model the order is at random, as planned.
  }
}

let flushing: ReturnType<typeof setTimeout> | undefined;
const FLUSH_MS = 300;

/** Keeps plan and draft soon; votes are kept already. */
function flushSoon(page: Page): void {
  clearTimeout(flushing);
  flushing = setTimeout(() => void flush(page), FLUSH_MS);
}

async function flush(page: Page): Promise<void> {
  clearTimeout(flushing);
  const { session } = page.get(labelling);
  if (session === undefined || !session.isKept) return;
  const { record, plan, draft } = session;
  await keepRecord({ ...record, plan, draft, changed: new Date().toISOString() }).catch(() => {
    changeSession(page, { isKept: false });
  });
}

/** Gives addresses to the pictures of the pair that is shown and of the next one. */
function showPictures(page: Page): void {
  const { session, pictureUrls: before } = page.get(labelling);
  if (session === undefined) return;
  const { plan, votes, pairs } = session;
  const pictureUrls = new Map<number, readonly string[]>();
  for (const task of plan.slice(votes.length, votes.length + 2)) {
    const pair = pairs[task.pair];
    if (pair === undefined) continue;
    const urls =
      before.get(task.pair) ?? blobsOf(pair).map((blob) => page.pictures.addressOf(blob));
    pictureUrls.set(task.pair, urls);
    // Decoded before it is shown: the next pair comes without a wait.
    for (const url of urls) {
      const image = new Image();
      image.src = url;
      image.decode().catch(() => {});
    }
  }
  page.change(labelling, { pictureUrls });
}

function blobsOf({ messages }: KeptPair): Blob[] {
  return messages.flatMap(({ content }) =>
    typeof content === "string"
      ? []
      : content.flatMap((part) =>
          part.type === "image" && part.image instanceof Blob ? [part.image] : [],
        ),
  );
}
