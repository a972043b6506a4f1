/**
 * Finds phrases that make comments, messages and docs hard to read for people whose first language
 * is not English. CONTRIBUTING.md has the rules. Tested by: test/tools/check/phrases.test.ts
 */

/** Columns of a comment's line, at most. */
const COLUMNS = 100;

interface Rule {
  readonly pattern: RegExp;
  readonly advice: string;
}

const RULES: readonly Rule[] = [
  { pattern: /\bwhom?ever\b/i, advice: "name who: the caller, the user, a page" },
  { pattern: /\banew\b/i, advice: "write: again" },
  {
    pattern: /\b(whence|thence|hence|thereof|whereof|wherein)\b/i,
    advice: "write: from where, so",
  },
  { pattern: /\bat once\b/i, advice: "write: immediately, or: together" },
  { pattern: /\bof (which|whom)\b/i, advice: "begin a new sentence" },
  { pattern: /\bwhere there (is|are|was|were)\b/i, advice: "write: if there is" },
  { pattern: /\bwhere (none|not)\b/i, advice: "write: if not" },
  {
    pattern:
      /(?<!\bthere )\b(is|are|was|were) no (?!longer\b|more\b|less\b|one\b|\w+er\b|\d)[a-z]/i,
    advice: "write: is not a",
  },
  { pattern: /\bso (many|much|often)\b(?! (that|as|faster|slower)\b)/i, advice: "name the number" },
  { pattern: /\bevery so \w+/i, advice: "write: every n-th" },
  { pattern: /\bbegin of\b/i, advice: "write: the start of" },
  { pattern: /\b(is|are|be|was|were) told\b/i, advice: "write: is reported, or: gets" },
  { pattern: /\b(nobody|somebody|everybody)'s\b/i, advice: "name who" },
];

export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly phrase: string;
  readonly advice: string;
}

/** Returns what the rules find in the comments and strings of a source, or in all of a text. */
export function findPhrases(file: string, source: string): Finding[] {
  const isCode = !file.endsWith(".md");
  return source.split("\n").flatMap((text, i) => {
    const prose = isCode ? proseOf(text, file) : text;
    const found = RULES.flatMap(({ pattern, advice }): Finding[] => {
      const [phrase] = pattern.exec(prose) ?? [];
      return phrase === undefined ? [] : [{ file, line: i + 1, phrase, advice }];
    });
    const isLong = isCode && isComment(text, file) && text.length > COLUMNS;
    const advice = `at most ${COLUMNS} columns`;
    return isLong ? [...found, { file, line: i + 1, phrase: "a long line", advice }] : found;
  });
}

/** Returns the part of a line that people read: its comment, or its strings. */
function proseOf(text: string, file: string): string {
  if (isComment(text, file)) return text;
  const [, comment = ""] = /\s\/\/ (.*)$/.exec(text) ?? [];
  const strings = text.match(/"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|(?<=^|\})[^`"]*`/g) ?? [];
  return [...strings.filter((string) => string.includes(" ")), comment].join(" | ");
}

function isComment(text: string, file: string): boolean {
  return file.endsWith(".sh") ? /^\s*#/.test(text) : /^\s*(\/\*\*?|\*|\/\/)( |$)/.test(text);
}
