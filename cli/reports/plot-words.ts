// Tested by: test/demo/language/plot-words.test.ts
/** The words and numbers in plots: English here; the page passes those of its own language. */

/** What is written into plots. Titles of axes have no arrows: the plots draw them. */
export interface PlotWords {
  readonly percentRight: string;
  readonly shareRight: string;
  readonly confidence: string;
  readonly pairs: string;
  pairsOf(count: string): string;
  readonly margin: string;
  marginOf(a: string, b: string): string;
  readonly preferredMargin: string;
  readonly percentWon: string;
  percentWonBy(name: string): string;
  readonly allPrompts: string;
  readonly effect: string;
  readonly effectShort: string;
  readonly rows: string;
  /** Returns what the language calls a metric, bin or audit that reports name in English. */
  nameOf(name: string): string;
  /** Writes a number with this number of digits after the point. */
  fixed(value: number, digits: number): string;
  /** What axes write beside their ticks; undefined for the drawing library's own, in English. */
  readonly ticks:
    | {
        readonly number: (value: number) => string;
        /** @param spanMs from the axis's first moment to its last, in milliseconds */
        readonly time: (moment: Date, spanMs: number) => string;
      }
    | undefined;
}

export const englishPlots: PlotWords = {
  percentRight: "percent right",
  shareRight: "share right",
  confidence: "confidence",
  pairs: "pairs",
  pairsOf: (count) => `${count} pairs`,
  margin: "margin",
  marginOf: (a, b) => `score of ${a} − score of ${b}`,
  preferredMargin: "score of the preferred − score of the other",
  percentWon: "percent won",
  percentWonBy: (name) => `percent won by ${name}`,
  allPrompts: "all prompts",
  effect: "effect, standard deviations of the score",
  effectShort: "effect, SD",
  rows: "rows",
  nameOf: (name) => name,
  fixed: (value, digits) =>
    value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  ticks: undefined,
};
