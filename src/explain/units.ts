/**
 * Cuts a text into units that can be left out: sentences, clauses or words.
 *
 * Code (a fence, or between backticks) is one unit at every size. List items and headings are one
 * sentence each. Words are those of `Intl.Segmenter`, so Chinese and Japanese have them too.
 */

/** Characters `[start, end)` of a text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type UnitSize = "sentence" | "clause" | "word";

const FENCE = /^[ \t]*(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^[ \t]*\1[ \t]*$|$(?![\s\S]))/gmu;
const ITEM = /^[ \t]*(?:[-*+•・]|\d{1,3}[.)]|#{1,6}|[①-⑳])[ \t]*\S/u;
const INLINE_CODE = /`[^`\n]+`/gu;
/** A comma or the like ends a clause: before white space, or without it in Chinese and Japanese. */
const CLAUSE_END = /[,;:—–](?=\s)|[，；：、]/gu;

/** Returns the units of a text, in order; they do not overlap, and none is white space alone. */
export function unitsOf(text: string, size: UnitSize): Span[] {
  return blocksOf(text).flatMap(({ start, end, kind }) => {
    if (kind === "code" || (kind === "item" && size === "sentence")) {
      return trimmed(text, { start, end });
    }
    const inner = kind === "item" ? withoutMark(text, { start, end }) : { start, end };
    if (size === "word") return wordsOf(text, inner);
    return segments(text, inner, "sentence").flatMap((sentence) =>
      size === "sentence" ? [sentence] : clausesOf(text, sentence),
    );
  });
}

/**
 * Returns the largest size that cuts a text into at least `wanted` units, else words.
 */
export function sizeFor(texts: readonly string[], wanted: number): UnitSize {
  const sizes = ["sentence", "clause"] as const;
  const found = sizes.find((size) => texts.every((text) => unitsOf(text, size).length >= wanted));
  return found ?? "word";
}

/** Returns the text without the spans, and without the white space that would be left double. */
export function without(text: string, spans: readonly Span[]): string {
  let rest = "";
  let last = 0;
  for (const span of [...spans].toSorted((a, b) => a.start - b.start)) {
    const { start, end } = withSpace(text, span);
    rest += text.slice(last, Math.max(last, start));
    last = Math.max(last, end);
  }
  return (rest + text.slice(last)).trim();
}

/** Returns the span with the white space that belongs to it. */
function withSpace(text: string, { start, end }: Span): Span {
  let [first, next] = [start, end];
  const isSpace = (i: number): boolean => /[^\S\n]/u.test(text.charAt(i));
  const isLine =
    (first === 0 || text[first - 1] === "\n") && (next === text.length || text[next] === "\n");
  if (isLine) return { start: first, end: Math.min(text.length, next + 1) };
  if (isSpace(next)) {
    while (isSpace(next)) next += 1;
  } else {
    // Before a full stop or at the end the space in front goes.
    while (first > 0 && isSpace(first - 1)) first -= 1;
  }
  return { start: first, end: next };
}

interface Block extends Span {
  readonly kind: "code" | "item" | "text";
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let last = 0;
  for (const match of text.matchAll(FENCE)) {
    blocks.push(...linesOf(text, { start: last, end: match.index }));
    last = match.index + match[0].length;
    blocks.push({ kind: "code", start: match.index, end: last });
  }
  blocks.push(...linesOf(text, { start: last, end: text.length }));
  return blocks;
}

/** Returns list items and headings by their lines, and the text between them whole. */
function linesOf(text: string, { start, end }: Span): Block[] {
  const blocks: Block[] = [];
  let open: { start: number; end: number } | undefined;
  const close = (): void => {
    if (open && open.end > open.start) blocks.push({ ...open, kind: "text" });
    open = undefined;
  };
  for (let at = start; at < end;) {
    const line = text.indexOf("\n", at);
    const next = line < 0 || line >= end ? end : line + 1;
    const content = text.slice(at, next);
    if (ITEM.test(content)) {
      close();
      blocks.push({ kind: "item", start: at, end: next });
    } else if (content.trim() === "") {
      close();
    } else {
      open = { start: open?.start ?? at, end: next };
    }
    at = next;
  }
  close();
  return blocks;
}

function withoutMark(text: string, { start, end }: Span): Span {
  const mark = /^[ \t]*(?:[-*+•・]|\d{1,3}[.)]|#{1,6}|[①-⑳])[ \t]*/u.exec(text.slice(start, end));
  return { start: start + (mark?.[0].length ?? 0), end };
}

function clausesOf(text: string, { start, end }: Span): Span[] {
  const clauses: Span[] = [];
  let last = start;
  for (const match of text.slice(start, end).matchAll(CLAUSE_END)) {
    const cut = start + match.index + match[0].length;
    clauses.push(...trimmed(text, { start: last, end: cut }));
    last = cut;
  }
  clauses.push(...trimmed(text, { start: last, end }));
  return clauses;
}

/** Returns the words, with code between backticks as one word. */
function wordsOf(text: string, { start, end }: Span): Span[] {
  const words: Span[] = [];
  let last = start;
  for (const match of text.slice(start, end).matchAll(INLINE_CODE)) {
    const at = start + match.index;
    words.push(...segments(text, { start: last, end: at }, "word"));
    last = at + match[0].length;
    words.push({ start: at, end: last });
  }
  words.push(...segments(text, { start: last, end }, "word"));
  return words;
}

/** Firefox has `Intl.Segmenter` from version 125 on. */
function segmenter(granularity: "sentence" | "word"): Intl.Segmenter | undefined {
  const { Segmenter } = Intl as Partial<typeof Intl>;
  return Segmenter && new Segmenter(undefined, { granularity });
}

const SIMPLE = { sentence: /[^.!?。！？\n]+[.!?。！？]*\s*/gu, word: /[\p{L}\p{N}\p{M}'’]+/gu };

function segments(text: string, { start, end }: Span, granularity: "sentence" | "word"): Span[] {
  const part = text.slice(start, end);
  const made = segmenter(granularity);
  const found =
    made === undefined
      ? [...part.matchAll(SIMPLE[granularity])].map((match) => ({
          index: match.index,
          segment: match[0],
        }))
      : [...made.segment(part)].filter(
          ({ isWordLike }) => granularity === "sentence" || isWordLike === true,
        );
  return found.flatMap(({ index, segment }) =>
    trimmed(text, { start: start + index, end: start + index + segment.length }),
  );
}

function trimmed(text: string, { start, end }: Span): Span[] {
  const part = text.slice(start, end);
  const bare = part.trim();
  if (bare === "") return [];
  const first = start + part.indexOf(bare);
  return [{ start: first, end: first + bare.length }];
}
