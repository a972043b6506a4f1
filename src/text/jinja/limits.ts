// Tested by: test/text/jinja/odd-templates.test.ts
/** Bounds on what a template may do: it comes from the hub, and may be hostile. */
import { failed } from "./fault.ts";

/** The longest text or list that a template may make. */
const MAX_LENGTH = 2 ** 24;

/**
 * Refuses huge values.
 * @throws TemplateFault for a text or list of that length
 */
export function checkLength(length: number): void {
  spend(length / COPIED);
  if (length > MAX_LENGTH) throw failed(`it makes a text of more than ${MAX_LENGTH} characters`);
}

/** Jinja2's sandbox: the longest range. */
const MAX_RANGE = 100_000;

export function checkRange(length: number): void {
  if (length > MAX_RANGE) {
    throw failed(`Range too big. The sandbox blocks ranges larger than MAX_RANGE (${MAX_RANGE}).`);
  }
}

/**
 * Work that one rendering may do: a second or two. A node of the template is one unit; what an
 * operation does with the values of a list or the characters of a text is a share of it each.
 */
const MAX_WORK = 1_500_000;
/** Values and characters that are gone through, and characters that are copied, for one unit. */
export const VALUES = 2;
export const CHARACTERS = 16;
const COPIED = 256;

/** What the rendering that runs now may still do. Renderings do not overlap. */
let left = MAX_WORK;

export function beginWork(): void {
  left = MAX_WORK;
}

/** @throws TemplateFault if the rendering has done too much */
export function spend(units: number): void {
  left -= units;
  if (left < 0) throw failed(`it takes more than ${MAX_WORK} steps`);
}

/** Takes account of a search for `part` in `text`: the worst case is their product. */
export function spendSearch(text: string, part: string): void {
  spend(text.length / COPIED + (text.length * part.length) / 1024);
}

/** Calls of macros inside each other: below what JavaScript's stack holds. */
export const MAX_DEPTH = 150;
