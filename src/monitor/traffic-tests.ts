// Tested by: test/monitor/monitor.test.ts
/**
 * The tests of traffic, all under one chance of a false alarm: each p is held against α over the
 * number of tests (Bonferroni), CUSUM against the limit of its run length.
 */
import { normalCdf } from "../statistics/distributions.ts";
import { chiSquareOfCounts } from "../statistics/contingency.ts";
import type { Interval } from "../statistics/bootstrap.ts";
import { wilson } from "../statistics/intervals.ts";
import { predictionPoweredMean } from "../statistics/prediction-powered.ts";
import { kolmogorovSmirnov, mannWhitney } from "../statistics/two-samples.ts";
import type { CusumState } from "./cusum.ts";
import { countBins, stabilityIndex } from "./psi.ts";
import type { Sample } from "./sample.ts";
import type { Share, Tally } from "./tally.ts";
import type { TrendPoint } from "./trends.ts";

export interface MonitorTest {
  readonly name: string;
  readonly statistic: number;
  /** The chance of such a statistic without drift. */
  readonly p?: number;
  /** What the statistic must not exceed, for a test without p. */
  readonly limit?: number;
  readonly alarm: boolean;
}

/** Accuracy of the judge by the labelled rows, with a 95 % interval. */
export interface Accuracy {
  readonly labels: number;
  readonly mean: number;
  readonly interval: Interval;
  readonly standardError: number;
  /** "PPI" uses the judge's own chances on all rows; "Wilson" the labels alone. */
  readonly by: "PPI" | "Wilson";
}

export interface TrafficEvidence {
  readonly reference: Tally;
  readonly run: Tally;
  /** Bins of the reference's scores, and how many of its sample are in each. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly windows: readonly TrendPoint[];
  readonly cusum: CusumState;
  readonly limit: number;
  readonly mostLogCapital: number;
  readonly alpha: number;
}

/** Fewer values on a side are not tested. */
const LEAST = 20;
/** An expected count below this makes chi-square's p wrong. */
const LEAST_EXPECTED = 5;
/** Fewer labels are not compared. */
const LEAST_LABELS = 20;

type Found = Pick<MonitorTest, "name" | "statistic"> & { readonly p: number };

/** Returns all tests that the rows allow. */
export function trafficTests(evidence: TrafficEvidence): MonitorTest[] {
  const { reference, run, cusum, limit, mostLogCapital, alpha } = evidence;
  if (run.rows === 0) return [];
  const found = [
    ...scoreTests(evidence),
    ...sampleTests("tokens", reference.tokens, run.tokens),
    ...sampleTests("picture sizes", reference.pixels, run.pixels),
    ...shareTest("share without a picture", reference.withoutPicture, run.withoutPicture),
    ...shareTest("share outside the reference set", reference.outside, run.outside),
    ...groupTests(reference, run),
    ...accuracyTest(reference, run),
  ];
  // One value on both sides leaves a rank test nothing to compare, so its p is 1.
  // The betting test counts as one of them: its capital's inverse is a p at any time.
  const each = alpha / (found.length + 1);
  const most = Math.exp(Math.min(700, mostLogCapital));
  return [
    ...found.map(({ name, statistic, p }) => {
      const chance = Number.isNaN(p) ? 1 : p;
      return { name, statistic, p: chance, alarm: chance <= each };
    }),
    { name: "score: CUSUM", statistic: cusum.most, limit, alarm: cusum.alarms > 0 },
    { name: "score: betting test", statistic: most, limit: 1 / each, alarm: most >= 1 / each },
  ];
}

function scoreTests({ reference, run, edges, counts, windows }: TrafficEvidence): Found[] {
  const before = reference.scores.values;
  const now = run.scores.values;
  if (now.length < LEAST) return [];
  const index = stabilityIndex(counts, countBins(edges, now));
  const worst = windows.reduce<TrendPoint | undefined>(
    (most, point) => (most !== undefined && most.psiPValue <= point.psiPValue ? most : point),
    undefined,
  );
  const rank = mannWhitney(now, before);
  const gap = kolmogorovSmirnov(now, before);
  return [
    { name: "score: PSI", statistic: index.value, p: index.pValue },
    ...(worst === undefined || windows.length < 2
      ? []
      : [
          {
            name: "score: PSI of the worst window",
            statistic: worst.psi,
            p: Math.min(1, worst.psiPValue * windows.length),
          },
        ]),
    { name: "score: Kolmogorov-Smirnov", statistic: gap.statistic, p: gap.pValue },
    { name: "score: Mann-Whitney", statistic: rank.statistic, p: rank.pValue },
  ];
}

function sampleTests(name: string, before: Sample, now: Sample): Found[] {
  if (before.values.length < LEAST || now.values.length < LEAST) return [];
  const { statistic, pValue } = kolmogorovSmirnov(now.values, before.values);
  return [{ name: `${name}: Kolmogorov-Smirnov`, statistic, p: pValue }];
}

function shareTest(name: string, before: Share, now: Share): Found[] {
  if (before.of < LEAST || now.of < LEAST) return [];
  const { pValue } = chiSquareOfCounts(
    [now.count, now.of - now.count],
    [before.count, before.of - before.count],
  );
  return [{ name, statistic: now.count / now.of, p: pValue }];
}

function groupTests(reference: Tally, run: Tally): Found[] {
  return [...reference.groups].flatMap(([column, before]) => {
    const now = run.groups.get(column);
    if (now === undefined || before.size + now.size < 3) return [];
    const values = [...new Set([...before.keys(), ...now.keys()])].toSorted();
    const [a, b] = joinRare(
      values.map((value) => now.get(value)?.count ?? 0),
      values.map((value) => before.get(value)?.count ?? 0),
    );
    const { statistic, pValue } = chiSquareOfCounts(a, b);
    const shares = { name: `${column}: shares of its groups`, statistic, p: pValue };
    const scores = values.flatMap((value): Found[] => {
      const [x, y] = [now.get(value)?.values ?? [], before.get(value)?.values ?? []];
      if (x.length < LEAST || y.length < LEAST) return [];
      const test = mannWhitney(x, y);
      const name = `${column} ${value}: score, Mann-Whitney`;
      return [{ name, statistic: test.statistic, p: test.pValue }];
    });
    return [shares, ...scores];
  });
}

/** Puts columns whose expected count is small into one. */
function joinRare(a: readonly number[], b: readonly number[]): [number[], number[]] {
  const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0);
  const [first, second] = [sum(a), sum(b)];
  const rest: [number, number] = [0, 0];
  const kept: [number[], number[]] = [[], []];
  for (const [i, count] of a.entries()) {
    const other = b[i] ?? 0;
    const least = ((count + other) * Math.min(first, second)) / (first + second);
    if (least < LEAST_EXPECTED) {
      rest[0] += count;
      rest[1] += other;
    } else {
      kept[0].push(count);
      kept[1].push(other);
    }
  }
  if (rest[0] + rest[1] === 0) return kept;
  return [
    [...kept[0], rest[0]],
    [...kept[1], rest[1]],
  ];
}

/** Returns the accuracy by labels; undefined without any. */
export function accuracyOf({ labels, chances }: Tally): Accuracy | undefined {
  const n = labels.right.length;
  if (n === 0) return undefined;
  const predicted = labels.chance.filter((chance) => chance !== undefined);
  if (predicted.length === n && chances.values.length > 0 && n > 1) {
    const { mean, interval, standardError } = predictionPoweredMean(
      labels.right,
      predicted,
      chances.values,
    );
    return { labels: n, mean, interval, standardError, by: "PPI" };
  }
  const right = labels.right.reduce((sum, one) => sum + one, 0);
  const mean = right / n;
  const standardError = Math.sqrt((mean * (1 - mean)) / n);
  return { labels: n, mean, interval: wilson(right, n), standardError, by: "Wilson" };
}

function accuracyTest(reference: Tally, run: Tally): Found[] {
  const before = accuracyOf(reference);
  const now = accuracyOf(run);
  if (before === undefined || now === undefined) return [];
  if (before.labels < LEAST_LABELS || now.labels < LEAST_LABELS) return [];
  const difference = now.mean - before.mean;
  const error = Math.hypot(now.standardError, before.standardError);
  const z = error === 0 ? 0 : difference / error;
  return [{ name: "labels: accuracy", statistic: now.mean, p: 2 * normalCdf(-Math.abs(z)) }];
}
