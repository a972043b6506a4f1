// Tested by: test/audit/compare.test.ts
/**
 * Two judges on the same pairs: where they differ, who is right there, how far each can be
 * believed, and which pairs to label to decide between them.
 */
import { at } from "../base/at.ts";
import { InputError } from "../errors.ts";
import { calibrate, type Calibration } from "../evaluate/calibration.ts";
import type { Judge } from "../evaluate/evaluate.ts";
import { groupBy } from "../evaluate/group-by.ts";
import { promptText, type ScoredRow } from "../evaluate/rows.ts";
import { isTie } from "../preference/ranking.ts";
import { cohenKappa, krippendorffAlpha } from "../statistics/agreement.ts";
import {
  bootstrap,
  numberClusters,
  type BootstrapOptions,
  type Interval,
} from "../statistics/bootstrap.ts";
import { spearman } from "../statistics/correlation.ts";
import { mean } from "../statistics/moments.ts";
import { random } from "../statistics/random.ts";
import { rowsForWinShare } from "../statistics/sample-size.ts";
import { mcNemar, type McNemar } from "../statistics/tests.ts";

/** A pair on which the judges differ. */
export interface Flip {
  readonly id: string;
  readonly group: string;
  readonly prompt: string;
  readonly responses: readonly [string, string];
  /** Each judge's score of the first response minus that of the second. */
  readonly margins: readonly [a: number, b: number];
  /** Which judge is right, if the pair is labelled. */
  readonly right: "a" | "b" | undefined;
}

export interface CompareGroup {
  readonly group: string;
  readonly pairs: number;
  readonly flips: number;
  /** Labelled pairs that only one judge has right. */
  readonly onlyA: number;
  readonly onlyB: number;
}

export interface LabelPlan {
  /** Pairs without a label on which the judges differ, in the order to label them. */
  readonly pairs: readonly Flip[];
  /** Labels of such pairs that decide in four of five tries; undefined if the split is even. */
  readonly needed: number | undefined;
  /** Labels of such pairs that there are. */
  readonly have: number;
  /** True if the needed count is of the split so far, false if of a split of 65 to 35. */
  readonly isMeasured: boolean;
}

export interface JudgeSide {
  readonly judge: Judge;
  /** Of labelled pairs; undefined without any. */
  readonly accuracy: number | undefined;
  readonly calibration: Calibration | undefined;
}

export interface CompareReport {
  readonly kind: "compare";
  readonly a: JudgeSide;
  readonly b: JudgeSide;
  readonly pairs: number;
  readonly labelled: number;
  readonly prompts: number;
  readonly agreement: number;
  readonly agreementInterval: Interval | undefined;
  /** Of the verdicts between the two responses in the order of their texts. */
  readonly kappa: number;
  readonly alpha: number;
  /** Spearman's, of the margins. */
  readonly correlation: number;
  readonly flips: number;
  readonly groups: readonly CompareGroup[];
  /** The clearest ones of each group first. */
  readonly examples: readonly Flip[];
  /** Undefined without labels. */
  readonly mcNemar: McNemar | undefined;
  /** Accuracy of b minus that of a. */
  readonly difference:
    | { readonly value: number; readonly interval: Interval | undefined }
    | undefined;
  readonly plan: LabelPlan;
  readonly bootstrap: Required<BootstrapOptions>;
}

export interface CompareRequest {
  readonly judges: readonly [Judge, Judge];
  /** The same rows, of two responses; the first is right if the row is labelled. */
  readonly rows: readonly [readonly ScoredRow[], readonly ScoredRow[]];
  readonly bootstrap?: BootstrapOptions;
}

const EXAMPLES_OF_A_GROUP = 3;
/** A split of verdicts that is worth a change of judges, if nothing is known of the real one. */
const USUAL_SPLIT = 0.65;
/** Fewer labels on differing pairs say nothing of the split. */
const FEWEST_LABELS = 10;

interface Pair {
  readonly row: ScoredRow;
  readonly margins: readonly [number, number];
  readonly isLabelled: boolean;
}

/**
 * Compares two judges.
 * @throws InputError for rows that do not match, or none with two responses
 */
export function compareJudges({ judges, rows, bootstrap: given }: CompareRequest): CompareReport {
  const options = { resamples: 5000, seed: 1, level: 0.95, ...given };
  const pairs = toPairs(rows);
  const clusters = numberClusters(pairs.map(({ row }) => row.cluster));
  const agreed = pairs.map(({ margins }) => Number(!differ(margins)));
  const labelled = pairs.flatMap((pair, i) => (pair.isLabelled ? [i] : []));
  const right = [0, 1].map((side) => pairs.map(({ margins }) => Number(at(margins, side) > 0)));
  const [rightA = [], rightB = []] = right;
  const hasLabels = labelled.length > 0;
  const [agreementInterval, differenceInterval] = bootstrap(
    clusters,
    [
      shareOf(
        agreed,
        pairs.map((_, i) => i),
      ),
      shareOf(
        rightA.map((one, i) => at(rightB, i) - one),
        labelled,
      ),
    ],
    options,
  );
  const flips = pairs.filter(({ margins }) => differ(margins)).map(toFlip);
  const verdicts = [0, 1].map((side) =>
    pairs.map(({ row, margins }) => {
      const [first = "", second = ""] = row.responses;
      return Math.sign(at(margins, side)) * (first <= second ? 1 : -1);
    }),
  );
  const [verdictsA = [], verdictsB = []] = verdicts;
  const sideOf = (side: 0 | 1): JudgeSide => {
    const margins = labelled.map((i) => at(at(pairs, i).margins, side));
    return {
      judge: judges[side],
      accuracy: hasLabels ? mean(labelled.map((i) => at(at(right, side), i))) : undefined,
      calibration: hasLabels ? calibrate(margins) : undefined,
    };
  };
  const counts = onlyOneRight(labelled.map((i) => at(pairs, i)));
  return {
    kind: "compare",
    a: sideOf(0),
    b: sideOf(1),
    pairs: pairs.length,
    labelled: labelled.length,
    prompts: new Set(clusters).size,
    agreement: mean(agreed),
    agreementInterval,
    kappa: cohenKappa(verdictsA, verdictsB),
    alpha: krippendorffAlpha([verdictsA, verdictsB]),
    correlation: spearman(
      pairs.map(({ margins }) => margins[0]),
      pairs.map(({ margins }) => margins[1]),
    ),
    flips: flips.length,
    groups: groupsOf(pairs),
    examples: [...groupBy(flips, ({ group }) => group).values()].flatMap((own) =>
      own.toSorted((x, y) => clearness(y) - clearness(x)).slice(0, EXAMPLES_OF_A_GROUP),
    ),
    mcNemar: hasLabels ? mcNemar(counts.onlyA, counts.onlyB) : undefined,
    difference: hasLabels
      ? {
          value: mean(labelled.map((i) => at(rightB, i) - at(rightA, i))),
          interval: differenceInterval,
        }
      : undefined,
    plan: labelPlan(pairs, counts, options.seed),
    bootstrap: options,
  };
}

function toPairs([first, second]: CompareRequest["rows"]): Pair[] {
  const other = new Map(second.map((row) => [JSON.stringify([row.id, row.digest]), row]));
  const pairs = first.flatMap((row): Pair[] => {
    const own = other.get(JSON.stringify([row.id, row.digest]));
    if (own === undefined || row.responses.length !== 2) return [];
    const margin = (scores: readonly number[]): number => at(scores, 0) - at(scores, 1);
    const margins = [margin(row.scores), margin(own.scores)] as const;
    return [{ row, margins, isLabelled: row.isLabelled !== false }];
  });
  if (pairs.length > 0) return pairs;
  throw new InputError({
    where: "compareJudges",
    what: "nothing to compare",
    got: `${first.length} and ${second.length} rows`,
    expected: "rows of two responses that both judges have scored",
  });
}

/** Two verdicts differ if they are for different responses: ties differ from neither. */
function differ([a, b]: Pair["margins"]): boolean {
  return !isTie(a, 0) && !isTie(b, 0) && a > 0 !== b > 0;
}

function toFlip({ row, margins, isLabelled }: Pair): Flip {
  return {
    id: row.id,
    group: row.group,
    prompt: promptText(row),
    responses: [at(row.responses, 0), at(row.responses, 1)],
    margins,
    right: isLabelled ? (margins[0] > 0 ? "a" : "b") : undefined,
  };
}

/** How sure the less sure judge is: both are sure of the opposite in the clearest flips. */
function clearness({ margins }: Flip): number {
  return Math.min(...margins.map(Math.abs));
}

function onlyOneRight(pairs: readonly Pair[]): { onlyA: number; onlyB: number } {
  const count = (a: boolean): number =>
    pairs.filter(({ margins }) => margins[0] > 0 === a && margins[1] > 0 === !a).length;
  return { onlyA: count(true), onlyB: count(false) };
}

function groupsOf(pairs: readonly Pair[]): CompareGroup[] {
  return [...groupBy(pairs, ({ row }) => row.group)].map(([group, own]) => ({
    group,
    pairs: own.length,
    flips: own.filter(({ margins }) => differ(margins)).length,
    ...onlyOneRight(own.filter(({ isLabelled }) => isLabelled)),
  }));
}

/**
 * Returns which pairs to label. Only those on which the judges differ say which is better, each as
 * much as the others: they come in random order, one a prompt first, so that any beginning of the
 * list is a fair sample.
 */
function labelPlan(
  pairs: readonly Pair[],
  { onlyA, onlyB }: { readonly onlyA: number; readonly onlyB: number },
  seed: number,
): LabelPlan {
  const { below } = random(seed);
  const open = pairs.filter(({ isLabelled, margins }) => !isLabelled && differ(margins));
  for (let i = open.length - 1; i > 0; i--) {
    const k = below(i + 1);
    [open[i], open[k]] = [at(open, k), at(open, i)];
  }
  const seen = new Set<string>();
  const isFirst = open.map(({ row }) => seen.size < seen.add(row.cluster).size);
  const sorted = [true, false].flatMap((first) => open.filter((_, i) => isFirst[i] === first));
  const have = onlyA + onlyB;
  const isMeasured = have >= FEWEST_LABELS;
  const share = isMeasured ? Math.max(onlyA, onlyB) / have : USUAL_SPLIT;
  const needed = share === 0.5 ? undefined : rowsForWinShare(share, 1);
  return { pairs: sorted.map(toFlip), needed, have, isMeasured };
}

function shareOf(
  values: readonly number[],
  rows: readonly number[],
): (weights: Float64Array) => number {
  const own = rows.map((i) => at(values, i));
  return (weights) => {
    let sum = 0;
    let all = 0;
    for (let k = 0; k < rows.length; k++) {
      const weight = weights[rows[k] ?? NaN] ?? NaN;
      sum += weight * (own[k] ?? NaN);
      all += weight;
    }
    return sum / all;
  };
}
