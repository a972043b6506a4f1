/**
 * Turns a conversation into the token ids that the model sees.
 *
 *     messages ─ mark spelled control tokens ─ template ─ cut at control tokens
 *       ─ tokenise runs ─ ids
 *
 * Nothing is added around the result: templates write their control tokens themselves (a BOS,
 * once), as in transformers' `apply_chat_template(…, tokenize=True)`. The post-processor of
 * tokenizer.json is not used.
 */
import { InputError, UnsupportedError } from "../errors.ts";
import type { Conversation, ImagePart, Message } from "../types.ts";
import type { ChatTemplate, TemplateOptions } from "./template/chat-template.ts";
import { unmark, type ControlTokens } from "./template/control-tokens.ts";
import { checkRead, imagePartsOf, USUAL_ROLES } from "./template/conversation.ts";
import type { FilledMessage, Span } from "./template/fill-prompt.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";

/** A templated and tokenised conversation. */
export interface Prompt {
  /** What the template made, one pad for each picture. */
  readonly text: string;
  /** Token ids; each picture's pad repeated as often as the picture has tokens. */
  readonly ids: Uint32Array;
  /** For each picture, the index in `ids` of its first token, and how many tokens it has. */
  readonly images: readonly { readonly begin: number; readonly tokens: number }[];
  /**
   * Tokens of the last turn's content, `[begin, end)` in `ids`; empty for an empty response. A
   * token that the response shares with the template (newlines that merge) counts to it.
   */
  readonly response: { readonly begin: number; readonly end: number };
}

/** What a prompt is made with. */
export interface Prompter {
  readonly tokenizer: Tokenizer;
  readonly control: ControlTokens;
  readonly template: ChatTemplate;
  /** The token that a picture's tokens all have; undefined if the model takes no pictures. */
  readonly imagePad: number | undefined;
  /** Control tokens that follow what the template made, such as one that a head reads. */
  readonly appended: string;
  /** Called once if the template rewrites a response. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Characters `[begin, end)` of a rendered text. */
interface Range {
  readonly begin: number;
  readonly end: number;
}

/** How a prompt ends, and what its template gets. */
export interface PromptEnding extends TemplateOptions {
  /** A text behind what the template made, which may spell control tokens. */
  readonly suffix?: string | undefined;
}

/** The turns of a conversation, or those of a model's own prompt. */
export type PromptTurns = Conversation | { readonly turns: readonly FilledMessage[] };

export type EncodeTurns = (
  messages: PromptTurns,
  imageTokens: readonly number[],
  ending?: PromptEnding,
) => Prompt;

export function createPrompter(parts: Prompter): EncodeTurns {
  const joinText = !readsParts(parts.template);
  let isWarned = false;
  return (given, imageTokens, { suffix = "", ...options } = {}) => {
    const isFilled = "turns" in given;
    if (!isFilled) checkRead(given);
    checkImageTokens(
      parts,
      isFilled ? filledPictures(given.turns) : imagePartsOf(given),
      imageTokens,
    );
    const plain = isFilled
      ? given.turns.map((turn) => filledMessage(parts.control, turn, joinText))
      : given.map((message) => plainMessage(parts.control, message, joinText));
    const render: ChatTemplate = Object.assign(
      (messages: readonly JsonObject[]) => parts.template(messages, options),
      { literals: parts.template.literals },
    );
    const marked = render(plain);
    for (const [i, { role }] of (isFilled ? [] : given).entries()) {
      if (!USUAL_ROLES.includes(role)) checkWritten(render, plain, i, role);
    }
    const isJudged = plain.at(-1)?.["role"] === "assistant";
    const end = { begin: marked.length, end: marked.length };
    const place = isJudged ? placeOfResponse(render, plain, marked) : end;
    const isChecked = isJudged && !isFilled && !isWarned;
    if (isChecked && !isWritten(plain, marked.slice(place.begin, place.end))) {
      isWarned = true;
      parts.onWarning?.(
        "chat template: it does not write the response as it is: scores are of what it writes",
      );
    }
    const prompt = tokenise(parts, marked + parts.appended + suffix, place, imageTokens);
    if (prompt.images.length !== imageTokens.length) {
      throw new InputError({
        where: "chat template",
        what: "it has another number of places for pictures",
        got: prompt.images.length,
        expected: imageTokens.length,
        todo: "Use a model that reads pictures in this turn",
      });
    }
    return prompt;
  };
}

/**
 * Encodes texts one by one and joins their tokens: nothing merges across their borders. Returns
 * also the place of the last token of each.
 */
export function encodePieces(
  parts: Pick<Prompter, "tokenizer" | "control">,
  pieces: readonly (readonly Span[])[],
): Prompt & { readonly ends: readonly number[] } {
  const prompts = pieces.map((spans) => {
    const marked = parts.control.markSpans(spans).join("");
    const nowhere = { begin: marked.length, end: marked.length };
    return tokenise({ ...parts, imagePad: undefined }, marked, nowhere, []);
  });
  const ids = prompts.flatMap((prompt) => [...prompt.ids]);
  let length = 0;
  const ends = prompts.map((prompt) => (length += prompt.ids.length) - 1);
  const response = { begin: ids.length, end: ids.length };
  const text = prompts.map((prompt) => prompt.text).join("");
  return { text, ids: Uint32Array.from(ids), images: [], response, ends };
}

function filledPictures(turns: readonly FilledMessage[]): readonly ImagePart[] {
  return turns.flatMap(({ content }) => content.filter((part) => part.type === "image"));
}

/** Returns a turn of a model's own prompt as templates see it. */
function filledMessage(
  control: ControlTokens,
  { role, content }: FilledMessage,
  joinText: boolean,
): JsonObject {
  const spans = content.flatMap((part) => (part.type === "text" ? part.spans : []));
  const marked = control.markSpans(spans).values();
  const parts = content.map((part) =>
    part.type === "text"
      ? { type: "text", text: part.spans.map(() => marked.next().value).join("") }
      : { type: "image", image: "<image>" },
  );
  const isText = parts.every(({ type }) => type === "text");
  if (!joinText || !isText) return { role, content: parts };
  return { role, content: parts.map(({ text }) => text).join("") };
}

function tokenise(
  { tokenizer, control, imagePad }: Pick<Prompter, "tokenizer" | "control" | "imagePad">,
  marked: string,
  place: Range,
  imageTokens: readonly number[],
): Prompt {
  const ids: number[] = [];
  const images: { begin: number; tokens: number }[] = [];
  const starts: number[] = []; // byte at which a token starts; a control token counts as one
  let bytes = 0;
  const add = (id: number, length: number): void => {
    ids.push(id);
    starts.push(bytes);
    bytes += length;
  };
  let begin: number | undefined;
  let end: number | undefined;
  for (const segment of control.segments(marked)) {
    const { id } = segment;
    const byteAt = (character: number): number => {
      if (id !== undefined || character <= segment.begin) return bytes;
      return (
        bytes + byteLength(tokenizer.normalise(unmark(marked.slice(segment.begin, character))))
      );
    };
    if (begin === undefined && place.begin < segment.end) begin = byteAt(place.begin);
    if (end === undefined && place.end < segment.end) end = byteAt(place.end);
    if (id === undefined) {
      const run = unmark(marked.slice(segment.begin, segment.end));
      for (const token of tokenizer.encode(run)) add(token, tokenizer.bytes(token).length);
    } else if (id === imagePad) {
      const tokens = imageTokens[images.length] ?? 1;
      images.push({ begin: ids.length, tokens });
      for (let i = 0; i < tokens; i++) add(id, 1);
    } else add(id, 1);
  }
  const response = tokensBetween(starts, bytes, begin ?? bytes, end ?? bytes);
  return { text: unmark(marked), ids: Uint32Array.from(ids), images, response };
}

/**
 * Returns the tokens that hold any of the bytes `[begin, end)`; for no bytes, the place where they
 * would be.
 */
function tokensBetween(
  starts: readonly number[],
  bytes: number,
  begin: number,
  end: number,
): Range {
  const after = starts.findIndex((_, token) => (starts[token + 1] ?? bytes) > begin);
  const first = after < 0 ? starts.length : after;
  if (begin === end) return { begin: first, end: first };
  const next = starts.findIndex((start) => start >= end);
  return { begin: first, end: next < 0 ? starts.length : next };
}

/** A private-use character that no template strips. It marks the place of a content. */
const PROBE = "\u{f0002}";

/**
 * Returns the place of the last turn's content in the rendered text. A probe in its place shows
 * which text comes before and after.
 */
function placeOfResponse(
  template: ChatTemplate,
  messages: readonly JsonObject[],
  marked: string,
): Range {
  const last = messages.at(-1);
  const isString = typeof last?.["content"] === "string";
  const content = isString ? PROBE : [{ type: "text", text: PROBE }];
  const probed = template([...messages.slice(0, -1), { ...last, content }]);
  const at = probed.lastIndexOf(PROBE);
  if (at < 0) {
    throw new UnsupportedError({
      where: "chat template",
      what: "it does not write the assistant's last turn",
      todo: "Use the template that the model was published with",
    });
  }
  const limit = Math.min(at, marked.length);
  let begin = 0;
  while (begin < limit && marked[begin] === probed[begin]) begin++;
  // A template may treat the content by what it contains (</think>): text that differs belongs to
  // the response.
  const rest = probed.length - at - PROBE.length;
  let shared = 0;
  while (shared < rest && marked.at(-1 - shared) === probed.at(-1 - shared)) shared++;
  return { begin, end: Math.max(begin, marked.length - shared) };
}

/** Returns whether the template wrote the last turn's text, white space aside. */
function isWritten(messages: readonly JsonObject[], written: string): boolean {
  const content = messages.at(-1)?.["content"];
  const parts: readonly unknown[] = Array.isArray(content) ? content : [{ text: content }];
  const textOf = (part: unknown): string =>
    isObject(part) && typeof part["text"] === "string" ? part["text"] : "";
  const text = parts.map(textOf).join("");
  const bare = (marked: string): string => unmark(marked).replace(/\s+/gu, "");
  return bare(written).includes(bare(text));
}

/** Returns whether a template writes a list of parts as it writes the same content as a string. */
function readsParts(template: ChatTemplate): boolean {
  const render = (content: unknown): string =>
    template([
      { role: "user", content },
      { role: "assistant", content: "" },
    ]);
  try {
    return render([{ type: "text", text: PROBE }]) === render(PROBE);
  } catch {
    return false; // `message.content | trim` of a list, in templates of text-only models
  }
}

/**
 * Returns a message as templates see it: plain data with control tokens marked in every string,
 * pictures by their mere presence.
 */
function plainMessage(control: ControlTokens, message: Message, joinText: boolean): JsonObject {
  const { content } = message;
  const fields = Object.entries(withReasoning({ ...message }));
  // Fields stay in their order: a template may write a message whole.
  const withContent = (written: unknown): JsonObject =>
    Object.fromEntries(
      fields.flatMap(([name, value]) => {
        if (name !== "content") return [[name, markStrings(value, control)]];
        return written === undefined ? [] : [[name, written]];
      }),
    );
  if (typeof content === "string") return withContent(control.mark(content));
  if (content.length === 0 && Object.keys(message).length > 2) return withContent(undefined);
  if (joinText && content.every((part) => part.type === "text")) {
    return withContent(control.mark(content.map((part) => part.text).join("")));
  }
  const texts = content.flatMap((part) => (part.type === "text" ? [part.text] : []));
  const marked = control.markParts(texts).values();
  const parts = content.map((part) =>
    part.type === "text"
      ? { type: "text", text: marked.next().value }
      : { type: "image", image: "<image>" },
  );
  return withContent(parts);
}

/** Fills `reasoning_content` and `thinking` from each other's names, as transformers 5 does. */
function withReasoning(fields: JsonObject): JsonObject {
  const reasoning = fields["reasoning_content"] ?? fields["thinking"] ?? fields["reasoning"];
  if (reasoning === undefined) return fields;
  return { thinking: reasoning, ...fields, reasoning_content: reasoning };
}

/** Marks the control tokens in all strings of plain data. Keys stay, as in transformers. */
function markStrings(value: unknown, control: ControlTokens): unknown {
  if (typeof value === "string") return control.mark(value);
  if (Array.isArray(value)) return value.map((one) => markStrings(one, control));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, markStrings(one, control)]),
  );
}

/**
 * Checks that every turn was written: many templates skip turns of unknown roles.
 * @throws InputError
 */
function checkWritten(
  template: ChatTemplate,
  messages: readonly JsonObject[],
  index: number,
  role: string,
): void {
  const probed = messages.map((message, i) =>
    i === index ? { ...message, content: PROBE } : message,
  );
  if (template(probed).includes(PROBE)) return;
  throw new InputError({
    where: `messages[${index}].role`,
    what: "the chat template does not write turns of this role",
    got: role,
    todo: "Give the roles that this model was trained on",
  });
}

function checkImageTokens(
  { imagePad }: Prompter,
  shown: readonly ImagePart[],
  imageTokens: readonly number[],
): void {
  const pictures = shown.length;
  if (pictures > 0 && imagePad === undefined) {
    throw new InputError({
      where: "messages",
      what: "this model reads text only",
      got: `${pictures} ${pictures === 1 ? "picture" : "pictures"}`,
      expected: "text",
      todo: "Leave the pictures out, or load a vision-language model",
    });
  }
  if (pictures !== imageTokens.length) {
    throw new InputError({
      where: "imageTokens",
      what: "not one count for each picture",
      got: imageTokens.length,
      expected: pictures,
    });
  }
  const bad = imageTokens.find((tokens) => !Number.isInteger(tokens) || tokens < 1);
  if (bad !== undefined) {
    throw new InputError({
      where: "imageTokens",
      what: "no count of tokens",
      got: bad,
      expected: "1 or more",
    });
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
