/**
 * The loops of a kernel's code, and what one turn of the loop that matters is made of: of a matmul
 * one tile of the depth, of attention one tile of keys, both with all that is staged for it. Each
 * `if` inside is counted once.
 */
import type { Turn } from "./jobs.ts";
import type { Instruction, Kind } from "./parse/instruction.ts";

export interface Counts {
  /** Multiply-adds of an invocation. */
  readonly fma: number;
  /** Instructions that do them. */
  readonly fmaIssues: number;
  /** Arithmetic instructions, those included. */
  readonly alu: number;
  readonly matrix: number;
  readonly control: number;
  readonly sharedLoads: number;
  readonly sharedStores: number;
  readonly sharedBytes: number;
  readonly loads: number;
  readonly loadBytes: number;
  readonly stores: number;
  readonly spills: number;
}

interface Block {
  readonly start: number;
  readonly end: number;
  readonly next: number[];
  readonly before: number[];
}

interface Loop extends Counts {
  readonly head: number;
  readonly hasExponential: boolean;
  readonly members: ReadonlySet<number>;
}

const EXPONENTIAL = /exp|ex2/;

/** Cuts code into basic blocks. */
function blocksOf(code: readonly Instruction[]): Block[] {
  const leaders = new Set([0]);
  for (const [i, { target }] of code.entries()) {
    if (target === undefined) continue;
    leaders.add(target);
    leaders.add(i + 1);
  }
  const starts = [...leaders].filter((i) => i < code.length).toSorted((a, b) => a - b);
  const blockOf = new Map(starts.map((start, i) => [start, i]));
  const blocks = starts.map((start, i): Block => {
    const end = starts[i + 1] ?? code.length;
    const tail = code[end - 1];
    const next = tail?.jumps === true || i + 1 >= starts.length ? [] : [i + 1];
    const to = tail?.target === undefined ? undefined : blockOf.get(tail.target);
    if (to !== undefined) next.push(to);
    return { start, end, next, before: [] };
  });
  for (const [i, { next }] of blocks.entries()) for (const to of next) blocks[to]?.before.push(i);
  return blocks;
}

/** Returns the branches that go back: from a block, to the head of a loop. */
function backEdges(blocks: readonly Block[]): [number, number][] {
  const backs: [number, number][] = [];
  const state: ("open" | "done" | undefined)[] = [];
  // By hand, because an unrolled kernel has thousands of blocks in a chain.
  const stack: [block: number, at: number][] = blocks.length > 0 ? [[0, 0]] : [];
  state[0] = "open";
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const [block, at] = top;
    const to = blocks[block]?.next[at];
    top[1]++;
    if (to === undefined) {
      state[block] = "done";
      stack.pop();
    } else if (state[to] === "open") {
      backs.push([block, to]);
    } else if (state[to] === undefined) {
      state[to] = "open";
      stack.push([to, 0]);
    }
  }
  return backs;
}

/** Returns each loop with all blocks that come back to its head; they need not be neighbours. */
function loopsOf(code: readonly Instruction[]): Loop[] {
  const blocks = blocksOf(code);
  const byHead = new Map<number, Set<number>>();
  for (const [from, head] of backEdges(blocks)) {
    const members = byHead.get(head) ?? new Set([head]);
    byHead.set(head, members);
    const queue = [from];
    for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
      if (members.has(one)) continue;
      members.add(one);
      queue.push(...(blocks[one]?.before ?? []));
    }
  }
  return [...byHead].map(([head, members]) => {
    const own = [...members].flatMap((i) => code.slice(blocks[i]?.start, blocks[i]?.end));
    const hasExponential = own.some(({ op }) => EXPONENTIAL.test(op));
    return { head: blocks[head]?.start ?? 0, hasExponential, members, ...count(own) };
  });
}

/** Returns what instructions are made of. */
export function count(code: readonly Instruction[]): Counts {
  const sum = (kinds: readonly Kind[], of: (one: Instruction) => number): number =>
    code.reduce((total, one) => total + (kinds.includes(one.kind) ? of(one) : 0), 0);
  const times = ({ times: own }: Instruction): number => own;
  const bytes = (one: Instruction): number => one.bytes * one.times;
  return {
    fma: sum(["fma"], (one) => one.fma * one.times),
    fmaIssues: sum(["fma"], times),
    alu: sum(["fma", "alu", "matrix"], times),
    matrix: sum(["matrix"], times),
    control: sum(["control"], (one) => (one.isFree ? 0 : one.times)),
    sharedLoads: sum(["sharedLoad"], times),
    sharedStores: sum(["sharedStore"], times),
    sharedBytes: sum(["sharedLoad"], bytes),
    loads: sum(["load"], times),
    loadBytes: sum(["load"], bytes),
    stores: sum(["store"], times),
    spills: sum(["spill"], times),
  };
}

function isInside(inner: Loop, outer: Loop): boolean {
  return (
    inner !== outer &&
    outer.members.has(innerHead(inner)) &&
    inner.members.size < outer.members.size
  );
}

function innerHead({ members }: Loop): number {
  // A set keeps its order: the head is added first.
  return members.values().next().value ?? -1;
}

/**
 * Returns what a turn is made of, or undefined if no loop multiplies.
 * @param turn the multiply-adds that it must have, from the kernel's tile: they tell how often
 * inner
 *   loops turn
 */
export function turnOf(code: readonly Instruction[], turn: Turn | undefined): Counts | undefined {
  const loops = loopsOf(code);
  const works = ({ fma, matrix }: Loop): boolean => fma + matrix > 0;
  const hot = loops
    .filter((loop) => works(loop) && !loops.some((other) => isInside(other, loop) && works(other)))
    .toSorted((a, b) => b.fma + 64 * b.matrix - a.fma - 64 * a.matrix || a.head - b.head);
  const [inner] = hot;
  if (inner === undefined) return undefined;
  const [phase, second] = turn?.phases ?? [];
  if (turn === undefined || phase === undefined) return countsOf(inner);
  if (second) return attentionTurn(code, loops, turn);
  const turns = phase.total / inner.fma;
  const around = loops
    .filter((loop) => isInside(inner, loop))
    .toSorted((a, b) => a.members.size - b.members.size || a.head - b.head);
  if (!(turns > 1) || around[0] === undefined) return countsOf(inner);
  return add(around[0], inner, turns - 1);
}

/** One tile of keys: the loop around both phases, with each loop inside as often as it turns. */
function attentionTurn(code: readonly Instruction[], loops: readonly Loop[], turn: Turn): Counts {
  // Of the loops around the softmax the innermost: others turn over ranges of keys. Of copies the
  // one with more code.
  const around = loops.filter(({ fma, hasExponential }) => fma > 0 && hasExponential);
  const [outer] = around
    .filter((loop) => !around.some((other) => isInside(other, loop)))
    .toSorted((a, b) => b.fma - a.fma || b.members.size - a.members.size || a.head - b.head);
  if (outer === undefined) throw new Error("no loop has a softmax");
  // Scores come before the exponentials, weighted values after them.
  const firstExponential = code.findIndex(({ op }, i) => i >= outer.head && EXPONENTIAL.test(op));
  const phaseOf = ({ head }: Loop): number => (head < firstExponential ? 0 : 1);
  const childrenOf = (parent: Loop): Loop[] => {
    const inside = loops.filter((loop) => isInside(loop, parent));
    return inside.filter((loop) => !inside.some((other) => isInside(loop, other)));
  };
  const multiplies = ({ fma }: Loop): boolean => fma > 0;
  const turnsOf = (loop: Loop, parent: Loop): number => {
    // What multiplies nothing stages a tile, or reads the scores of its keys.
    if (loop.fma === 0) return loop.sharedStores > 0 ? turn.stage : turn.keys;
    const phase = turn.phases[phaseOf(loop)] ?? { total: loop.fma, parts: 1, within: 1 };
    const { total, parts, within } = phase;
    const isPieces = parent === outer;
    // Pieces that are staged, and loops within a piece.
    if (childrenOf(loop).some(multiplies)) return isPieces ? parts : within;
    const copies = childrenOf(parent).filter(
      (one) => multiplies(one) && phaseOf(one) === phaseOf(loop),
    );
    if (!isPieces) {
      const isWithin = childrenOf(outer).every((one) => one !== parent);
      const own = total / parts / (isWithin ? within : 1);
      // Copies: the loop within a piece was unrolled.
      return Math.max(1, own / copies.length / loop.fma);
    }
    // As many copies as pieces: the loop over pieces was unrolled.
    if (copies.length === parts) return Math.max(1, total / parts / loop.fma);
    const [largest] = copies.toSorted((a, b) => b.fma - a.fma || a.head - b.head);
    // Other copies are what a compiler peeled off: they do not turn.
    return loop === largest ? Math.max(1, total / loop.fma) : 0;
  };
  const costOf = (loop: Loop): Counts => {
    let sum = countsOf(loop);
    for (const child of childrenOf(loop)) {
      sum = add(add(sum, child, -1), costOf(child), turnsOf(child, loop));
    }
    return sum;
  };
  return costOf(outer);
}

function countsOf(loop: Counts): Counts {
  return add(loop, loop, 0);
}

/** Returns a + turns * b. */
function add(a: Counts, b: Counts, turns: number): Counts {
  const sum = (key: keyof Counts): number => a[key] + turns * b[key];
  return {
    fma: sum("fma"),
    fmaIssues: sum("fmaIssues"),
    alu: sum("alu"),
    matrix: sum("matrix"),
    control: sum("control"),
    sharedLoads: sum("sharedLoads"),
    sharedStores: sum("sharedStores"),
    sharedBytes: sum("sharedBytes"),
    loads: sum("loads"),
    loadBytes: sum("loadBytes"),
    stores: sum("stores"),
    spills: sum("spills"),
  };
}
