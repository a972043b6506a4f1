/**
 * Which pair a person labels next: half at random, half the pairs that teach most, and one in ten
 * again, to see how far the person agrees with themselves.
 *
 *   all pairs ─ shuffled by the seed ─┬─ first half: drawn at random, the honest evaluation set
 *                                     └─ second half: drawn in proportion to what a label teaches
 *
 * The halves are kept apart: what is left after the pairs that teach most were taken is not a
 * random sample any more. Order, sides and repeats follow from the seed alone, until a model says
 * what teaches.
 */
import { at } from "../base/at.ts";
import { random, type Random } from "../statistics/random.ts";

/**
 * Why a pair is shown: `random` pairs are a random sample of all; `teaching` pairs were chosen;
 * `rest` is what choosing has left over; a `repeat` was shown before.
 */
export type DrawnHow = "random" | "teaching" | "rest" | "repeat";

/** One showing of a pair. */
export interface Task {
  /** Its number among the session's pairs. */
  readonly pair: number;
  readonly how: DrawnHow;
  /** The chance with which its round had it drawn; above 0, at most 1. */
  readonly probability: number;
  /** Whether b is on the left. */
  readonly isSwapped: boolean;
}

export interface OrderInput {
  /** What each pair asks: pairs of one prompt are not chosen together. */
  readonly prompts: readonly string[];
  readonly seed: number;
  /** The tasks so far. A round is appended to them. */
  readonly plan: readonly Task[];
  /** What a label of each pair teaches (`teachingValues`); undefined without a model. */
  readonly teaching?: ArrayLike<number> | undefined;
}

/** Tasks of a round: a model that learns from it can choose the next one better. */
export const ROUND = 20;
/** Each tenth task is a repeat. */
const REPEAT_EVERY = 10;
/** A pair is repeated only if as many others were shown since. */
const REPEAT_AFTER = 5;

/** Returns the tasks of the next round; none if all pairs were shown. */
export function planRound(input: OrderInput): Task[] {
  const { prompts, seed, plan } = input;
  const dice = random((seed ^ Math.imul(plan.length + 1, 0x9e3779b1)) >>> 0);
  const fresh = shuffled(drawFresh(input, dice), dice);
  const repeated = new Set(plan.flatMap(({ how, pair }) => (how === "repeat" ? [pair] : [])));
  const round: Task[] = [];
  while (round.length < ROUND && (fresh.length > 0 || isRepeatDue(plan.length + round.length))) {
    const all = [...plan, ...round];
    const again = isRepeatDue(all.length) ? drawRepeat(all, repeated, dice) : undefined;
    const task = again ?? fresh.shift();
    if (task === undefined) break;
    if (again !== undefined) repeated.add(again.pair);
    round.push(task);
  }
  return prompts.length === 0 ? [] : round;
}

function isRepeatDue(position: number): boolean {
  return position % REPEAT_EVERY === REPEAT_EVERY - 1;
}

/** Draws the round's pairs that were not shown before. */
function drawFresh(input: OrderInput, dice: Random): Task[] {
  const { prompts, plan, teaching } = input;
  const begin = plan.length;
  const repeats = Array.from({ length: ROUND }, (_, i) => isRepeatDue(begin + i));
  const wanted = repeats.filter((isDue) => !isDue).length;
  const shown = new Set(plan.map(({ pair }) => pair));
  const isTouched = plan.some(({ how }) => how === "teaching");
  const [first, second] = halvesOf(prompts.length, input.seed);
  const [evaluation, pool] = [first, second].map((half) => half.filter((pair) => !shown.has(pair)));
  const [own, chosenFrom] = [evaluation ?? [], pool ?? []];
  const task = (pair: number, how: DrawnHow, probability: number): Task => {
    return { pair, how, probability, isSwapped: dice.below(2) === 1 };
  };
  if (teaching === undefined && !isTouched) {
    // Nothing was chosen yet: all that is left is as good as a random sample.
    const left = [...own, ...chosenFrom];
    const drawn = shuffled(left, dice).slice(0, wanted);
    return drawn.map((pair) => task(pair, "random", drawn.length / left.length));
  }
  const half = Math.floor(wanted / 2);
  const values = chosenFrom.map((pair) => (teaching === undefined ? 0 : at(teaching, pair)));
  const best = drawInProportion(onePerPrompt(chosenFrom, values, prompts), half, dice);
  const randoms = shuffled(own, dice).slice(0, wanted - best.length);
  const taken = new Set(best.map(({ pair }) => pair));
  const left = chosenFrom.filter((pair) => !taken.has(pair));
  const rest = shuffled(left, dice).slice(0, wanted - best.length - randoms.length);
  return [
    ...best.map(({ pair, probability }) => task(pair, "teaching", probability)),
    ...randoms.map((pair) => task(pair, "random", randoms.length / own.length)),
    ...rest.map((pair) => task(pair, "rest", rest.length / left.length)),
  ];
}

/** Returns the two halves of the pairs: for every round the same. */
function halvesOf(count: number, seed: number): [number[], number[]] {
  const order = shuffled(
    Array.from({ length: count }, (_, i) => i),
    random(seed),
  );
  const middle = Math.ceil(count / 2);
  return [order.slice(0, middle), order.slice(middle)];
}

interface Candidate {
  readonly pair: number;
  readonly value: number;
}

/** Returns the pair of each prompt that teaches most, without those that teach nothing. */
function onePerPrompt(
  pairs: readonly number[],
  values: readonly number[],
  prompts: readonly string[],
): Candidate[] {
  const best = new Map<string, Candidate>();
  for (const [i, pair] of pairs.entries()) {
    const value = at(values, i);
    const prompt = at(prompts, pair);
    const other = best.get(prompt);
    if (value > 0 && (other === undefined || value > other.value))
      best.set(prompt, { pair, value });
  }
  return [...best.values()];
}

/**
 * Draws `count` candidates with chances in proportion to their values, exactly: systematic sampling
 * of a shuffled list (Madow 1949).
 */
function drawInProportion(
  candidates: readonly Candidate[],
  count: number,
  dice: Random,
): { readonly pair: number; readonly probability: number }[] {
  const chances = inclusionChances(candidates, Math.min(count, candidates.length));
  const order = shuffled(
    candidates.map(({ pair }, i) => ({ pair, probability: at(chances, i) })),
    dice,
  );
  const start = dice.below(2 ** 31) / 2 ** 31;
  let sum = 0;
  return order.filter(({ probability }) => {
    const before = Math.ceil(sum - start);
    sum += probability;
    return Math.ceil(sum - start) > before;
  });
}

/** Returns chances that sum to `count`, in proportion to the values; none is above 1. */
function inclusionChances(candidates: readonly Candidate[], count: number): number[] {
  const chances = candidates.map(() => 0);
  const open = new Set(candidates.keys());
  let left = count;
  while (open.size > 0) {
    const sum = [...open].reduce((all, i) => all + at(candidates, i).value, 0);
    const sure = [...open].filter((i) => (left * at(candidates, i).value) / sum >= 1);
    if (sure.length === 0) {
      for (const i of open) chances[i] = (left * at(candidates, i).value) / sum;
      break;
    }
    for (const i of sure) {
      chances[i] = 1;
      open.delete(i);
    }
    left -= sure.length;
  }
  return chances;
}

/** Returns a pair that was shown long enough ago, on its other side; undefined if there is none. */
function drawRepeat(
  all: readonly Task[],
  repeated: ReadonlySet<number>,
  dice: Random,
): Task | undefined {
  const old = all
    .slice(0, Math.max(0, all.length - REPEAT_AFTER))
    .filter(({ how, pair }) => how !== "repeat" && !repeated.has(pair));
  if (old.length === 0) return undefined;
  const task = at(old, dice.below(old.length));
  return { ...task, how: "repeat", isSwapped: !task.isSwapped };
}

function shuffled<T>(list: readonly T[], { below }: Random): T[] {
  const order = [...list];
  for (let i = order.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [order[i], order[j]] = [at(order, j), at(order, i)];
  }
  return order;
}
