/**
 * Whether a conversation can be scored: the checks on what a caller gives, before anything is
 * decoded or rendered.
 */
import { InputError } from "../../errors.ts";
import type { Conversation, ImageInput } from "../../types.ts";
import { isObject, type JsonObject } from "../../base/json.ts";

const ROLES: readonly unknown[] = ["system", "user", "assistant"];

/** Checks every conversation of a call; errors name which of several it is. */
export function checkConversations(
  conversations: readonly unknown[],
): asserts conversations is readonly Conversation[] {
  const isOne = conversations.length === 1;
  for (const [i, conversation] of conversations.entries()) {
    checkConversation(conversation, isOne ? "messages" : `conversations[${i}].messages`);
  }
}

/**
 * Checks a conversation of any origin, before anything of it is used.
 * @param where the conversation's name in errors
 * @throws InputError if it is empty, ends in another turn than the assistant's, or holds anything
 *   but text and pictures
 */
export function checkConversation(
  messages: unknown,
  where = "messages",
): asserts messages is Conversation {
  if (!Array.isArray(messages)) {
    throw new InputError({
      where,
      what: "no list",
      got: kindOf(messages),
      expected: "a list",
    });
  }
  const turns: readonly unknown[] = messages;
  if (turns.length === 0) {
    throw new InputError({
      where,
      what: "the conversation is empty",
      expected: "at least an assistant's turn",
      todo: 'End the conversation with the response to judge: { role: "assistant", … }',
    });
  }
  for (const [i, turn] of turns.entries()) checkMessage(turn, `${where}[${i}]`);
  const last = turns.at(-1);
  if (isObject(last) && last["role"] !== "assistant") {
    throw new InputError({
      where: `${where}[${turns.length - 1}].role`,
      what: "the last turn is not the assistant's",
      got: String(last["role"]),
      expected: "assistant",
      todo: "End the conversation with the response to judge",
    });
  }
}

/** The pictures of a conversation, in the order of their places in the text. */
export function imagesOf(messages: Conversation): readonly ImageInput[] {
  return messages.flatMap(({ content }) =>
    typeof content === "string"
      ? []
      : content.flatMap((part) => (part.type === "image" ? [part.image] : [])),
  );
}

function checkMessage(message: unknown, where: string): void {
  if (!isObject(message)) {
    throw new InputError({
      where,
      what: "no message",
      got: kindOf(message),
      expected: "{ role, content }",
    });
  }
  const { role, content } = message;
  if (!ROLES.includes(role)) {
    throw new InputError({
      where: `${where}.role`,
      what: "an unknown role",
      got: typeof role === "string" ? JSON.stringify(role.slice(0, 40)) : kindOf(role),
      expected: ROLES.join(", "),
    });
  }
  if (typeof content === "string") checkText(content, `${where}.content`);
  else if (Array.isArray(content)) {
    (content as readonly unknown[]).forEach((part, i) => checkPart(part, `${where}.content[${i}]`));
  } else {
    throw new InputError({
      where: `${where}.content`,
      what: "no content",
      got: kindOf(content),
      expected: "a string or a list of parts",
    });
  }
}

function checkPart(part: unknown, where: string): void {
  if (isObject(part) && part["type"] === "text") checkText(part["text"], `${where}.text`);
  else if (!isObject(part) || part["type"] !== "image") {
    const got = isObject(part)
      ? (JSON.stringify(part["type"])?.slice(0, 40) ?? "no type")
      : kindOf(part);
    throw new InputError({ where, what: "an unknown part", got, expected: "type text or image" });
  } else if (!hasImage(part)) {
    throw new InputError({
      where: `${where}.image`,
      what: "no picture",
      got: kindOf(part["image"]),
      expected: "a Blob, an ImageBitmap, ImageData or a URL",
    });
  }
}

function hasImage(part: JsonObject): boolean {
  const { image } = part;
  return typeof image === "string" || (typeof image === "object" && image !== null);
}

/** Half a surrogate pair has no UTF-8, and a tokenizer would score U+FFFD in its place. */
function checkText(text: unknown, where: string): void {
  if (typeof text !== "string") {
    throw new InputError({ where, what: "no text", got: kindOf(text), expected: "a string" });
  }
  const lone = /\p{Surrogate}/u.exec(text);
  if (lone !== null) {
    throw new InputError({
      where,
      what: `half a surrogate pair at character ${lone.index}`,
      got: `U+${lone[0].charCodeAt(0).toString(16).toUpperCase()}`,
      expected: "well-formed Unicode",
      todo: "Cut texts between characters, or repair this one with toWellFormed()",
    });
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value;
}
