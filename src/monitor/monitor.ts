/**
 * Compares a run of scores with a reference and says what changed: nothing, the engine, the model
 * or the traffic. Rows are taken one by one, in bounded memory.
 *
 *   row ─ an anchor? ─ yes: compared with its own old score        → engine or model
 *                    └ no: tallied, CUSUM, bets, windows           → traffic
 */
import { AnchorCheck, FEWEST_ANCHORS, type AnchorResult } from "./anchors.ts";
import { BettingTest } from "./betting.ts";
import { Cusum, limitForRunLength } from "./cusum.ts";
import { binEdges, countBins } from "./psi.ts";
import type { MonitorReference } from "./reference.ts";
import type { MonitorRow } from "./row.ts";
import { accuracyOf, trafficTests, type Accuracy, type MonitorTest } from "./traffic-tests.ts";
import { Tally } from "./tally.ts";
import { Trends, type TrendPoint } from "./trends.ts";

export type Verdict = "none" | "engine" | "model" | "traffic";

export interface MonitorSettings {
  /** How far the score of an anchor may be off, times max(1, |score|). */
  readonly tolerance?: number;
  /** The chance that any of the tests with a p alarms without drift. */
  readonly alpha?: number;
  /** CUSUM: half the shift to find, in standard deviations. */
  readonly k?: number;
  /** Scores without drift until CUSUM alarms, on the mean. */
  readonly runLength?: number;
  /** Rows of a window of the trends. */
  readonly window?: number;
}

export const monitorDefaults = {
  alpha: 0.01,
  k: 0.5,
  runLength: 1_000_000,
  window: 500,
} as const;

export interface MonitorReport {
  readonly verdict: Verdict;
  /** One sentence for people. */
  readonly reason: string;
  readonly rows: number;
  readonly referenceRows: number;
  readonly tests: readonly MonitorTest[];
  readonly anchors: AnchorResult | undefined;
  readonly groups: readonly GroupTrend[];
  /** Of the labelled rows; undefined without labels. */
  readonly accuracy: Accuracy | undefined;
  readonly referenceAccuracy: Accuracy | undefined;
  readonly trends: readonly TrendPoint[];
  readonly settings: Required<Omit<MonitorSettings, "tolerance">> & { readonly limit: number };
  /** Without these the numbers would mislead. */
  readonly notes: readonly string[];
}

export interface GroupTrend {
  readonly column: string;
  readonly value: string;
  readonly referenceRows: number;
  readonly rows: number;
  readonly referenceMean: number;
  readonly mean: number;
}

/** Fewer reference scores make the mean and spread of CUSUM doubtful. */
const ENOUGH_REFERENCE = 500;
/** Standard errors of the reference's mean that are added to k. */
const DOUBT = 2;

export class Monitor {
  readonly #reference: MonitorReference;
  readonly #settings: Required<Omit<MonitorSettings, "tolerance">> & { readonly limit: number };
  readonly #tally = new Tally();
  readonly #check: AnchorCheck;
  readonly #cusum: Cusum;
  readonly #betting: BettingTest;
  readonly #trends: Trends;
  readonly #edges: readonly number[];
  readonly #counts: readonly number[];
  readonly #mean: number;
  readonly #spread: number;
  /** Rows with the id of a reference row, until it is known whether they are anchors. */
  #waiting: MonitorRow[] = [];
  #isCoincidence = false;
  #rows = 0;
  #unknownAnchors = 0;
  #lastTime = -Infinity;
  #outOfOrder = 0;

  /** @throws InputError for settings that make no sense, or a reference that is too small */
  constructor(reference: MonitorReference, settings: MonitorSettings = {}) {
    reference.check("reference");
    const { tolerance, ...given } = settings;
    const { scores } = reference.tally;
    const all = { ...monitorDefaults, ...given };
    const k = all.k + DOUBT / Math.sqrt(scores.count);
    this.#settings = { ...all, limit: limitForRunLength(all.k, all.runLength) };
    this.#reference = reference;
    const { anchors, isMarked, tally } = reference;
    this.#check = new AnchorCheck(anchors, isMarked, tally.rows, tolerance);
    this.#edges = binEdges(scores.values);
    this.#counts = countBins(this.#edges, scores.values);
    this.#cusum = new Cusum(k, this.#settings.limit);
    this.#betting = new BettingTest(scores.values);
    this.#trends = new Trends(this.#edges, this.#counts, all.window);
    this.#mean = scores.mean;
    // A judge that gives one score always has no spread; any other score is then far away.
    this.#spread = scores.standardDeviation || Math.max(1e-9, Math.abs(scores.mean) * 1e-6);
  }

  add(row: MonitorRow): void {
    this.#rows += 1;
    if (row.time !== undefined) {
      if (row.time < this.#lastTime) this.#outOfOrder += 1;
      this.#lastTime = Math.max(this.#lastTime, row.time);
    }
    if (this.#isCoincidence) {
      this.#addTraffic(row);
      return;
    }
    if (this.#check.add(row)) {
      if (!this.#reference.isMarked) this.#wait(row);
    } else if (row.isAnchor) this.#unknownAnchors += 1;
    else this.#addTraffic(row);
  }

  report(): MonitorReport {
    const anchors = this.#isCoincidence ? undefined : this.#check.result();
    if (anchors === undefined) this.#release();
    const { state } = this.#cusum;
    const tests = trafficTests({
      reference: this.#reference.tally,
      run: this.#tally,
      edges: this.#edges,
      counts: this.#counts,
      windows: this.#trends.points(),
      cusum: state,
      limit: this.#settings.limit,
      mostLogCapital: this.#betting.mostLogCapital,
      alpha: this.#settings.alpha,
    });
    const all = [...anchorTests(anchors), ...tests];
    const alarms = tests.filter(({ alarm }) => alarm);
    const changed = anchors?.verdict ?? "none";
    const verdict = changed === "none" ? (alarms.length > 0 ? "traffic" : "none") : changed;
    return {
      verdict,
      reason: reasonOf(verdict, anchors, alarms),
      rows: this.#rows,
      referenceRows: this.#reference.tally.rows,
      tests: all,
      anchors,
      groups: groupTrends(this.#reference.tally, this.#tally),
      accuracy: accuracyOf(this.#tally),
      referenceAccuracy: accuracyOf(this.#reference.tally),
      trends: this.#trends.points(),
      settings: this.#settings,
      notes: this.#notes(anchors),
    };
  }

  #wait(row: MonitorRow): void {
    this.#waiting.push(row);
    if (!this.#check.isCoincidence || this.#waiting.length < MOST_WAITING) return;
    this.#isCoincidence = true;
    this.#release();
  }

  #release(): void {
    for (const row of this.#waiting.splice(0)) this.#addTraffic(row);
  }

  #addTraffic(row: MonitorRow): void {
    this.#tally.add(row);
    this.#cusum.add((row.score - this.#mean) / this.#spread);
    this.#betting.add(row.score);
    const { high, low } = this.#cusum.state;
    this.#trends.add(row, Math.max(high, low), this.#betting.logCapital / Math.LN10);
  }

  #notes(anchors: AnchorResult | undefined): string[] {
    const { tally } = this.#reference;
    const notes: string[] = [];
    if (anchors === undefined) {
      notes.push(
        "No anchors were replayed: a change of the engine or the model would look like one of the traffic.",
      );
    } else if (anchors.anchors < FEWEST_ANCHORS) {
      notes.push(`${anchors.anchors} anchors are few: give ${FEWEST_ANCHORS} to 50.`);
    }
    if (tally.scores.count < ENOUGH_REFERENCE) {
      notes.push(
        `The reference has ${tally.scores.count} scores. Below ${ENOUGH_REFERENCE} CUSUM alarms more often than it says.`,
      );
    }
    if (this.#unknownAnchors > 0) {
      notes.push(`${this.#unknownAnchors} anchors are not in the reference and do not count.`);
    }
    if (this.#outOfOrder > 0) {
      notes.push(`${this.#outOfOrder} rows are older than the row before them.`);
    }
    const dropped = new Set([...tally.dropped, ...this.#tally.dropped]);
    if (dropped.size > 0) {
      notes.push(`Too many values to be groups: ${[...dropped].join(", ")}.`);
    }
    const labels = this.#tally.labels.count;
    if (labels > 0 && labels < 30) {
      notes.push(`${labels} labels: below 30 the interval of the accuracy is too narrow.`);
    }
    return notes;
  }
}

/** Rows that wait at most until it is known whether they are anchors. */
const MOST_WAITING = 400;

function anchorTests(anchors: AnchorResult | undefined): MonitorTest[] {
  if (anchors === undefined) return [];
  const { otherTokens, changed, verdict } = anchors;
  return [
    { name: "anchors: token ids", statistic: otherTokens, limit: 0, alarm: otherTokens > 0 },
    {
      name: "anchors: scores beyond the tolerance",
      statistic: changed,
      limit: 0,
      alarm: changed > 0 || verdict !== "none",
    },
  ];
}

function reasonOf(
  verdict: Verdict,
  anchors: AnchorResult | undefined,
  alarms: readonly MonitorTest[],
): string {
  if (verdict === "engine") return `The engine changed. ${anchors?.reason ?? ""}`;
  if (verdict === "model") return `The model changed. ${anchors?.reason ?? ""}`;
  const steady = anchors === undefined ? "" : ` ${anchors.reason}`;
  if (verdict === "none") return `Nothing changed that these tests can see.${steady}`;
  return `The traffic changed: ${alarms.map(({ name }) => name).join("; ")}.${steady}`;
}

function groupTrends(reference: Tally, run: Tally): GroupTrend[] {
  const columns = new Set([...reference.groups.keys(), ...run.groups.keys()]);
  return [...columns].toSorted().flatMap((column) => {
    const before = reference.groups.get(column);
    const now = run.groups.get(column);
    const values = [...new Set([...(before?.keys() ?? []), ...(now?.keys() ?? [])])].toSorted();
    return values.map((value) => ({
      column,
      value,
      referenceRows: before?.get(value)?.count ?? 0,
      rows: now?.get(value)?.count ?? 0,
      referenceMean: before?.get(value)?.mean ?? NaN,
      mean: now?.get(value)?.mean ?? NaN,
    }));
  });
}
