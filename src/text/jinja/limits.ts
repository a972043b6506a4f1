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
  if (length > MAX_LENGTH) throw failed(`it makes a text of more than ${MAX_LENGTH} characters`);
}

/** Jinja2's sandbox: the longest range. */
const MAX_RANGE = 100_000;

export function checkRange(length: number): void {
  if (length > MAX_RANGE) {
    throw failed(`Range too big. The sandbox blocks ranges larger than MAX_RANGE (${MAX_RANGE}).`);
  }
}

/** Nodes that one rendering may evaluate: a second or two. */
export const MAX_STEPS = 1_500_000;
/** Calls of macros inside each other: below what JavaScript's stack holds. */
export const MAX_DEPTH = 150;
