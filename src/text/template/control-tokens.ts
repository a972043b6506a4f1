// Tested by: test/text/template/message-fields.test.ts
/**
 * Which control tokens a rendered conversation has: those that the template wrote, never those that
 * a user spelled.
 *
 * Before the template sees them, spelled tokens are wrapped in two private-use characters, so that
 * afterwards they can be told from the template's own. The run between two control tokens stays
 * whole, spelled tokens and all: that is how the same text without control tokens is tokenised.
 * Python: transformers' `mark_control_tokens` and `encode_marked_chat`, which cut the run at
 * spelled tokens as well.
 */

const BEGIN = "\u{f0000}";
const END = "\u{f0001}";
const LONE_MARK = new RegExp(`[${BEGIN}${END}]`, "gu");

/** A part of a rendered text: a control token, or a run of text. */
export interface Segment {
  /** Place in the marked text. */
  readonly begin: number;
  readonly end: number;
  /** The control token's id; undefined for a run. */
  readonly id: number | undefined;
}

export interface ControlTokens {
  /** Text of a user, with the control tokens that it spells marked. */
  mark(text: string): string;
  /** Texts that a template may write one after the other; a token may be spelled across them. */
  markParts(texts: readonly string[]): readonly string[];
  /** Cuts a text that was rendered from marked parts. Empty runs are left out. */
  segments(marked: string): readonly Segment[];
}

/** @param tokens content → id of the added tokens, control tokens among them */
export function createControlTokens(tokens: ReadonlyMap<string, number>): ControlTokens {
  // White space that is a token (Gemma's "\n\n") is ordinary text to users and templates alike.
  const contents = [...tokens.keys()].filter((content) => content.trim() !== "");
  const any = longestFirst(contents);
  const spelled = new RegExp(any, "gu");
  // A wrapped token is text. A mark that lost its partner (a template that splits at `</think>`)
  // cuts the run, so that what stands on its two sides cannot join to a token.
  const parts = new RegExp(`${BEGIN}(?:${any})${END}|[${BEGIN}${END}]|(?<token>${any})`, "gu");
  const mark = (text: string): string =>
    unmark(text).replace(spelled, (token) => BEGIN + token + END);
  return {
    mark,
    markParts(texts) {
      const clean = texts.map(unmark);
      const joined = clean.join("");
      let at = 0;
      return clean.map((text) => {
        const seam = contents.some((content) => spans(joined, at, content)) ? BEGIN : "";
        at += text.length;
        return seam + mark(text);
      });
    },
    segments: (marked) => cut(marked, parts, tokens),
  };
}

/** The text without marks. */
export function unmark(text: string): string {
  return text.replace(LONE_MARK, "");
}

function cut(marked: string, parts: RegExp, tokens: ReadonlyMap<string, number>): Segment[] {
  const segments: Segment[] = [];
  let run = 0;
  const closeRun = (end: number): void => {
    if (end > run) segments.push({ begin: run, end, id: undefined });
  };
  for (const match of marked.matchAll(parts)) {
    const token = match.groups?.["token"];
    const wrapped = token === undefined && match[0].length > BEGIN.length;
    if (wrapped) continue;
    closeRun(match.index);
    run = match.index + match[0].length;
    if (token !== undefined) segments.push({ begin: match.index, end: run, id: tokens.get(token) });
  }
  closeRun(marked.length);
  return segments;
}

/** Whether the content stands across a place of the text. */
function spans(text: string, at: number, content: string): boolean {
  const begin = Math.max(0, at - content.length + 1);
  return text.slice(begin, at + content.length - 1).includes(content);
}

/** An expression that matches any of the contents; of two that begin alike, the longer. */
function longestFirst(contents: readonly string[]): string {
  if (contents.length === 0) return "(?!)"; // matches nothing
  const escaped = contents.toSorted((a, b) => b.length - a.length).map(escapeExpression);
  return escaped.join("|");
}

function escapeExpression(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
