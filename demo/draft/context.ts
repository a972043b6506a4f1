/**
 * The conversation of a draft: a system prompt, earlier exchanges, and the question with all its
 * pictures. A draft without a context is one question with one picture at most.
 */
import type { Conversation, Message } from "../../src/types.ts";
import { nextKey } from "./state.ts";
import type { Context, Draft, Exchange, Picture } from "./state.ts";

/** What of a draft the model sees before a response. */
export type Asked = Pick<Draft, "picture" | "prompt" | "context">;

/** Of one turn: a folder that is dropped by mistake must not fill the form. */
export const MAX_PICTURES = 32;

export const NO_CONTEXT: Context = {
  system: "",
  exchanges: [],
  morePictures: [],
  isTextFirst: false,
};

export function emptyExchange(): Exchange {
  return { key: nextKey(), pictures: [], isTextFirst: false, user: "", assistant: "" };
}

/** Returns the context, or undefined for one that adds nothing to the question. */
export function usedContext(context: Context): Context | undefined {
  const { system, exchanges, morePictures, isTextFirst } = context;
  const isUsed = system !== "" || exchanges.length > 0 || morePictures.length > 0 || isTextFirst;
  return isUsed ? context : undefined;
}

/** Returns the pictures of the question, in their order. */
export function questionPictures({
  picture,
  context,
}: Pick<Draft, "picture" | "context">): readonly Picture[] {
  return picture === undefined ? [] : [picture, ...(context ?? NO_CONTEXT).morePictures];
}

/** Returns all pictures of the conversation, in the order in which the model sees them. */
export function picturesOf(draft: Pick<Draft, "picture" | "context">): readonly Picture[] {
  const { exchanges } = draft.context ?? NO_CONTEXT;
  return [...exchanges.flatMap(({ pictures }) => pictures), ...questionPictures(draft)];
}

/**
 * Returns the turns up to the response.
 * @param image what stands for a picture: its bytes, or its name
 */
export function messagesOf(
  draft: Asked,
  image: (picture: Picture) => Blob | string = ({ blob }) => blob,
): Conversation {
  const { system, exchanges, isTextFirst } = draft.context ?? NO_CONTEXT;
  const userTurn = (pictures: readonly Picture[], text: string, textFirst: boolean): Message => {
    const images = pictures.map((one) => ({ type: "image", image: image(one) }) as const);
    const words = text === "" ? [] : [{ type: "text", text } as const];
    return { role: "user", content: textFirst ? [...words, ...images] : [...images, ...words] };
  };
  return [
    ...(system === "" ? [] : [{ role: "system", content: system }]),
    ...exchanges.flatMap((one) => [
      userTurn(one.pictures, one.user, one.isTextFirst),
      { role: "assistant", content: one.assistant },
    ]),
    userTurn(questionPictures(draft), draft.prompt, isTextFirst),
  ];
}

/** Returns a text that two drafts share if they ask the same, of the same pictures. */
export function askedKey(draft: Asked): string {
  return JSON.stringify(messagesOf(draft, ({ url }) => url));
}

/** Returns the draft without its pictures, for a model that reads text only. */
export function withoutPictures<T extends Pick<Draft, "picture" | "context">>(draft: T): T {
  const { context } = draft;
  const exchanges = context?.exchanges.map((one) => ({ ...one, pictures: [] })) ?? [];
  const rest = context && { ...context, exchanges, morePictures: [] };
  return { ...draft, picture: undefined, context: rest };
}

/** Returns a list with one of its items moved a place. */
export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const item = list[from];
  if (item === undefined || to < 0 || to >= list.length) return list;
  return list.toSpliced(from, 1).toSpliced(to, 0, item);
}
