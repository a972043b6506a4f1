/**
 * The words in which two texts differ: the longest common subsequence of words and punctuation, and
 * what is between its parts.
 */
import { at } from "../base/at.ts";
import type { Span } from "./units.ts";

/** What text a has at a place, and what b has there. Either may be empty. */
export interface Difference {
  readonly a: Span;
  readonly b: Span;
}

/** More pieces than this are compared as lines of words: the table of the comparison is square. */
const MAX_PIECES = 2000;
/** Texts with less in common are one difference: single words would not mean anything. */
const LEAST_COMMON = 0.3;

/**
 * Returns the differences of two texts, in order; none if they are equal.
 * @param most neighbours are joined until there are no more differences than this
 */
export function differencesOf(a: string, b: string, most = 12): Difference[] {
  if (a === b) return [];
  const whole = [{ a: { start: 0, end: a.length }, b: { start: 0, end: b.length } }];
  const [left, right] = [piecesOf(a), piecesOf(b)];
  if (left.length > MAX_PIECES || right.length > MAX_PIECES) return whole;
  const common = commonPieces(
    left.map(({ text }) => text),
    right.map(({ text }) => text),
  );
  const longer = Math.max(left.length, right.length);
  if (common.length < LEAST_COMMON * longer) {
    const isOneWord = [left, right].every((pieces) => pieces.filter(isWord).length === 1);
    return isOneWord ? cutSigns(left, right, a, b) : whole;
  }
  const found: Difference[] = [];
  let [i, k] = [0, 0];
  for (const [nextI, nextK] of [...common, [left.length, right.length] as const]) {
    if (nextI > i || nextK > k) {
      found.push(...cutSigns(left, right, a, b, [i, nextI], [k, nextK]));
    }
    [i, k] = [nextI + 1, nextK + 1];
  }
  return joinNearest(found, most);
}

/**
 * Returns what differs between two runs of pieces. A full stop that only one of them has at its end
 * is a difference of its own: else a word and its sign would be blamed together.
 */
function cutSigns(
  left: readonly Piece[],
  right: readonly Piece[],
  a: string,
  b: string,
  [i, endA]: readonly [number, number] = [0, left.length],
  [k, endB]: readonly [number, number] = [0, right.length],
): Difference[] {
  const wordEnd = (pieces: readonly Piece[], from: number, to: number): number => {
    let end = to;
    while (end > from && !isWord(at(pieces, end - 1))) end -= 1;
    return end;
  };
  const [cutA, cutB] = [wordEnd(left, i, endA), wordEnd(right, k, endB)];
  const between = (fromA: number, toA: number, fromB: number, toB: number): Difference => ({
    a: spanOf(left, fromA, toA, a),
    b: spanOf(right, fromB, toB, b),
  });
  const hasWords = cutA > i && cutB > k;
  return hasWords && (cutA < endA || cutB < endB)
    ? [between(i, cutA, k, cutB), between(cutA, endA, cutB, endB)]
    : [between(i, endA, k, endB)];
}

function isWord({ text }: Piece): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

/** Returns the text with one of its spans replaced; an emptied place takes its space along. */
export function replaced(text: string, { start, end }: Span, by: string): string {
  const before = text.slice(0, start);
  const after = text.slice(end);
  if (by === "" && start < end) {
    return before.trimEnd() + (before.trim() === "" ? after.trimStart() : after);
  }
  const isInsertion = start === end && by !== "";
  const gapBefore = isInsertion && /[^\s]$/u.test(before) && /^[\p{L}\p{N}]/u.test(by) ? " " : "";
  const gapAfter =
    isInsertion && gapBefore === "" && /[\p{L}\p{N}]$/u.test(by) && /^[\p{L}\p{N}]/u.test(after)
      ? " "
      : "";
  return before + gapBefore + by + gapAfter + after;
}

interface Piece extends Span {
  readonly text: string;
}

/** Words, and each sign beside them. */
function piecesOf(text: string): Piece[] {
  const { Segmenter } = Intl as Partial<typeof Intl>;
  const all = Segmenter
    ? [...new Segmenter(undefined, { granularity: "word" }).segment(text)]
    : [...text.matchAll(/[\p{L}\p{N}\p{M}'’]+|\s+|[^\s]/gu)].map((match) => ({
        segment: match[0],
        index: match.index,
      }));
  return all.flatMap(({ segment, index }) =>
    segment.trim() === "" ? [] : [{ text: segment, start: index, end: index + segment.length }],
  );
}

/** Returns the places of a longest common subsequence, in both lists. */
function commonPieces(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const width = b.length + 1;
  // lengths[i * width + k]: of a's pieces from i on and b's from k on.
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let k = b.length - 1; k >= 0; k--) {
      const below = at(lengths, (i + 1) * width + k);
      const beside = at(lengths, i * width + k + 1);
      lengths[i * width + k] =
        a[i] === b[k] ? at(lengths, (i + 1) * width + k + 1) + 1 : Math.max(below, beside);
    }
  }
  const common: (readonly [number, number])[] = [];
  let [i, k] = [0, 0];
  while (i < a.length && k < b.length) {
    if (a[i] === b[k]) {
      common.push([i, k]);
      [i, k] = [i + 1, k + 1];
    } else if (at(lengths, (i + 1) * width + k) >= at(lengths, i * width + k + 1)) i += 1;
    else k += 1;
  }
  return common;
}

/** Returns the characters of pieces `[from, to)`; for none, the place between its neighbours. */
function spanOf(pieces: readonly Piece[], from: number, to: number, text: string): Span {
  const [first, last] = [pieces[from], pieces[to - 1]];
  if (to > from && first && last) return { start: first.start, end: last.end };
  const place = from > 0 ? at(pieces, from - 1).end : (first?.start ?? text.length);
  return { start: place, end: place };
}

function joinNearest(found: readonly Difference[], most: number): Difference[] {
  const joined = [...found];
  while (joined.length > most) {
    let nearest = 1;
    const gap = (i: number): number => at(joined, i).a.start - at(joined, i - 1).a.end;
    for (let i = 2; i < joined.length; i++) if (gap(i) < gap(nearest)) nearest = i;
    const [first, second] = [at(joined, nearest - 1), at(joined, nearest)];
    joined.splice(nearest - 1, 2, {
      a: { start: first.a.start, end: second.a.end },
      b: { start: first.b.start, end: second.b.end },
    });
  }
  return joined;
}
