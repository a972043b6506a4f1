// Tested by: test/demo/language/plot-words.test.ts
/** The words of plots, in the page's language; loaded with what draws them. */
import { englishPlots } from "../../cli/reports/plot-words.ts";
import type { PlotWords } from "../../cli/reports/plot-words.ts";
import { japanese } from "./ja/plots.ts";
import { languageName, locale } from "./language.ts";

const DAY_MS = 86_400_000;

export function plotWords(): PlotWords {
  const words = languageName() === "ja" ? japanese : englishPlots;
  return { ...words, fixed, ticks: { number, time } };
}

/** Returns what the page calls a metric, bin or audit; the engine's own name if it has none. */
export function nameOf(name: string): string {
  return plotWords().nameOf(name);
}

function fixed(value: number, digits: number): string {
  const form = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString(locale(), form).replace("-", "−");
}

function number(value: number): string {
  return value.toLocaleString(locale(), { maximumSignificantDigits: 6 }).replace("-", "−");
}

/** Writes a moment of an axis: the day, the time of it, or both, by what the axis spans. */
function time(moment: Date, spanMs: number): string {
  const day = { month: "short", day: "numeric" } as const;
  const hour = { hour: "2-digit", minute: "2-digit" } as const;
  const isMidnight = moment.getTime() % DAY_MS === 0;
  const form = spanMs > 4 * DAY_MS || isMidnight ? day : hour;
  // The ticks are at even moments of UTC.
  return moment.toLocaleString(locale(), { ...form, timeZone: "UTC" });
}
