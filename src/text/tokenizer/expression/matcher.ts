/**
 * Splits texts by a regular expression, in time that grows with the text's length only.
 *
 * Expressions come with checkpoints, from strangers. The browser's engine takes exponential time
 * for some (`(a+)+$`) and cannot be stopped. This one goes through the same alternatives in the
 * same order, and remembers for each choice and position that it failed: nothing is tried twice.
 */
import { ExpressionFault, parseExpression } from "./parse.ts";
import { compileExpression, type Program } from "./program.ts";

export { ExpressionFault };

/** A choice at a position: not tried, tried without success (or being tried), or known to match. */
const [UNKNOWN, FAILED, MATCHED] = [0, 1, 2];

/** What the memory of one text may take, in bytes. */
const MAX_MEMORY = 2 ** 28;

/**
 * Returns a function that cuts a text into what the expression matches and what lies between.
 * @param pattern an expression of JavaScript in its `u` mode; its flags are not used
 * @throws ExpressionFault for what cannot be bounded: back references, looks behind of several
 *   widths, too many steps
 */
export function createSplitter({ source }: RegExp): (text: string) => readonly string[] {
  const program = compileExpression(parseExpression(source));
  return (text) => {
    const pieces: string[] = [];
    let done = 0;
    for (const [begin, end] of matches(program, text)) {
      if (begin > done) pieces.push(text.slice(done, begin));
      if (end > begin) pieces.push(text.slice(begin, end));
      done = end;
    }
    if (done < text.length) pieces.push(text.slice(done));
    return pieces;
  };
}

/** Returns `[begin, end)` of each match, as `matchAll` finds them. */
function matches(program: Program, text: string): readonly (readonly [number, number])[] {
  const { memos, start } = program;
  if (memos * (text.length + 1) > MAX_MEMORY) {
    throw new ExpressionFault(`${memos} choices for a text of ${text.length} characters`);
  }
  const memory = new Uint8Array(memos * (text.length + 1));
  const found: (readonly [number, number])[] = [];
  for (let begin = 0; begin <= text.length;) {
    const end = run(program, text, memory, start, begin, false);
    if (end >= 0) found.push([begin, end]);
    if (end > begin) begin = end;
    else begin += widthAt(text, begin);
  }
  return found;
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/**
 * Returns the end of the first match in the order of trial, or -1.
 * @param isLook whether only the answer counts: choices that led to it are remembered too
 */
function run(
  program: Program,
  text: string,
  memory: Uint8Array,
  start: number,
  begin: number,
  isLook: boolean,
): number {
  const { steps, memos } = program;
  // The choices on the way to here, each with its position and its other branch, or -1.
  const cells: number[] = [];
  const others: number[] = [];
  const places: number[] = [];
  let pc = start;
  let at = begin;
  for (;;) {
    let isFailed = false;
    const step = steps[pc];
    switch (step?.kind) {
      case "set": {
        const codePoint = text.codePointAt(at);
        if (codePoint !== undefined && step.set(codePoint)) {
          at += codePoint > 0xffff ? 2 : 1;
          pc = step.next;
        } else isFailed = true;
        break;
      }
      case "split": {
        const cell = at * memos + step.memo;
        const known = memory[cell];
        if (known === UNKNOWN) {
          memory[cell] = FAILED;
          cells.push(cell);
          others.push(step.other);
          places.push(at);
          pc = step.next;
        } else if (known === MATCHED) return settle(memory, cells, isLook, at);
        else isFailed = true;
        break;
      }
      case "look": {
        const cell = at * memos + step.memo;
        memory[cell] ||= look(program, text, memory, step, at) ? MATCHED : FAILED;
        if ((memory[cell] === MATCHED) !== step.isNegated) pc = step.next;
        else isFailed = true;
        break;
      }
      case "end":
        return settle(memory, cells, isLook, at);
      case undefined:
        throw new Error("the program of an expression has a hole");
    }
    if (!isFailed) continue;
    // Back to the last choice that has another branch.
    let other = -1;
    while (other < 0) {
      if (cells.length === 0) return -1;
      const last = cells.length - 1;
      other = others[last] ?? -1;
      at = places[last] ?? 0;
      if (other >= 0) others[last] = -1;
      else {
        cells.pop();
        others.pop();
        places.pop();
      }
    }
    pc = other;
  }
}

function look(
  program: Program,
  text: string,
  memory: Uint8Array,
  { body, back }: { readonly body: number; readonly back: number },
  at: number,
): boolean {
  let begin = at;
  for (let i = 0; i < back; i++) {
    if (begin === 0) return false;
    begin -= begin > 1 && (text.codePointAt(begin - 2) ?? 0) > 0xffff ? 2 : 1;
  }
  return run(program, text, memory, body, begin, true) >= 0;
}

/** Remembers the choices that led to a match; those of the whole are free for the next one. */
function settle(memory: Uint8Array, cells: readonly number[], isLook: boolean, at: number): number {
  for (const cell of cells) memory[cell] = isLook ? MATCHED : UNKNOWN;
  return at;
}
