/**
 * Tests whether an explanation is true: whether its strongest units change the margin more than
 * random ones of the same length do.
 *
 * Comprehensiveness: what the margin loses without the strongest units. Sufficiency: what it loses
 * with nothing but them. Both at 10, 20 and 50 % of the text, against 20 random choices of the same
 * length, by the difference of the two (DeYoung and others, ERASER, arXiv 1911.03429).
 *
 * Removals are causes in any model, in one that was never trained too. So a second test asks
 * whether
 * there is a verdict to explain: the margin must be larger than heads give that have the model's
 * own
 * weights in random order (Adebayo and others, Sanity Checks, arXiv 1810.03292).
 */
import { at } from "../base/at.ts";
import type { Random } from "../statistics/random.ts";
import { shuffled } from "./shapley.ts";

/** Shares of the whole length that are removed, or kept. */
export const LEVELS: readonly number[] = [0.1, 0.2, 0.5];
/** Random choices that the explanation is compared with. */
export const RANDOM_CHOICES = 20;
/** Random heads that the margin is compared with. */
export const RANDOM_HEADS = 199;
/**
 * The head's test must hold at 2 %: a head that is large for one pair by luck is so for many pairs.
 * Of 20 shuffled heads of the embedded model the luckiest passes 10 % of the held-out pairs so.
 */
const HEAD_FACTOR = 5;
/** Above it an explanation is called no better than chance. */
export const CHANCE = 0.1;

export type TruthVerdict = "better than chance" | "no better than chance" | "not tested";

export interface Truth {
  /** The larger p of the two tests, below; null if nothing was tested. */
  readonly p: number | null;
  /** (1 + random choices that do as well) / 21. */
  readonly removals: number | null;
  /** The share of random heads whose margin is as large, times HEAD_FACTOR; null if unknown. */
  readonly heads: number | null;
  /** What the margin loses without the strongest units, the mean of three shares. */
  readonly comprehensiveness: number | null;
  /** What it loses with nothing but them; near 0 if they suffice. */
  readonly sufficiency: number | null;
  /** Spearman's correlation between this cut into units and another; null with too few. */
  readonly stability: number | null;
  readonly verdict: TruthVerdict;
}

export const NOT_TESTED: Truth = {
  p: null,
  removals: null,
  heads: null,
  comprehensiveness: null,
  sufficiency: null,
  stability: null,
  verdict: "not tested",
};

/** A unit as the test sees it. */
export interface TestedUnit {
  /** What it adds to the margin, positive if it is for the verdict. */
  readonly support: number;
  /** Its length. */
  readonly size: number;
}

/** Returns the margins, positive for the verdict, without the units of each list. */
export type Removal = (removed: readonly (readonly number[])[]) => Promise<readonly number[]>;

/** The removals of one test: those of the explanation first, then random ones, by level. */
interface Choices {
  readonly own: readonly (readonly number[])[];
  readonly random: readonly (readonly (readonly number[])[])[];
}

/**
 * Tests the units against random choices.
 * @param margin with all of them, positive for the verdict
 * @param heads margins under random heads, if there are any
 */
export async function testTruth(
  units: readonly TestedUnit[],
  margin: number,
  without: Removal,
  random: Random,
  heads?: readonly number[],
): Promise<Omit<Truth, "stability">> {
  const order = units.map((_, i) => i);
  const strongest = order.toSorted((i, k) => at(units, k).support - at(units, i).support);
  const orders = Array.from({ length: RANDOM_CHOICES }, () => shuffled(units.length, random));
  const taken: Choices = {
    own: LEVELS.map((share) => takeShare(units, strongest, share)),
    random: orders.map((each) => LEVELS.map((share) => takeShare(units, each, share))),
  };
  const rest = (chosen: readonly number[]): number[] => order.filter((i) => !chosen.includes(i));
  const kept: Choices = {
    own: taken.own.map(rest),
    random: taken.random.map((levels) => levels.map(rest)),
  };
  const removed = await losses(taken, margin, without);
  const alone = await losses(kept, margin, without);
  // Removing the strongest must lose much; keeping nothing else must lose little.
  const gaps = removed.random.map((loss, i) => loss - at(alone.random, i));
  const gap = removed.own - alone.own;
  const removals = rankP(gaps.filter((other) => other >= gap).length, gaps.length);
  const ofHead = heads === undefined ? null : headP(heads, margin);
  const p = Math.max(removals, ofHead ?? removals);
  return {
    p,
    removals,
    heads: ofHead,
    comprehensiveness: removed.own,
    sufficiency: alone.own,
    verdict: p > CHANCE ? "no better than chance" : "better than chance",
  };
}

/** Returns the p of the test of heads: how often a random one gives as large a margin. */
export function headP(heads: readonly number[], margin: number): number {
  const asLarge = heads.filter((one) => Math.abs(one) >= Math.abs(margin)).length;
  return Math.min(1, HEAD_FACTOR * rankP(asLarge, heads.length));
}

/** Returns a rank as a p value. */
function rankP(asGood: number, others: number): number {
  return (1 + asGood) / (1 + others);
}

/** Returns the first units of an order that make up a share of the whole length, at least one. */
export function takeShare(
  units: readonly TestedUnit[],
  order: readonly number[],
  share: number,
): number[] {
  const wanted = share * units.reduce((sum, { size }) => sum + size, 0);
  const chosen: number[] = [];
  let length = 0;
  for (const i of order) {
    if (length >= wanted) break;
    chosen.push(i);
    length += at(units, i).size;
  }
  return chosen;
}

/** Returns what the margin loses, the mean over the levels. */
async function losses(
  { own, random }: Choices,
  margin: number,
  without: Removal,
): Promise<{ own: number; random: number[] }> {
  const margins = await without([...own, ...random.flat()]);
  const loss = (choice: number): number => {
    const first = choice * LEVELS.length;
    const of = margins.slice(first, first + LEVELS.length);
    return of.reduce((sum, value) => sum + margin - value, 0) / LEVELS.length;
  };
  return { own: loss(0), random: random.map((_, i) => loss(i + 1)) };
}
