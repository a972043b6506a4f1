/**
 * Puts the fields of a case into a model's own prompt.
 *
 * The prompt's own text may spell control tokens; a field's text never becomes one. So each text is
 * a list of spans that say whose they are.
 */
import { isObject, kindOf } from "../../base/json.ts";
import { InputError } from "../../errors.ts";
import type { ImagePart } from "../../types.ts";
import { readPicture, readText, refuse } from "./parts.ts";
import { fieldsOf, PLACE, requiredFields, ROLES } from "./prompt-record.ts";
import type { PromptFields, PromptPart, PromptRecord } from "./prompt-record.ts";

/** A piece of text, and whether it is a case's: then it spells no control token. */
export interface Span {
  readonly text: string;
  readonly isGiven: boolean;
}

export interface FilledText {
  readonly type: "text";
  readonly spans: readonly Span[];
}

/** A turn of a filled prompt. */
export interface FilledMessage {
  readonly role: string;
  readonly content: readonly (FilledText | ImagePart)[];
}

/** A filled prompt: turns, or pieces that are tokenised one by one. */
export type FilledPrompt =
  | { readonly turns: readonly FilledMessage[] }
  | { readonly pieces: readonly (readonly Span[])[] };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Fills a prompt.
 * @param where the case, for messages
 * @throws InputError naming a field that is missing, of another kind, or not the prompt's
 */
export function fillPrompt(prompt: PromptRecord, inputs: unknown, where = "inputs"): FilledPrompt {
  if (!isObject(inputs)) return refuse(where, inputs, "an object of fields");
  const given = Object.fromEntries(
    Object.entries(inputs).filter(([, value]) => value !== undefined && value !== null),
  );
  const fields: Fields = { ...prompt.defaults, ...given };
  checkFields(prompt, given, fields, where);
  if (prompt.pieces) {
    const pieces = prompt.pieces.flatMap((piece) => {
      if (typeof piece === "string") return [fillText(piece, fields, where)];
      // The separator is tokenised by itself.
      return textsIn(fields, piece.each, where).flatMap((text) => [
        [users(text)],
        [own(piece.after)],
      ]);
    });
    return { pieces };
  }
  const turns = ROLES.flatMap((role) => {
    const parts = prompt[role];
    return parts === undefined ? [] : fillTurn(role, parts, fields, where);
  });
  return { turns };
}

const own = (text: string): Span => ({ text, isGiven: false });
const users = (text: string): Span => ({ text, isGiven: true });

function fillTurn(
  role: string,
  parts: readonly PromptPart[],
  fields: Fields,
  where: string,
): FilledMessage[] {
  const turns: FilledMessage[] = [];
  let content: FilledMessage["content"][number][] = [];
  for (const part of parts) {
    if ("text" in part) content.push(filledText(fillText(part.text, fields, where)));
    else if ("image" in part) {
      content.push(picture(fields[part.image], `${where}.${part.image}`));
    } else if ("each" in part) {
      for (const one of textsIn(fields, part.each, where)) {
        content.push(filledText([users(one), own(part.after)]));
      }
    } else if ("side" in part) content.push(...sideOf(fields, part.side, part.empty, where));
    else {
      // Each picture has a turn of its own.
      if (content.length > 0) turns.push({ role, content });
      content = [];
      for (const [i, page] of listIn(fields, part.pages, where, "pictures").entries()) {
        turns.push({ role, content: [picture(page, `${where}.${part.pages}[${i}]`)] });
      }
    }
  }
  if (content.length > 0 || turns.length === 0) turns.push({ role, content });
  return turns;
}

function filledText(spans: readonly Span[]): FilledText {
  return { type: "text", spans };
}

function picture(value: unknown, where: string): ImagePart {
  return { type: "image", image: readPicture(value, where) };
}

/** Returns the text with its places filled; braces that name no field stay. */
function fillText(template: string, fields: Fields, where: string): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const match of template.matchAll(PLACE)) {
    const name = String(match[1]);
    if (!Object.hasOwn(fields, name)) continue;
    spans.push(own(template.slice(end, match.index)));
    spans.push(users(readText(fields[name], `${where}.${name}`)));
    end = match.index + match[0].length;
  }
  spans.push(own(template.slice(end)));
  return spans.filter((span) => span.text !== "");
}

function listIn(fields: Fields, name: string, where: string, of: string): readonly unknown[] {
  const value = fields[name];
  if (Array.isArray(value) && value.length > 0) return value;
  const place = `${where}.${name}`;
  if (!Array.isArray(value)) return refuse(place, value, `a list of ${of}`);
  throw new InputError({ where: place, expected: `one or more ${of}`, got: "an empty list" });
}

function textsIn(fields: Fields, name: string, where: string): readonly string[] {
  return listIn(fields, name, where, "texts").map((one, i) =>
    readText(one, `${where}.${name}[${i}]`),
  );
}

/** Returns pictures and text of one side of a comparison, or what stands for nothing. */
function sideOf(
  fields: Fields,
  name: string,
  empty: string,
  where: string,
): (FilledText | ImagePart)[] {
  const place = `${where}.${name}`;
  const value = fields[name] ?? {};
  const side = typeof value === "string" ? { text: value } : value;
  if (!isObject(side)) return refuse(place, value, "a text, or { text, images }");
  const unknown = Object.keys(side).find((field) => field !== "text" && field !== "images");
  if (unknown !== undefined) {
    throw new InputError({
      where: `${place}.${unknown}`,
      what: "a field that is not used",
      expected: "text or images",
      todo: "Remove it",
    });
  }
  const words = side["text"] ?? undefined;
  const images = side["images"] ?? [];
  if (!Array.isArray(images)) return refuse(`${place}.images`, images, "a list of pictures");
  const shown = words === undefined ? "" : readText(words, `${place}.text`);
  const parts: (FilledText | ImagePart)[] = images.map((image, i) =>
    picture(image, `${place}.images[${i}]`),
  );
  if (shown !== "") parts.push(filledText([users(shown)]));
  return parts.length > 0 ? parts : [filledText([own(empty)])];
}

/** @throws InputError for a field that the prompt lacks, or that the case lacks */
function checkFields(prompt: PromptRecord, given: Fields, fields: Fields, where: string): void {
  const known = fieldsOf(prompt);
  const names = [...allNames(known)];
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new InputError({
      where: `${where}.${unknown}`,
      what: "the model's prompt has no place for this field",
      expected: [...new Set([...requiredFields(prompt), ...known.sides])].join(", ") || "nothing",
      todo: "Remove it, or correct its name",
    });
  }
  const missing = requiredFields(prompt).find((name) => !Object.hasOwn(fields, name));
  if (missing === undefined) return;
  const got = Object.keys(given).join(", ") || "no field";
  throw new InputError({
    where,
    what: `the model's prompt needs the field ${missing}`,
    got: got === "no field" ? kindOf(undefined) : got,
    todo: `Add ${missing} to the inputs`,
  });
}

function allNames({ texts, lists, images, pages, sides }: PromptFields): Set<string> {
  return new Set([...texts, ...lists, ...images, ...pages, ...sides]);
}
