// Tested by: test/text/tokenizer/expression/matcher.test.ts
/** Turns the tree of a regular expression into steps, in the order in which they are tried. */
import { ExpressionFault, type Node } from "./parse.ts";

export type Step =
  | { readonly kind: "set"; readonly set: CharacterSet; next: number }
  /** Tries `next`, and `other` if that fails. `memo` numbers the steps that remember. */
  | { readonly kind: "split"; next: number; other: number; readonly memo: number }
  | {
      readonly kind: "look";
      /** The first step of what is looked for; it ends in a step of its own. */
      readonly body: number;
      /** Code points to go back first; 0 if it looks ahead. */
      readonly back: number;
      readonly isNegated: boolean;
      readonly memo: number;
      next: number;
    }
  | { readonly kind: "end" };

export interface Program {
  readonly steps: readonly Step[];
  readonly start: number;
  /** How many steps remember. */
  readonly memos: number;
}

/** Returns whether a code point is in the set. */
export type CharacterSet = (codePoint: number) => boolean;

/** Published expressions have about 60 steps. */
const MAX_STEPS = 1000;
/** Nodes that are turned into steps, those in repetitions as often as they repeat. */
const MAX_NODES = 20_000;

/** Returns the steps. @throws ExpressionFault for too many, and for looks that cannot be bounded */
export function compileExpression(tree: Node): Program {
  const steps: Step[] = [];
  const sets = new Map<string, CharacterSet>();
  let memos = 0;
  let nodes = 0;

  const add = (step: Step): number => {
    if (steps.length >= MAX_STEPS) throw new ExpressionFault(`more than ${MAX_STEPS} steps`);
    return steps.push(step) - 1;
  };
  const split = (next: number, other: number, isLazy: boolean): number => {
    const memo = memos++;
    return add(
      isLazy
        ? { kind: "split", next: other, other: next, memo }
        : { kind: "split", next, other, memo },
    );
  };

  /** Returns the first step of `node`, which leads to `next`. Steps are made from the last on. */
  function emit(node: Node, next: number, isInLook: boolean): number {
    if (++nodes > MAX_NODES) throw new ExpressionFault(`more than ${MAX_NODES} parts`);
    switch (node.kind) {
      case "set": {
        const set = sets.get(node.source) ?? characterSet(node.source);
        sets.set(node.source, set);
        return add({ kind: "set", set, next });
      }
      case "sequence":
        return node.parts.reduceRight((after, part) => emit(part, after, isInLook), next);
      case "choice": {
        const firsts = node.options.map((option) => emit(option, next, isInLook));
        return firsts.reduceRight((other, first) => split(first, other, false));
      }
      case "repeat":
        return emitRepeat(node, next, isInLook);
      case "look": {
        const back = node.isBehind ? widthOf(node.body) : 0;
        const body = emit(node.body, add({ kind: "end" }), true);
        const { isNegated } = node;
        return add({ kind: "look", body, back, isNegated, memo: memos++, next });
      }
    }
  }

  function emitRepeat(
    { body, least, most, isLazy }: Node & { kind: "repeat" },
    next: number,
    isInLook: boolean,
  ): number {
    if (most < least) throw new ExpressionFault("a repetition whose least is over its most");
    if (least > MAX_STEPS || (most !== Infinity && most > MAX_STEPS)) {
      throw new ExpressionFault(`more than ${MAX_STEPS} steps`);
    }
    let first = next;
    if (most === Infinity) {
      // A look remembers its answers, and a loop that may take nothing would make them wrong.
      if (isInLook && canBeEmpty(body)) {
        throw new ExpressionFault("an empty repetition in a look around");
      }
      const loop = split(-1, next, isLazy);
      const again = emit(body, loop, isInLook);
      const step = steps[loop];
      if (step?.kind === "split") {
        if (isLazy) step.other = again;
        else step.next = again;
      }
      first = loop;
    } else {
      for (let i = least; i < most; i++) first = split(emit(body, first, isInLook), next, isLazy);
    }
    for (let i = 0; i < least; i++) first = emit(body, first, isInLook);
    return first;
  }

  const start = emit(tree, add({ kind: "end" }), false);
  return { steps, start, memos };
}

function canBeEmpty(node: Node): boolean {
  switch (node.kind) {
    case "set":
      return false;
    case "sequence":
      return node.parts.every(canBeEmpty);
    case "choice":
      return node.options.some(canBeEmpty);
    case "repeat":
      return node.least === 0 || canBeEmpty(node.body);
    case "look":
      return true;
  }
}

/** Returns how many code points a node takes. @throws ExpressionFault if that varies */
function widthOf(node: Node): number {
  switch (node.kind) {
    case "set":
      return 1;
    case "sequence":
      return node.parts.reduce((sum, part) => sum + widthOf(part), 0);
    case "choice": {
      const [first = 0, ...others] = node.options.map(widthOf);
      if (others.every((width) => width === first)) return first;
      throw new ExpressionFault("a look behind of several widths");
    }
    case "repeat":
      if (node.least === node.most) return node.least * widthOf(node.body);
      throw new ExpressionFault("a look behind of several widths");
    case "look":
      return 0;
  }
}

/** Code points below this are remembered in a table, most texts have few others. */
const TABLE = 0x3100;

/** Returns the set that JavaScript's own expression of one character describes. */
function characterSet(source: string): CharacterSet {
  const pattern = new RegExp(`^(?:${source})$`, "u");
  const known = new Uint8Array(TABLE);
  const others = new Map<number, boolean>();
  const ask = (codePoint: number): boolean => pattern.test(String.fromCodePoint(codePoint));
  return (codePoint) => {
    if (codePoint < TABLE) {
      const answer = known[codePoint] || (known[codePoint] = ask(codePoint) ? 2 : 1);
      return answer === 2;
    }
    let answer = others.get(codePoint);
    if (answer === undefined) others.set(codePoint, (answer = ask(codePoint)));
    return answer;
  };
}
