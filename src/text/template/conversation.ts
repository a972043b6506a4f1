/**
 * Takes a conversation as a caller gives it. In the plain form it is used as it is: messages of a
 * role and a content, pictures as `{ type: "image", image }`. Any other is read by
 * read-conversation.ts, which few callers need, so a page loads it only for them.
 */
import { isDictionary, isObject } from "../../base/json.ts";
import { InputError } from "../../errors.ts";
import type { Conversation, ImagePart } from "../../types.ts";
import { READ } from "./known-conversations.ts";

export const USUAL_ROLES: readonly unknown[] = ["system", "user", "assistant"];

/**
 * Reads every conversation of a call, before anything of them is used.
 * @param end whose turn must be the last: the assistant's, unless the prompt goes on behind it
 * @throws InputError that names what cannot be scored, and which conversation of several it is in
 */
export async function readConversations(
  conversations: readonly unknown[],
  end: "assistant" | "any" = "assistant",
): Promise<readonly Conversation[]> {
  const isFitting = (one: unknown): one is Conversation =>
    isPlain(one) && (end === "any" || isJudged(one));
  if (conversations.every(isFitting)) return conversations;
  const { readConversation, readTurns } = await import("./read-conversation.ts");
  const isOne = conversations.length === 1;
  const read = end === "any" ? readTurns : readConversation;
  return Array.from(conversations, (conversation, i) =>
    read(conversation, isOne ? "messages" : `conversations[${i}].messages`),
  );
}

function isJudged(conversation: Conversation): boolean {
  return conversation.at(-1)?.role === "assistant";
}

/**
 * Checks that a conversation was read.
 * @throws InputError if `readConversations` did not return it
 */
export function checkRead(conversation: Conversation): void {
  if (READ.has(conversation) || isPlain(conversation)) return;
  throw new InputError({ where: "messages", expected: "a conversation that was read" });
}

/** Returns the pictures of a conversation, in the order of their places in the text. */
export function imagePartsOf(messages: Conversation): readonly ImagePart[] {
  return messages.flatMap(({ content }) =>
    typeof content === "string" ? [] : content.filter((part) => part.type === "image"),
  );
}

/** Returns whether a conversation is in the plain form. */
function isPlain(conversation: unknown): conversation is Conversation {
  if (!Array.isArray(conversation)) return false;
  const messages: readonly unknown[] = conversation;
  return messages.length > 0 && messages.every(isPlainMessage);
}

function isPlainMessage(message: unknown): boolean {
  if (!hasOnly(message, "role", "content") || !USUAL_ROLES.includes(message["role"])) return false;
  const { content } = message;
  return Array.isArray(content) ? content.every(isPlainPart) : isText(content);
}

function isPlainPart(part: unknown): boolean {
  if (hasOnly(part, "type", "text")) return part["type"] === "text" && isText(part["text"]);
  if (!hasOnly(part, "type", "image") || part["type"] !== "image") return false;
  const { image } = part;
  // A long text may be base64; of plain objects, pixels are the only plain form.
  if (typeof image === "string") return image !== "" && (image.length < 32 || /^\w+:/.test(image));
  const isBytes = ArrayBuffer.isView(image) || image instanceof ArrayBuffer;
  return isObject(image) && !isBytes && ("data" in image || !isDictionary(image));
}

function hasOnly(value: unknown, a: string, b: string): value is Readonly<Record<string, unknown>> {
  return isObject(value) && a in value && b in value && Object.keys(value).length === 2;
}

/**
 * Returns whether a value is a text. Half a surrogate pair is not: the reader reports its place.
 */
function isText(value: unknown): boolean {
  return typeof value === "string" && !/\p{Surrogate}/u.test(value);
}
