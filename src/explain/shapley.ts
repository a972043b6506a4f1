/**
 * Shapley values of a game: what each player adds to the value of the players before it, on average
 * over all orders.
 *
 * Few players are enumerated exactly. Of more, random orders are drawn in antithetic pairs (an
 * order
 * and its reverse), as in Python's `shap` PermutationExplainer.
 */
import { at } from "../base/at.ts";
import type { Random } from "../statistics/random.ts";

/** Returns the values of coalitions, each a mask of the players that take part. */
export type Game = (coalitions: readonly boolean[][]) => Promise<readonly number[]>;

export interface Shapley {
  /** By player. */
  readonly values: readonly number[];
  /** Of each value; 0 if all coalitions were enumerated. */
  readonly standardErrors: readonly number[];
  /** Orders that were drawn; 0 if all coalitions were enumerated. */
  readonly orders: number;
}

export interface SampleOptions {
  readonly random: Random;
  /** Stops when the largest standard error is below this; never before four pairs of orders. */
  readonly enough: number;
  /** Pairs of orders at most. */
  readonly mostPairs: number;
}

const FEWEST_PAIRS = 4;

/** Enumerates all 2ⁿ coalitions. */
export async function exactShapley(players: number, game: Game): Promise<Shapley> {
  const coalitions = Array.from({ length: 2 ** players }, (_, bits) =>
    Array.from({ length: players }, (_player, i) => ((bits >> i) & 1) === 1),
  );
  const worth = await game(coalitions);
  // weights[s]: s! (n − s − 1)! / n!, for coalitions of s others.
  const weights = Array.from({ length: players }, (_, s) => 1 / (players * choose(players - 1, s)));
  const values = Array.from({ length: players }, (_, player) => {
    let value = 0;
    for (const [bits, coalition] of coalitions.entries()) {
      if (coalition[player]) continue;
      const others = coalition.filter(Boolean).length;
      value += at(weights, others) * (at(worth, bits + 2 ** player) - at(worth, bits));
    }
    return value;
  });
  return { values, standardErrors: values.map(() => 0), orders: 0 };
}

/** Samples orders in antithetic pairs, until the values are sure enough. */
export async function sampledShapley(
  players: number,
  game: Game,
  { random, enough, mostPairs }: SampleOptions,
): Promise<Shapley> {
  /** Of each pair the mean of the two orders' contributions. */
  const pairs: number[][] = [];
  let result: Shapley = { values: [], standardErrors: [], orders: 0 };
  while (pairs.length < mostPairs) {
    const order = shuffled(players, random);
    const both = [order, order.toReversed()];
    const coalitions = both.flatMap((each) => growing(each));
    const worth = await game(coalitions);
    const sums = Array.from({ length: players }, () => 0);
    for (const [half, each] of both.entries()) {
      const first = half * (players + 1);
      for (const [place, player] of each.entries()) {
        const gain = at(worth, first + place + 1) - at(worth, first + place);
        sums[player] = at(sums, player) + gain / 2;
      }
    }
    pairs.push(sums);
    result = summary(pairs, players);
    if (pairs.length >= FEWEST_PAIRS && Math.max(...result.standardErrors) < enough) break;
  }
  return result;
}

function summary(pairs: readonly (readonly number[])[], players: number): Shapley {
  const count = pairs.length;
  const values: number[] = [];
  const standardErrors: number[] = [];
  for (let player = 0; player < players; player++) {
    const own = pairs.map((pair) => at(pair, player));
    const mean = own.reduce((sum, value) => sum + value, 0) / count;
    const squares = own.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    values.push(mean);
    standardErrors.push(count > 1 ? Math.sqrt(squares / (count - 1) / count) : Infinity);
  }
  return { values, standardErrors, orders: 2 * count };
}

/** Returns the coalitions of an order: nobody, the first, the first two … all. */
function growing(order: readonly number[]): boolean[][] {
  const coalition = order.map(() => false);
  return [
    [...coalition],
    ...order.map((player) => {
      coalition[player] = true;
      return [...coalition];
    }),
  ];
}

/** Returns the numbers below `count` in a random order (Fisher and Yates). */
export function shuffled(count: number, { below }: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const other = below(i + 1);
    [order[i], order[other]] = [at(order, other), at(order, i)];
  }
  return order;
}

function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i;
  return product;
}
