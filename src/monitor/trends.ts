// Tested by: test/monitor/monitor.test.ts
/** A run cut into windows of equal counts; neighbours are joined if there are too many. */
import { at } from "../base/at.ts";
import type { MonitorRow } from "./row.ts";
import { binOf, stabilityIndex } from "./psi.ts";

/** Windows that are kept at most: a chart shows no more. */
const MOST_WINDOWS = 240;

/** What a chart draws of one window. */
export interface TrendPoint {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly count: number;
  readonly mean: number;
  readonly psi: number;
  readonly psiLimit: number;
  readonly psiPValue: number;
  readonly tokens: number | undefined;
  readonly withoutPicture: number | undefined;
  readonly outside: number | undefined;
  /** The larger sum of CUSUM at the window's end. */
  readonly cusum: number;
  /** The decimal logarithm of the betting test's capital at the window's end. */
  readonly capital: number;
}

interface Window {
  from: number | undefined;
  to: number | undefined;
  count: number;
  scores: number;
  bins: number[];
  tokens: Mean;
  withoutPicture: Mean;
  outside: Mean;
  cusum: number;
  capital: number;
}

interface Mean {
  sum: number;
  count: number;
}

export class Trends {
  readonly #edges: readonly number[];
  readonly #reference: readonly number[];
  #windows: Window[] = [];
  #size: number;

  /**
   * @param edges of bins of the reference's scores, and its counts in them
   * @param size rows of a window, at first
   */
  constructor(edges: readonly number[], reference: readonly number[], size: number) {
    this.#edges = edges;
    this.#reference = reference;
    this.#size = size;
  }

  add(row: MonitorRow, cusum: number, capital: number): void {
    let window = this.#windows.at(-1);
    if (window === undefined || window.count >= this.#size) {
      if (this.#windows.length >= MOST_WINDOWS) this.#halve();
      window = emptyWindow(this.#edges.length + 1);
      this.#windows.push(window);
    }
    window.count += 1;
    window.scores += row.score;
    window.from ??= row.time;
    window.to = row.time ?? window.to;
    const bin = binOf(this.#edges, row.score);
    window.bins[bin] = at(window.bins, bin) + 1;
    addTo(window.tokens, row.tokens);
    addTo(window.withoutPicture, row.pictures === undefined ? undefined : +(row.pictures === 0));
    addTo(window.outside, row.isOutside === undefined ? undefined : +row.isOutside);
    window.cusum = cusum;
    window.capital = capital;
  }

  points(): TrendPoint[] {
    // A short last window says little and would stand out in every chart.
    const whole = this.#windows.filter(({ count }, i) => i === 0 || count >= this.#size / 2);
    return whole.map((window) => {
      const index = stabilityIndex(this.#reference, window.bins);
      return {
        from: window.from,
        to: window.to,
        count: window.count,
        mean: window.scores / window.count,
        psi: index.value,
        psiLimit: index.limit,
        psiPValue: index.pValue,
        tokens: meanOf(window.tokens),
        withoutPicture: meanOf(window.withoutPicture),
        outside: meanOf(window.outside),
        cusum: window.cusum,
        capital: window.capital,
      };
    });
  }

  /** Joins every two windows. */
  #halve(): void {
    const joined: Window[] = [];
    for (let i = 0; i + 1 < this.#windows.length; i += 2) {
      joined.push(join(at(this.#windows, i), at(this.#windows, i + 1)));
    }
    this.#windows = joined;
    this.#size *= 2;
  }
}

function emptyWindow(bins: number): Window {
  return {
    from: undefined,
    to: undefined,
    count: 0,
    scores: 0,
    bins: Array.from<number>({ length: bins }).fill(0),
    tokens: { sum: 0, count: 0 },
    withoutPicture: { sum: 0, count: 0 },
    outside: { sum: 0, count: 0 },
    cusum: 0,
    capital: 0,
  };
}

function join(a: Window, b: Window): Window {
  const both = (x: Mean, y: Mean): Mean => ({ sum: x.sum + y.sum, count: x.count + y.count });
  return {
    from: a.from ?? b.from,
    to: b.to ?? a.to,
    count: a.count + b.count,
    scores: a.scores + b.scores,
    bins: a.bins.map((count, i) => count + at(b.bins, i)),
    tokens: both(a.tokens, b.tokens),
    withoutPicture: both(a.withoutPicture, b.withoutPicture),
    outside: both(a.outside, b.outside),
    cusum: b.cusum,
    capital: b.capital,
  };
}

function addTo(mean: Mean, value: number | undefined): void {
  if (value === undefined) return;
  mean.sum += value;
  mean.count += 1;
}

function meanOf({ sum, count }: Mean): number | undefined {
  return count === 0 ? undefined : sum / count;
}
