/** What the parsers of all compilers return. */

export type Kind =
  | "fma"
  | "alu"
  | "matrix"
  | "sharedLoad"
  | "sharedStore"
  | "load"
  | "store"
  | "spill"
  | "control";

export interface Instruction {
  readonly op: string;
  readonly kind: Kind;
  /** How often it is issued, in units of a whole subgroup: 0.5 for half of one. */
  readonly times: number;
  /** Multiply-adds of an invocation: 2 if it is dual-issued or packed. */
  readonly fma: number;
  /** Bytes that an invocation loads. */
  readonly bytes: number;
  /** True if it is not issued as work of its own: hints to the scheduler. */
  readonly isFree: boolean;
  /** The index of the instruction that it may branch to. */
  readonly target: number | undefined;
  /** True if it never falls through to the next. */
  readonly jumps: boolean;
}

export interface Parsed {
  readonly instructions: readonly Instruction[];
  /** Vector registers of an invocation, as the compiler counts them. */
  readonly registers: number;
  /** Registers spilled and filled, as the compiler counts them; or scratch accesses. */
  readonly spills: number;
  /** Subgroups of a core that fit together, or the width, in the compiler's own words. */
  readonly occupancy: string;
  readonly codeBytes: number;
}

/** An instruction in the making: `to` names the label that it branches to. */
export interface Draft {
  op: string;
  kind: Kind;
  times?: number;
  fma?: number;
  bytes?: number;
  isFree?: boolean;
  to?: string | undefined;
  jumps?: boolean;
}

/** Completes drafts: `labels` has the index of the instruction that follows each label. */
export function link(drafts: readonly Draft[], labels: ReadonlyMap<string, number>): Instruction[] {
  return drafts.map(({ op, kind, times = 1, fma = 0, bytes = 0, isFree = false, to, jumps }) => {
    const target = to === undefined ? undefined : labels.get(to);
    return { op, kind, times, fma, bytes, isFree, target, jumps: jumps ?? false };
  });
}

/** Returns the number in the first match, and throws if there is none: the format has changed. */
export function statOf(text: string, what: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`the compiler's output has no ${what}`);
  return Number(found);
}

/** Returns the text from the last mark on. */
export function fromLast(text: string, mark: string): string {
  const at = text.lastIndexOf(mark);
  if (at < 0) throw new Error(`the compiler's output has no "${mark}"`);
  return text.slice(at);
}
