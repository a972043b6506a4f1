/**
 * What scores say about responses: an order, margins, ties, and how likely people are to agree
 * (Bradley–Terry).
 *
 * This is the only definition of a tie and of a ranking. The page, the command line, the evaluation
 * and the training pairs use it.
 */
import { kindOf } from "../base/json.ts";
import { InputError } from "../errors.ts";

/**
 * Scores closer than this, relative to their size, differ by rounding alone: batching changes the
 * order of sums.
 */
export const NOISE = 2e-5;

/** Returns whether two scores are equal as far as the arithmetic can tell. @throws InputError */
export function isTie(a: number, b: number): boolean {
  checkScores([a, b]);
  return Math.abs(a - b) <= NOISE * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Returns P(a is preferred to b) = σ((a − b) / temperature). @throws InputError */
export function preferenceProbability(a: number, b: number, temperature = 1): number {
  checkScores([a, b]);
  checkTemperature(temperature);
  return 1 / (1 + Math.exp((b - a) / temperature));
}

/** Checks that a temperature is a finite number above 0. @throws InputError */
export function checkTemperature(temperature: number): void {
  if (Number.isFinite(temperature) && temperature > 0) return;
  const wanted = "a finite number above 0";
  throw new InputError({
    where: "temperature",
    got: show(temperature),
    expected: wanted,
  });
}

function checkScores(values: readonly number[]): void {
  if (!Array.isArray(values)) {
    throw new InputError({ where: "scores", expected: "a list of numbers", got: kindOf(values) });
  }
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const wanted = "a finite number";
  throw new InputError({
    where: `scores[${at}]`,
    got: show(values[at]),
    expected: wanted,
  });
}

function show(value: unknown): string {
  return typeof value === "number" ? String(value) : typeof value;
}

/** One place in a ranking. */
export interface RankedPlace {
  /** Which of the scores it is. */
  readonly index: number;
  /** 1 for the best; responses that tie share the better place, and the next place is left out. */
  readonly place: number;
  readonly value: number;
  /** How far the next one down is behind, 0 in a tie; undefined for the last. */
  readonly marginToNext: number | undefined;
  /** P(preferred to the next one down), 0.5 in a tie; undefined for the last. */
  readonly probabilityOverNext: number | undefined;
}

/**
 * Returns the places, best first; ties keep the order in which they came.
 * @throws InputError for a score or a temperature that is not a finite number
 */
export function rankValues(values: readonly number[], temperature = 1): RankedPlace[] {
  checkScores(values);
  checkTemperature(temperature);
  const sorted = values
    .map((value, index) => ({ index, value }))
    .toSorted((a, b) => b.value - a.value);
  // A run of ties is measured from its best, so that many small steps do not make a tie of a large
  // one.
  const runs: { index: number; value: number }[][] = [];
  for (const entry of sorted) {
    const best = runs.at(-1)?.[0];
    if (best && isTie(best.value, entry.value)) {
      runs.at(-1)?.push(entry);
    } else {
      runs.push([entry]);
    }
  }
  let place = 1;
  const order = runs.flatMap((run) => {
    const own = run.toSorted((a, b) => a.index - b.index).map((entry) => ({ ...entry, place }));
    place += run.length;
    return own;
  });
  return order.map((entry, i) => {
    const below = order[i + 1];
    if (!below) return { ...entry, marginToNext: undefined, probabilityOverNext: undefined };
    const lower = below.place === entry.place ? entry.value : below.value;
    return {
      ...entry,
      marginToNext: entry.value - lower,
      probabilityOverNext: preferenceProbability(entry.value, lower, temperature),
    };
  });
}
