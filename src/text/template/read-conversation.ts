// Tested by: test/text/template/conversation.test.ts
/**
 * Reads conversations in all forms in use, and reports what is wrong with any other value. It is
 * loaded only for conversations that are not yet in the plain form.
 *
 * Every field is used, passed to the chat template, or refused by name. A field that is null counts
 * as absent, as in transformers' processors.
 */
import { InputError } from "../../errors.ts";
import type { Conversation, Message } from "../../types.ts";
import { isDictionary, isObject, kindOf } from "../../base/json.ts";
import { READ } from "./known-conversations.ts";
import { hasPlaces, readPart, readText, refuse } from "./parts.ts";

/** Lists and objects within one another, at most: no template goes so deep. */
const MAX_DEPTH = 100;

/** Pictures and videos are parts of a content. Beside it, no template would show them. */
const MEDIA = /^(?:image|video|audio)(?:_?url)?s?$/;

/**
 * Reads a conversation that ends with the response to judge.
 * @param where the conversation's name in errors
 * @throws InputError if it is empty, ends in another turn than the assistant's, or holds anything
 *   but text, pictures and plain data
 */
export function readConversation(value: unknown, where = "messages"): Conversation {
  const messages = readMessages(value, where);
  const last = messages.at(-1);
  if (last === undefined) {
    throw new InputError({
      where,
      what: "the conversation is empty",
      expected: "at least an assistant's turn",
      todo: 'End the conversation with the response to judge: { role: "assistant", … }',
    });
  }
  if (last.role !== "assistant") {
    throw new InputError({
      where: `${where}[${messages.length - 1}].role`,
      what: "the last turn is not the assistant's",
      got: last.role,
      expected: "assistant",
      todo: "End the conversation with the response to judge",
    });
  }
  return messages;
}

/** Reads a conversation that any turn may end. @throws InputError also if it is empty */
export function readTurns(value: unknown, where = "messages"): Conversation {
  const messages = readMessages(value, where);
  if (messages.length > 0) return messages;
  throw new InputError({ where, what: "the conversation is empty", expected: "a turn at least" });
}

/** Reads a list of messages; any role may have the last turn. @throws InputError */
export function readMessages(value: unknown, where = "messages"): Conversation {
  if (!Array.isArray(value)) return refuse(where, value, "a list of messages");
  if (READ.has(value)) return value as Conversation;
  const messages = Array.from(value, (message, i) => readMessage(message, `${where}[${i}]`));
  READ.add(messages);
  return messages;
}

function readMessage(message: unknown, where: string): Message {
  if (!isObject(message)) return refuse(where, message, "{ role, content }");
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) {
    if (value === null || value === undefined || name === "content") continue;
    if (MEDIA.test(name) && hasPlaces(value)) {
      throw new InputError({
        where: `${where}.${name}`,
        what: "a picture or video beside the content",
        expected: 'a part of it, { type: "image", image }',
        todo: "Put each picture in its place in the content",
      });
    }
    read[name] = readData(value, `${where}.${name}`);
  }
  if (typeof read["role"] !== "string" || read["role"] === "") {
    return refuse(`${where}.role`, message["role"], "a role: system, user, assistant …");
  }
  const { content } = message;
  if (typeof content === "string") read["content"] = readText(content, `${where}.content`);
  else if (Array.isArray(content)) {
    read["content"] = Array.from(content, (part, i) => readPart(part, `${where}.content[${i}]`));
  } else if ((content ?? undefined) === undefined && hasMore(read)) read["content"] = [];
  else return refuse(`${where}.content`, content, "a string or a list of parts");
  return read as unknown as Message;
}

/** Returns whether a message has meaning without a content: a call of a tool has. */
function hasMore(message: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(message).some((name) => name !== "role" && hasPlaces(message[name]));
}

/** Copies plain data for the template. @throws InputError for what JSON cannot hold */
export function readData(value: unknown, where: string, depth = 0): unknown {
  if (depth > MAX_DEPTH) return refuse(where, value, `at most ${MAX_DEPTH} levels of data`);
  if (typeof value === "string") return readText(value, where);
  if (value === null || typeof value === "boolean") return value;
  // Python writes smaller fractions and larger numbers in another form than JavaScript.
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : isFraction(value);
  if (typeof value === "number" && isExact) return value;
  if (Array.isArray(value))
    return Array.from(value, (one, i) => readData(one, `${where}[${i}]`, depth + 1));
  if (isObject(value) && isDictionary(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [
        name,
        readData(one ?? null, `${where}.${name}`, depth + 1),
      ]),
    );
  }
  const got = typeof value === "number" ? String(value) : kindOf(value);
  throw new InputError({
    where,
    what: "not plain data",
    got,
    expected: "what JSON can hold exactly",
  });
}

function isFraction(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && Math.abs(value) >= 1e-4;
}
