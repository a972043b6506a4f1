// Tested by: test/demo/conversation.browser.test.ts
/** Edits of what a question has beyond one picture and one prompt. */
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { words } from "../language/language.ts";
import {
  emptyExchange,
  MAX_PICTURES,
  moved,
  NO_CONTEXT,
  questionPictures,
  usedContext,
} from "./context.ts";
import { change, clearExample } from "./edit.ts";
import { drafting } from "./state.ts";
import type { Context, Draft, Exchange, Picture, Removed } from "./state.ts";

/** Whose pictures: those of an earlier exchange, by its key, or those of the question. */
export type Owner = number | "question";

function contextOf(page: Page): Context {
  return page.get(drafting).draft.context ?? NO_CONTEXT;
}

function changeContext(page: Page, part: Partial<Context>): void {
  change(page, { context: usedContext({ ...contextOf(page), ...part }) });
}

export function setSystem(page: Page, system: string): void {
  changeContext(page, { system });
}

/** Adds an empty exchange before the question. @returns its key */
export function addExchange(page: Page): number {
  const added = emptyExchange();
  changeContext(page, { exchanges: [...contextOf(page).exchanges, added] });
  return added.key;
}

export function setExchange(page: Page, key: number, part: Partial<Exchange>): void {
  const exchanges = contextOf(page).exchanges.map((one) =>
    one.key === key ? { ...one, ...part } : one,
  );
  changeContext(page, { exchanges });
}

export function removeExchange(page: Page, key: number): void {
  const { draft } = page.get(drafting);
  changeContext(page, { exchanges: contextOf(page).exchanges.filter((one) => one.key !== key) });
  noteRemoved(page, { what: "turn", draft });
}

function noteRemoved(page: Page, removed: Removed): void {
  page.change(drafting, { removed });
  announce(page, words().draft.removed[removed.what]);
}

/** Puts back what was removed last. */
export function undoRemoval(page: Page): void {
  const { removed } = page.get(drafting);
  if (removed !== undefined) change(page, removed.draft);
}

/** Returns the pictures of a turn. */
export function picturesIn(page: Page, owner: Owner): readonly Picture[] {
  if (owner === "question") return questionPictures(page.get(drafting).draft);
  return contextOf(page).exchanges.find(({ key }) => key === owner)?.pictures ?? [];
}

function setPictures(page: Page, owner: Owner, pictures: readonly Picture[]): void {
  if (owner !== "question") {
    setExchange(page, owner, { pictures });
    return;
  }
  const [picture, ...morePictures] = pictures;
  const { draft } = page.get(drafting);
  const context = usedContext({ ...contextOf(page), morePictures });
  change(page, { picture, context });
  if (draft.picture !== picture) {
    page.change(drafting, { pictureFault: undefined, pictureSize: undefined });
  }
}

export function movePicture(page: Page, owner: Owner, from: number, to: number): void {
  setPictures(page, owner, moved(picturesIn(page, owner), from, to));
}

export function removePicture(page: Page, owner: Owner, at: number): void {
  const { draft } = page.get(drafting);
  setPictures(page, owner, picturesIn(page, owner).toSpliced(at, 1));
  noteRemoved(page, { what: "picture", draft });
}

/** Adds files as pictures of a turn, as many as it has room for. */
export function addPictures(page: Page, owner: Owner, files: readonly File[]): void {
  const own = picturesIn(page, owner);
  const added = files.slice(0, MAX_PICTURES - own.length).map((file) => pictureOf(page, file));
  setPictures(page, owner, [...own, ...added]);
  const say = words().draft;
  const isAll = added.length === files.length;
  announce(page, isAll ? say.added(added.length) : say.addedSome(added.length, MAX_PICTURES));
}

function pictureOf(page: Page, file: File): Picture {
  const name = file.name || words().draft.pasted;
  return { blob: file, url: page.pictures.addressOf(file), name };
}

/** Takes several files as the pictures of the question, in place of the one that it has. */
export function takePictures(page: Page, files: readonly File[]): void {
  const { draft, sampleId } = page.get(drafting);
  if (questionPictures(draft).length < 2) setPictures(page, "question", []);
  addPictures(page, "question", files);
  if (sampleId !== undefined) clearExample(page, draft);
}

/** Puts a conversation in place of the draft, which can be had back. */
export function replaceDraft(page: Page, draft: Draft): void {
  const { draft: before } = page.get(drafting);
  change(page, draft);
  page.change(drafting, { pictureFault: undefined, pictureSize: undefined });
  noteRemoved(page, { what: "replaced", draft: before });
}

export function setTextFirst(page: Page, owner: Owner, isTextFirst: boolean): void {
  if (owner === "question") changeContext(page, { isTextFirst });
  else setExchange(page, owner, { isTextFirst });
}
