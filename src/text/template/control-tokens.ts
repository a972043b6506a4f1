// Tested by: test/text/template/message-fields.test.ts
/**
 * Finds the added tokens of a rendered conversation: control tokens that the template wrote, never
 * those that a user spelled, and other added tokens everywhere in the text.
 *
 * Before the template sees them, spelled control tokens are wrapped in two private-use characters,
 * so that afterwards they differ from the template's own. The run between two tokens stays
 * whole, spelled tokens and all: that is how the same text without control tokens is tokenised.
 * Python: transformers' `mark_control_tokens` and `encode_marked_chat`, which cut the run at
 * spelled tokens as well; tokenizers' `AddedVocabulary`.
 */
import type { AddedToken } from "../tokenizer/token-files.ts";
import { isSpace, trimStart } from "../jinja/syntax/space.ts";
import type { Span } from "./fill-prompt.ts";

const BEGIN = "\u{f0000}";
const END = "\u{f0001}";
const LONE_MARK = new RegExp(`[${BEGIN}${END}]`, "gu");

/** A part of a rendered text: an added token, or a run of text. */
export interface Segment {
  /** Place in the marked text. */
  readonly begin: number;
  readonly end: number;
  /** The token's id; undefined for a run. */
  readonly id: number | undefined;
}

export interface ControlTokens {
  /** Returns a user's text, with the control tokens that it spells marked. */
  mark(text: string): string;
  /** Texts that a template may write one after the other; a token may be spelled across them. */
  markParts(texts: readonly string[]): readonly string[];
  /**
   * Marks those of the spans that are given, and the seams at which a token would be spelled by
   * more than one. Other spans may spell control tokens.
   */
  markSpans(spans: readonly Span[]): readonly string[];
  /** Cuts a text that was rendered from marked parts. Empty runs are left out. */
  segments(marked: string): readonly Segment[];
}

/**
 * Returns the control tokens.
 * @param tokens all added tokens
 * @param literals the literal text of the template: an added token in it is a control token, as
 *   every special one is
 * @param normalise the tokenizer's
 */
export function createControlTokens(
  tokens: readonly AddedToken[],
  literals: string,
  normalise: (text: string) => string,
): ControlTokens {
  const contents = tokens
    .filter(({ content, special }) => {
      return special || (literals.includes(content) && trimStart(content) !== "");
    })
    .map(({ content }) => content);
  const control = longestFirst(contents);
  const spelled = new RegExp(control, "gu");
  const mark = (text: string): string =>
    unmark(text).replace(spelled, (token) => BEGIN + token + END);
  const raw = finder(
    tokens.filter(({ normalized }) => !normalized),
    control,
    (text) => text,
  );
  const late = tokens.filter(({ normalized }) => normalized);
  const normal = finder(late, control, normalise);
  const markSpans = (spans: readonly Span[]): string[] => {
    const clean = spans.map(({ text }) => unmark(text));
    const joined = clean.join("");
    let at = 0;
    return clean.map((text, i) => {
      const isSeam = contents.some((content) => spansPlace(joined, at, content));
      at += text.length;
      return (isSeam ? BEGIN : "") + (spans[i]?.isGiven === true ? mark(text) : text);
    });
  };
  return {
    mark,
    markParts: (texts) => markSpans(texts.map((text) => ({ text, isGiven: true }))),
    markSpans,
    segments(marked) {
      const segments = raw(marked, 0);
      if (late.length === 0) return segments;
      return segments.flatMap((segment) =>
        segment.id === undefined ? findNormalised(marked, segment, normal, normalise) : [segment],
      );
    },
  };
}

/** Returns the text without marks. */
export function unmark(text: string): string {
  return text.replace(LONE_MARK, "");
}

type Finder = (text: string, offset: number) => Segment[];

/** Returns a function that cuts a text at tokens, as tokenizers' `find_matches` does. */
function finder(
  tokens: readonly AddedToken[],
  control: string,
  spell: (content: string) => string,
): Finder {
  const known = new Map(tokens.map((token) => [spell(token.content), token]));
  const any = longestFirst([...known.keys()]);
  // A wrapped token is text. A mark without its partner (a template that splits at `</think>`) cuts
  // the run, so that the texts on its two sides cannot join to a token.
  const parts = new RegExp(`${BEGIN}(?:${control})${END}|[${BEGIN}${END}]|(?<token>${any})`, "gu");
  return (text, offset) => {
    const segments: Segment[] = [];
    let run = 0;
    const add = (begin: number, end: number, id?: number): void => {
      if (end > begin) segments.push({ begin: offset + begin, end: offset + end, id });
    };
    for (const match of text.matchAll(parts)) {
      const end = match.index + match[0].length;
      const content = match.groups?.["token"];
      if (content === undefined && match[0].length > BEGIN.length) continue;
      const token = content === undefined ? undefined : known.get(content);
      if (token?.single_word === true && isInWord(text, match.index, end)) continue;
      const from = token?.lstrip === true ? spaceBefore(text, match.index, run) : match.index;
      add(run, Math.max(run, from));
      run = token?.rstrip === true ? spaceAfter(text, end) : end;
      if (token !== undefined) add(from, run, token.id);
    }
    add(run, text.length);
    return segments;
  };
}

/** Looks in a run for the tokens that are found in normalised text. */
function findNormalised(
  marked: string,
  run: Segment,
  find: Finder,
  normalise: (text: string) => string,
): Segment[] {
  const text = marked.slice(run.begin, run.end);
  const normal = normalise(text);
  if (normal === text) return find(text, run.begin);
  const found = find(normal, 0);
  if (found.every(({ id }) => id === undefined)) return [run];
  // Back to places of the text as it was: the last whose normalised beginning is as long.
  let place = 0;
  const toRaw = (at: number): number => {
    while (place < text.length && normalise(text.slice(0, place + 1)).length <= at) place++;
    return run.begin + place;
  };
  return found.map(({ begin, end, id }, i) => {
    const next = found[i + 1];
    const isLast = next === undefined;
    return { begin: toRaw(begin), end: isLast && end === normal.length ? run.end : toRaw(end), id };
  });
}

const WORD = /[\p{L}\p{M}\p{N}\p{Pc}\u200c\u200d]/u;

/** Tells whether a letter or digit touches the range. */
function isInWord(text: string, begin: number, end: number): boolean {
  const before = /[^]$/u.exec(text.slice(Math.max(0, begin - 2), begin))?.[0] ?? "";
  const after = String.fromCodePoint(text.codePointAt(end) ?? 0x20);
  return WORD.test(before) || WORD.test(after);
}

function spaceBefore(text: string, begin: number, least: number): number {
  let at = begin;
  while (at > least && isRustSpace(text.charAt(at - 1))) at--;
  return at;
}

function spaceAfter(text: string, end: number): number {
  let at = end;
  while (at < text.length && isRustSpace(text.charAt(at))) at++;
  return at;
}

/**
 * Returns whether a character is white space of Unicode, as Rust has it: Python has four separators
 * more.
 */
function isRustSpace(character: string): boolean {
  return isSpace(character) && !"\x1c\x1d\x1e\x1f".includes(character);
}

/** Returns whether the content covers both sides of a place in the text. */
function spansPlace(text: string, at: number, content: string): boolean {
  const begin = Math.max(0, at - content.length + 1);
  return text.slice(begin, at + content.length - 1).includes(content);
}

/** Returns an expression that matches any of the contents; of two that begin alike, the longer. */
function longestFirst(contents: readonly string[]): string {
  if (contents.length === 0) return "(?!)"; // matches nothing
  const escaped = contents.toSorted((a, b) => b.length - a.length).map(escapeExpression);
  return escaped.join("|");
}

function escapeExpression(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
