// Tested by: test/demo/language/audit-words.test.ts
/** The words of an audit's sentences and tables: English here; the page passes its language's. */
import type { AuditVerdict, Family, LengthAudit } from "./types.ts";

/** Numbers come as texts, as the report writes them. */
export interface AuditWords {
  readonly families: Readonly<Record<Family, string>>;
  /** The columns of results. */
  readonly columns: readonly [string, string, string, string, string, string, string, string];
  readonly verdicts: Readonly<Record<AuditVerdict, string>>;
  summary(pairs: string, prompts: string, accuracy: string, interval: string): string;
  found(count: number, of: number, names: readonly string[]): string;
  tooFew(names: readonly string[]): string;
  units(deviation: string, resamples: string, seed: number, count: number): string;
  rule(deviations: number, points: string): string;
  /** Prompts that there are, of those that are needed. */
  ofNeeded(prompts: string, needed: string): string;
  range(low: string, high: string): string;
  /** Returns what the language calls an audit that reports name in English. */
  nameOf(name: string): string;
  /** Returns what was compared, of the sentence in English. */
  whatOf(what: string): string;
  /** Joins what was compared in several audits, each with its name. */
  whats(list: readonly { readonly name: string; readonly what: string }[]): string;
  readonly change: string;
  odds(
    list: readonly { readonly name: string; readonly judge: string; readonly human: string }[],
  ): string;
  readonly length: string;
  readonly lengthColumns: readonly [string, string, string, string];
  readonly lengthWhere: Readonly<Record<LengthAudit["accuracy"][number]["where"], string>>;
  lengthAlone(longer: string, shorter: string): string;
  readonly reliance: string;
  readonly relianceColumns: readonly [string, string, string, string, string];
  readonly position: string;
  readonly positionColumns: readonly [string, string, string];
  readonly rounding: string;
  byColumn(column: string): string;
  readonly groupColumns: readonly [string, string, string, string, string, string];
  worstAndBest(worst: string, best: string): string;
}

export const englishAudit: AuditWords = {
  families: {
    feature: "What the responses look like",
    edit: "Edited responses",
    belief: "Stated belief",
    picture: "Edited pictures",
    rewrite: "Rewrites",
    group: "Groups",
    source: "Sources of the responses",
  },
  columns: ["audit", "n", "prompts", "effect", "95 % interval", "p, Holm", "flips", "verdict"],
  verdicts: { effect: "effect", "none seen": "none seen", "too few to say": "too few to say" },
  summary: (pairs, prompts, accuracy, interval) =>
    `${pairs} pairs of ${prompts} prompts; right in ${accuracy} % (${interval}).`,
  found: (count, of, names) =>
    `${count} of ${of} audits found an effect${count > 0 ? `: ${names.join(", ")}` : ""}.`,
  tooFew: (names) => `Too few prompts to say for ${names.length}: ${names.join(", ")}.`,
  units: (deviation, resamples, seed, count) =>
    `Effects are in standard deviations of the score (${deviation}), or differences of shares in points. Intervals: bootstrap over prompts, ${resamples} resamples, seed ${seed}. p: Holm over all ${count}.`,
  rule: (deviations, points) =>
    `"effect" is a corrected p up to 0.03, which keeps the false alarms of the whole set below 5 %. An effect of ${deviations} SD or ${points} points should be found; "too few to say" means that this takes more prompts than there are.`,
  ofNeeded: (prompts, needed) => `${prompts} of ${needed}`,
  range: (low, high) => `${low} to ${high}`,
  nameOf: (name) => name,
  whatOf: (what) => what,
  whats: (list) => `${list.map(({ name, what }) => `${name}: ${what}`).join("; ")}.`,
  change: "Change of the margin for one standard deviation of the difference.",
  odds: (list) =>
    `Log-odds of the judge's verdicts against the labels': ${list
      .map(({ name, judge, human }) => `${name} ${judge} against ${human}`)
      .join("; ")}.`,
  length: "Length",
  lengthColumns: ["where", "n", "right", "95 % interval"],
  lengthWhere: {
    "right is shorter": "right is shorter",
    "right is longer": "right is longer",
    "within 10 %": "within 10 %",
  },
  lengthAlone: (longer, shorter) =>
    `Length alone: the longer response is right in ${longer} %, the shorter in ${shorter} %.`,
  reliance: "Visual reliance",
  relianceColumns: [
    "pairs with a picture",
    "right with it",
    "without it",
    "difference",
    "95 % interval",
  ],
  position: "Position",
  positionColumns: ["rows", "equal to the bit in the other order", "largest difference"],
  rounding: "Differences below 2e-5 are rounding: the order in a call changes the order of sums.",
  byColumn: (column) => `By ${column}`,
  groupColumns: ["value", "n", "right", "95 % interval", "mean score, SD", "calibration error"],
  worstAndBest: (worst, best) => `Worst: ${worst}; best: ${best}.`,
};
