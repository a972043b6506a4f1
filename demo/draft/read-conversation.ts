// Tested by: test/demo/draft/context.test.ts
/**
 * A conversation that a person pastes as JSON, by the reader of rows that Rank has too. What the
 * form has no field for is refused by its name, never left out.
 */
import { isObject } from "../../src/base/json.ts";
import { RewardError } from "../../src/errors.ts";
import { isPictureName } from "../../src/rows/media.ts";
import { readRow } from "../../src/rows/read-row.ts";
import type { Conversation, Message } from "../../src/types.ts";
import { pictureOf, unknownField } from "../base/pasted-parts.ts";
import { contextWords } from "../language/context.ts";
import { MAX_PICTURES, usedContext } from "./context.ts";
import type { Asked } from "./context.ts";
import { MAX_RESPONSES, nextKey } from "./state.ts";
import type { Exchange, Picture } from "./state.ts";

export interface ReadConversation extends Asked {
  readonly responses: readonly string[];
  /** Names of fields that were not read. */
  readonly unused: readonly string[];
}

/** What is wrong with the text, thrown within this file. */
class Wrong extends Error {}

type UserTurn = Pick<Exchange, "pictures" | "isTextFirst"> & { readonly text: string };

/**
 * Reads a pasted conversation.
 * @param chosen the form's pictures, which the text may name
 * @param make makes a picture of bytes within the text
 */
export function readConversation(
  text: string,
  chosen: readonly Picture[],
  make: (blob: Blob, name: string) => Picture,
): ReadConversation | { readonly wrong: string } {
  try {
    const row = readRow(rowOf(text, chosen), "JSON");
    const responses = row.responses.map(responseOf);
    if (responses.length > MAX_RESPONSES) {
      throw new Wrong(contextWords().tooMany(responses.length, MAX_RESPONSES));
    }
    return { ...askedOf(row.messages, chosen, make), responses, unused: row.unused };
  } catch (error) {
    if (error instanceof Wrong || error instanceof RewardError) return { wrong: error.message };
    throw error;
  }
}

/** Returns the row; places for pictures take the chosen ones, in their order. */
function rowOf(text: string, chosen: readonly Picture[]): Record<string, unknown> {
  const say = contextWords();
  const value = parsed(text);
  const row: unknown = Array.isArray(value) ? { messages: value } : value;
  if (!isObject(row)) throw new Wrong(say.jsonForm);
  const { messages } = row;
  const parts = Array.isArray(messages) ? messages.flatMap(partsOf) : [];
  const places = parts.filter((part) => isObject(part) && isPlace(part)).length;
  if (places === 0 || Object.keys(row).some(isPictureName)) return row;
  if (places > chosen.length) throw new Wrong(say.placesWithout(places, chosen.length));
  return { ...row, images: chosen.slice(0, places).map(({ blob }) => blob) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Wrong(contextWords().notJson((error as Error).message));
  }
}

function partsOf(message: unknown): readonly unknown[] {
  return isObject(message) && Array.isArray(message["content"]) ? message["content"] : [];
}

function isPlace(part: object): boolean {
  return "type" in part && part.type === "image" && Object.keys(part).length === 1;
}

function askedOf(
  messages: Conversation,
  chosen: readonly Picture[],
  make: (blob: Blob, name: string) => Picture,
): Asked {
  const say = contextWords();
  const [first] = messages;
  const hasSystem = first?.role === "system";
  const system = hasSystem ? textOf(first, 1) : "";
  const turns = hasSystem ? messages.slice(1) : messages;
  const number = (at: number): number => at + (hasSystem ? 2 : 1);
  const user = (turn: Message, at: number): UserTurn => userTurn(turn, number(at), chosen, make);
  for (const [at, { role }] of turns.entries()) {
    if (role !== (at % 2 === 0 ? "user" : "assistant")) {
      throw new Wrong(say.role(number(at), role));
    }
  }
  const last = turns.at(-1);
  if (last?.role !== "user") throw new Wrong(say.noQuestion);
  const exchanges: Exchange[] = [];
  for (let at = 0; at + 1 < turns.length; at += 2) {
    const [asked, answer] = turns.slice(at, at + 2);
    if (asked === undefined || answer === undefined) break;
    const { text, ...rest } = user(asked, at);
    exchanges.push({
      key: nextKey(),
      ...rest,
      user: text,
      assistant: textOf(answer, number(at + 1)),
    });
  }
  const { text: prompt, pictures, isTextFirst } = user(last, turns.length - 1);
  const [picture, ...morePictures] = pictures;
  const context = usedContext({ system, exchanges, morePictures, isTextFirst });
  return { picture, prompt, context };
}

function userTurn(
  turn: Message,
  number: number,
  chosen: readonly Picture[],
  make: (blob: Blob, name: string) => Picture,
): UserTurn {
  const say = contextWords();
  refuseMore(turn, ["role", "content"], number);
  const parts =
    typeof turn.content === "string"
      ? [{ type: "text", text: turn.content } as const]
      : turn.content;
  for (const part of parts) refuseMore(part, ["type", "text", "image"], number);
  const kinds = parts.map(({ type }) => (type === "text" ? "t" : "i")).join("");
  if (!/^(?:i*t?|ti+)$/.test(kinds)) throw new Wrong(say.between(number));
  const pictures = parts.flatMap((part, at) => {
    if (part.type === "text") return [];
    const { image } = part;
    const own = chosen.find(({ blob, name }) => blob === image || name === image);
    if (own !== undefined) return [own];
    const found = pictureOf(image);
    if (found instanceof Blob) return [make(found, `JSON ${number}.${at + 1}`)];
    throw new Wrong(say.notChosen((found ?? "?").slice(0, 80)));
  });
  if (pictures.length > MAX_PICTURES) throw new Wrong(say.tooManyPictures(number, MAX_PICTURES));
  const text = parts.find((part) => part.type === "text")?.text;
  return { pictures, isTextFirst: kinds.startsWith("ti"), text: text ?? "" };
}

function responseOf(turns: Conversation): string {
  const [turn, ...more] = turns;
  if (turn === undefined || more.length > 0) throw new Wrong(contextWords().notText);
  return textOf(turn, "response");
}

/** Returns the text of a turn that has nothing else. */
function textOf(turn: Message, number: number | string): string {
  refuseMore(turn, ["role", "content"], number);
  const { content } = turn;
  if (typeof content === "string") return content;
  const [only, ...more] = content;
  if (only?.type !== "text" || more.length > 0) throw new Wrong(contextWords().notText);
  return only.text;
}

function refuseMore(fields: object, known: readonly string[], number: number | string): void {
  const more = unknownField(fields, known);
  if (more !== undefined) throw new Wrong(contextWords().field(`messages ${number}`, more));
}
