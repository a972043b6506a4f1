/** Which rows of a table are shown, in which order, and what they come to. */
import { isTie, rankValues } from "../../../src/preference/ranking.ts";
import type { RankedPlace } from "../../../src/preference/ranking.ts";
import { outsideOf } from "../../verdict/state.ts";
import type { Judge } from "../../engine/state.ts";
import type { PromptRow, RowResult, TableState } from "./state.ts";

/** What the table shows of a row that was scored. */
export interface Ranked {
  readonly places: readonly RankedPlace[];
  readonly best: RankedPlace;
  /** Over the second; undefined for one response. */
  readonly margin: number | undefined;
  readonly chance: number | undefined;
  readonly isTied: boolean;
  /** True if the model has no opinion on it: it was shown nothing of its kind. */
  readonly isOutside: boolean;
}

const known = new WeakMap<RowResult, Ranked | undefined>();

/** Returns what a row's scores come to; undefined for a row that has none. */
export function rankedOf(
  result: RowResult | undefined,
  judge: Judge | undefined,
): Ranked | undefined {
  if (result === undefined) return undefined;
  if (!known.has(result)) known.set(result, rank(result, judge));
  return known.get(result);
}

function rank(result: RowResult, judge: Judge | undefined): Ranked | undefined {
  if ("fault" in result) return undefined;
  const { scores } = result;
  const places = rankValues(
    scores.map(({ value }) => value),
    judge?.calibration?.temperature,
  );
  const [best, second] = places;
  if (best === undefined) return undefined;
  return {
    places,
    best,
    margin: best.marginToNext,
    chance: best.probabilityOverNext,
    isTied: second !== undefined && isTie(best.value, second.value),
    isOutside: outsideOf({ scores, judge }) !== undefined,
  };
}

/** A chance under which the best is at most slightly ahead of the second. */
const CLOSE = 0.75;

export function isClose(ranked: Ranked | undefined): boolean {
  return ranked?.chance !== undefined && ranked.chance < CLOSE;
}

/** Returns the rows that the filter lets through, in the order asked for. */
export function rowsIn(
  rows: readonly PromptRow[],
  {
    results,
    judge,
    filter,
    group,
    order,
  }: Pick<TableState, "results" | "judge" | "filter" | "group" | "order">,
): readonly PromptRow[] {
  const marginOf = ({ number }: PromptRow): number | undefined =>
    rankedOf(results.get(number), judge)?.margin;
  const chosen = rows.filter((row) => {
    if (group !== undefined && row.group !== group) return false;
    const result = results.get(row.number);
    if (filter === "all") return true;
    if (filter === "open") return result === undefined;
    if (filter === "failed") return result !== undefined && "fault" in result;
    return isClose(rankedOf(result, judge));
  });
  if (order === "table") return chosen;
  // Rows without a margin come last, either way.
  const sign = order === "closest" ? 1 : -1;
  const keyOf = (row: PromptRow): number => {
    const margin = marginOf(row);
    return margin === undefined ? Number.MAX_VALUE : margin * sign;
  };
  return chosen.toSorted((a, b) => keyOf(a) - keyOf(b));
}

export interface Summary {
  readonly scored: number;
  readonly failed: number;
  readonly left: number;
  readonly ties: number;
  readonly close: number;
  readonly outside: number;
  readonly responses: number;
}

export function summaryOf(
  rows: readonly PromptRow[],
  { results, judge }: Pick<TableState, "results" | "judge">,
): Summary {
  const sum = { scored: 0, failed: 0, left: 0, ties: 0, close: 0, outside: 0, responses: 0 };
  for (const { number, texts } of rows) {
    sum.responses += texts.length;
    const result = results.get(number);
    if (result === undefined) sum.left += 1;
    else if ("fault" in result) sum.failed += 1;
    else {
      sum.scored += 1;
      const ranked = rankedOf(result, judge);
      sum.ties += Number(ranked?.isTied === true);
      sum.close += Number(isClose(ranked));
      sum.outside += Number(ranked?.isOutside === true);
    }
  }
  return sum;
}

/** Returns the scored rows with two texts or more, the closest calls first. */
export function closestOf(
  rows: readonly PromptRow[],
  { results, judge }: Pick<TableState, "results" | "judge">,
  most: number,
): readonly { readonly row: PromptRow; readonly ranked: Ranked }[] {
  return rows
    .flatMap((row) => {
      const ranked = rankedOf(results.get(row.number), judge);
      return ranked?.margin === undefined || !row.isPlain
        ? []
        : [{ row, ranked, margin: ranked.margin }];
    })
    .toSorted((a, b) => a.margin - b.margin)
    .slice(0, most);
}
