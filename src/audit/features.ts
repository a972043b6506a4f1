// Tested by: test/audit/features.test.ts
/** What a response looks like, counted: length and form, nothing of its sense. */

/** One countable feature of a text. */
export interface TextFeature {
  readonly name: string;
  /** Returns how much of it a text has. */
  readonly count: (text: string) => number;
  /** How two counts are compared: logarithms for lengths, (a − b) / (a + b) for marks. */
  readonly compare: "log" | "share";
}

/** Code points, words, and marks of form. */
export const textFeatures: readonly TextFeature[] = [
  { name: "length", count: codePoints, compare: "log" },
  { name: "markdown", count: countMarkdown, compare: "share" },
  { name: "lists", count: (text) => matches(text, LIST), compare: "share" },
  { name: "bold", count: (text) => matches(text, BOLD), compare: "share" },
  { name: "headings", count: (text) => matches(text, HEADING), compare: "share" },
  { name: "emoji", count: (text) => matches(text, EMOJI), compare: "share" },
];

export const LIST: RegExp = /^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+(?=\S)/gm;
export const BOLD: RegExp = /(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g;
export const HEADING: RegExp = /^ {0,3}#{1,6}[ \t]+(?=\S)/gm;
export const CODE: RegExp = /```|`[^`\n]+`/g;
export const EMOJI: RegExp =
  /\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*/gu;

/** Returns how far a is above b in a feature: 0 if both have the same. */
export function featureDifference({ count, compare }: TextFeature, a: string, b: string): number {
  const [x, y] = [count(a), count(b)];
  if (compare === "log") return Math.log1p(x) - Math.log1p(y);
  return x + y === 0 ? 0 : (x - y) / (x + y);
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function countMarkdown(text: string): number {
  return [LIST, BOLD, HEADING, CODE].reduce((sum, pattern) => sum + matches(text, pattern), 0);
}

function matches(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
