/** Counts the results of provoked faults by kind, and prints them as lines of a table. */

/** The results of the cases of one kind. */
export interface Tally {
  readonly fault: string;
  /** The cases that issue 5 asks for, at least. */
  readonly asked: number;
  cases: number;
  /** Right answers. */
  right: number;
  /** Of the right ones: without the store. */
  uncached: number;
  /** Typed errors. */
  errors: number;
  /** What went wrong, each in words. */
  readonly wrong: string[];
}

export const tally = (fault: string, asked = 0): Tally => ({
  fault,
  asked,
  cases: 0,
  right: 0,
  uncached: 0,
  errors: 0,
  wrong: [],
});

/** Counts a case by its outcome, or by what is wrong with it. */
export function countOutcome(
  into: Tally,
  outcome: number | Error,
  wrong: string | undefined,
): void {
  into.cases += 1;
  if (wrong !== undefined) into.wrong.push(wrong);
  else if (outcome instanceof Error) into.errors += 1;
  else into.right += 1;
}

/** The head of a table of kinds. */
export const TABLE_HEAD: string =
  "| fault | asked | cases | right | of these without the store | typed error | wrong |\n" +
  "|---|---:|---:|---:|---:|---:|---:|";

/** The kind's line in it. */
export function tableRow(one: Tally): string {
  const { fault, asked, cases, right, uncached, errors, wrong } = one;
  return `| ${fault} | ${asked === 0 ? "" : asked} | ${cases} | ${right} | ${uncached} | ${errors} | ${wrong.length} |`;
}
