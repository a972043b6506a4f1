/**
 * Edits of the draft, and what it becomes when it is scored: one conversation for each response.
 */
import type { Conversation } from "../../src/types.ts";
import { letter } from "../base/axis.ts";
import { EngineFault } from "../base/faults.ts";
import { focusOn } from "../base/form.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { words } from "../language/language.ts";
import { seesPictures } from "../engine/state.ts";
import {
  messagesOf,
  NO_CONTEXT,
  picturesOf,
  questionPictures,
  usedContext,
  withoutPictures,
} from "./context.ts";
import type { Asked } from "./context.ts";
import { whyUnreadable } from "./picture-check.ts";
import { drafting, draftResponse, MAX_RESPONSES, MIN_RESPONSES } from "./state.ts";
import type { Draft, Picture } from "./state.ts";

export function setPrompt(page: Page, prompt: string): void {
  change(page, { prompt });
}

export function setResponse(page: Page, key: number, text: string): void {
  const { responses } = page.get(drafting).draft;
  change(page, { responses: responses.map((each) => (each.key === key ? { key, text } : each)) });
}

export function addResponse(page: Page): void {
  const { responses } = page.get(drafting).draft;
  if (responses.length < MAX_RESPONSES) {
    change(page, { responses: [...responses, draftResponse("")] });
  }
}

export function removeResponse(page: Page, key: number): void {
  const { responses } = page.get(drafting).draft;
  if (responses.length > MIN_RESPONSES) {
    change(page, { responses: responses.filter((each) => each.key !== key) });
  }
}

/** Takes a file of the user as the picture; the engine says whether it is one. */
export function setPictureFile(page: Page, file: File): void {
  const name = file.name || words().draft.pasted;
  const { sampleId, draft } = page.get(drafting);
  setPicture(page, { blob: file, url: page.pictures.addressOf(file), name });
  if (sampleId !== undefined) {
    clearExample(page, draft);
  }
  announce(page, words().draft.inPlace(name));
}

/** Empties the question of an example, which was about its own picture. It can be had back. */
export function clearExample(page: Page, cleared: Draft): void {
  change(page, { prompt: "", responses: [draftResponse(""), draftResponse("")] });
  page.change(drafting, { cleared });
}

/** Puts the example's question back, and keeps the new picture. */
export function undoClearing(page: Page): void {
  const { cleared } = page.get(drafting);
  if (cleared !== undefined) {
    change(page, { prompt: cleared.prompt, responses: cleared.responses });
  }
}

/** Returns the responses that a pasted text has: parts with empty lines between, or lines. */
export function partsOf(text: string): readonly string[] {
  const blocks = text.split(/\n\s*\n/).map((part) => part.trim());
  const parts = blocks.length > 1 ? blocks : text.split("\n").map((part) => part.trim());
  return parts.filter((part) => part !== "");
}

/**
 * Puts a paste of several responses into fields of their own, if the field was empty and there is
 * room for them.
 * @returns whether it did; if not, the browser inserts the text
 */
export function pasteResponses(page: Page, key: number, text: string): boolean {
  const { responses } = page.get(drafting).draft;
  const parts = partsOf(text);
  const own = responses.find((each) => each.key === key);
  const isFree = own?.text === "" && parts.length > 1;
  const empty = responses.filter((each) => each.text === "").length;
  if (!isFree || responses.length - empty + parts.length > MAX_RESPONSES) {
    return false;
  }
  const kept = responses.filter((each) => each.text !== "");
  change(page, { responses: [...kept, ...parts.map((part) => draftResponse(part))] });
  announce(page, words().draft.pasteSplit(String(parts.length)));
  return true;
}

/** Takes one picture among files that were dropped or pasted. */
export function takePicture(page: Page, files: readonly File[]): void {
  const picture = files.find(({ type }) => type.startsWith("image/")) ?? files[0];
  if (picture !== undefined) {
    setPictureFile(page, picture);
  }
}

export function setPicture(page: Page, picture: Picture | undefined): void {
  change(page, { picture });
  page.change(drafting, { pictureFault: undefined, pictureSize: undefined });
}

/** Takes the first picture of the question away; the next one takes its place. */
export function removeFirstPicture(page: Page): void {
  const { draft } = page.get(drafting);
  const [, picture, ...morePictures] = questionPictures(draft);
  const context = usedContext({ ...(draft.context ?? NO_CONTEXT), morePictures });
  setPicture(page, picture);
  change(page, { context });
}

/** Makes the draft one question: another one came, and what stood before it is not its own. */
export function dropContext(page: Page): void {
  if (page.get(drafting).draft.context !== undefined) change(page, { context: undefined });
}

/** Says at the field what is wrong with the picture, if it is still the draft's. */
export function blamePicture(page: Page, picture: Picture, pictureFault: string): void {
  if (page.get(drafting).draft.picture === picture) {
    page.change(drafting, { pictureFault });
  }
}

/**
 * Checks that the file of a picture is still there.
 * @throws EngineFault that the field shows too
 */
export async function checkPicture(page: Page, picture: Picture | undefined): Promise<void> {
  const wrong = picture && (await whyUnreadable(picture));
  if (picture !== undefined && wrong !== undefined) {
    blamePicture(page, picture, wrong);
    focusOn("picture-file");
    throw new EngineFault({ code: "input", message: wrong, field: "picture-file" });
  }
}

/**
 * Checks that the files of all pictures are still there.
 * @throws EngineFault that a field shows too
 */
export async function checkPictures(
  page: Page,
  draft: Pick<Draft, "picture" | "context">,
): Promise<void> {
  await checkPicture(page, draft.picture);
  for (const picture of picturesOf(draft)) {
    if (picture === draft.picture) continue;
    const message = await whyUnreadable(picture);
    if (message !== undefined) throw new EngineFault({ code: "input", message });
  }
}

/** Changes the draft: it is not a sample any more, and earlier faults may be gone. */
export function change(page: Page, part: Partial<Draft>): void {
  const draft = { ...page.get(drafting).draft, ...part };
  const gone = { fault: undefined, cleared: undefined, removed: undefined };
  page.change(drafting, { draft, sampleId: undefined, ...gone });
}

interface Missing {
  readonly field: string;
  /** True for a field of the earlier turns, which may be closed. */
  readonly isInContext?: boolean;
  readonly message: string;
}

export function missingPrompt(prompt: string): Missing | undefined {
  const message = words().draft.promptEmpty;
  return prompt.trim() === "" ? { field: "prompt", message } : undefined;
}

/** Returns the first empty text of the earlier turns. */
function missingTurn({ context }: Draft): Missing | undefined {
  for (const [at, { key, user, assistant, pictures }] of (
    context ?? NO_CONTEXT
  ).exchanges.entries()) {
    const isUserEmpty = user.trim() === "" && pictures.length === 0;
    if (!isUserEmpty && assistant.trim() !== "") continue;
    const field = `${isUserEmpty ? "user" : "assistant"}-${key}`;
    return { field, message: words().draft.emptyTurn(at + 1, isUserEmpty), isInContext: true };
  }
  return undefined;
}

/** Returns what is missing before the draft can be scored, and in which field. */
export function missingPart(draft: Draft): Missing | undefined {
  const missing = missingTurn(draft) ?? missingPrompt(draft.prompt);
  if (missing !== undefined) {
    return missing;
  }
  const at = draft.responses.findIndex(({ text }) => text === "");
  const response = draft.responses[at];
  if (response === undefined) {
    return undefined;
  }
  return {
    field: `response-${response.key}`,
    message: words().draft.emptyResponse(letter(at)),
  };
}

/** Returns one conversation for each response. */
export function conversations(draft: Asked, responses: readonly string[]): Conversation[] {
  const messages = messagesOf(draft);
  return responses.map((text) => [...messages, { role: "assistant", content: text }]);
}

/** Returns the draft as the loaded model reads it: without pictures if it reads text only. */
export function readable<T extends Pick<Draft, "picture" | "context">>(page: Page, draft: T): T {
  return seesPictures(page) ? draft : withoutPictures(draft);
}
