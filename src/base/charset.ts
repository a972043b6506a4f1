// Tested by: test/remote/remote-reward-model.test.ts
/**
 * Checks that the page decoded this script correctly.
 *
 * The library is built in pure ASCII, but a later minifier may replace its escapes by the
 * characters themselves. In a wrong charset they become others, and texts lose characters.
 */
import { UnsupportedError } from "../errors.ts";

/** A character of Latin-1, and the first of the marks around control tokens. */
const SIGNS = "\u00e9\u{f0000}";
const CODES = "e9,f0000";

/** @throws UnsupportedError if this script was decoded in a wrong charset */
export function checkCharset(): void {
  // Compares code points at run time: a minifier computes the length of a text at build time.
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
