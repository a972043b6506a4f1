// Tested by: test/text/jinja/odd-templates.test.ts
/**
 * White space as Python's `str.isspace` and `\s` have it. JavaScript differs in seven characters.
 */
export const PYTHON_SPACE: string =
  "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007" +
  "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

const SPACES: ReadonlySet<string> = new Set(PYTHON_SPACE);

/** Returns whether a character is white space. */
export function isSpace(character: string): boolean {
  return SPACES.has(character);
}

/** Returns the text without the characters at its start, as Python's `lstrip`. */
export function trimStart(text: string, characters?: string): string {
  const set = characters === undefined ? SPACES : new Set(characters);
  let begin = 0;
  for (const character of text) {
    if (!set.has(character)) break;
    begin += character.length;
  }
  return text.slice(begin);
}

/** Returns the text without the characters at its end, as Python's `rstrip`. */
export function trimEnd(text: string, characters?: string): string {
  const set = characters === undefined ? SPACES : new Set(characters);
  let end = text.length;
  while (end > 0) {
    const isPair = end > 1 && (text.codePointAt(end - 2) ?? 0) > 0xffff;
    const begin = isPair ? end - 2 : end - 1;
    if (!set.has(text.slice(begin, end))) break;
    end = begin;
  }
  return text.slice(0, end);
}
