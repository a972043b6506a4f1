// Tested by: test/remote/remote-reward-model.test.ts
/**
 * The library is built in pure ASCII, but a later minifier may write its escapes as the signs
 * themselves. Read in the page's charset, these would be others, and texts would lose characters.
 */
import { UnsupportedError } from "../errors.ts";

/** One sign of Latin-1, and the first of the marks around control tokens. */
const SIGNS = "\u00e9\u{f0000}";
const CODES = "e9,f0000";

/** @throws UnsupportedError if this script was decoded in another charset than it is written in */
export function checkCharset(): void {
  // By code points at run time: a minifier computes the length of a text by itself.
  const codes = Array.from(SIGNS, (sign) => sign.codePointAt(0)?.toString(16));
  if (codes.join() === CODES) return;
  throw new UnsupportedError({
    where: "script",
    what: "was decoded in the wrong charset",
    got: codes.join(),
    expected: CODES,
    todo: 'Add <meta charset="utf-8"> to the head of the page, or send the script with charset=utf-8',
  });
}
