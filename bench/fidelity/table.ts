/** Formats drift as a Markdown table, and checks it against limits. */
import { digits } from "../measure/digits.ts";
import type { QuantisedForm } from "../../src/kernels/weight-forms.ts";
import type { WeightForm } from "../../src/types.ts";
import { flipsAbove } from "./drift.ts";
import type { Drift, MarginBin } from "./drift.ts";

export interface FidelityRow {
  /** Weights in the forms that the library has, or another one that is tried. */
  readonly weights: string;
  readonly set: string;
  readonly drift: Drift;
}

/**
 * The limits of the forms on the embedded model; the margins of random models mean nothing.
 */
const TARGETS: Readonly<Record<QuantisedForm, readonly Target[]>> = {
  q8: [
    {
      what: "mean drift below 1 % of the spread",
      isMet: ({ meanShare }) => meanShare < 0.01,
    },
    {
      what: "no flips at margins above 0.05",
      isMet: (drift) => flipsAbove(drift, 0.05).flips === 0,
    },
  ],
  q4: [
    {
      what: "flips below 3 %",
      isMet(drift) {
        const { pairs, flips } = flipsAbove(drift, 0);
        return flips < 0.03 * pairs;
      },
    },
  ],
};

interface Target {
  readonly what: string;
  readonly isMet: (drift: Drift) => boolean;
}

/** The targets that the drift of the embedded model misses. */
export function misses(weights: WeightForm, drift: Drift): string[] {
  const targets = weights === "stored" ? [] : TARGETS[weights];
  return targets.filter(({ isMet }) => !isMet(drift)).map(({ what }) => `${weights}: ${what}`);
}

export function fidelityTable(rows: readonly FidelityRow[]): string[] {
  const bins = rows[0]?.drift.bins ?? [];
  const heads = [
    "weights",
    "scores of",
    "mean drift, of the spread",
    "largest, of the spread",
    "Kendall's τ",
    ...bins.map(marginOf),
    "all flips",
  ];
  return [heads, heads.map(() => "---"), ...rows.map(cellsOf)].map(
    (cells) => `| ${cells.join(" | ")} |`,
  );
}

function marginOf({ above, upTo }: MarginBin): string {
  if (above === 0) return `flips, margins to ${upTo}`;
  return upTo === Infinity ? `above ${above}` : `to ${upTo}`;
}

function cellsOf({ weights, set, drift }: FidelityRow): string[] {
  const all = flipsAbove(drift, 0);
  return [
    weights,
    set,
    `${digits(drift.mean)}, ${percent(drift.meanShare)}`,
    `${digits(drift.largest)}, ${percent(drift.largestShare)}`,
    drift.kendall.toFixed(4),
    ...drift.bins.map(({ pairs, flips }) => `${flips} of ${pairs}`),
    `${all.flips} of ${all.pairs}, ${percent(all.flips / all.pairs)}`,
  ];
}

function percent(share: number): string {
  return `${share === 0 ? "0" : digits(share * 100)} %`;
}
