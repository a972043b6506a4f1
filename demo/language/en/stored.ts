/** Report: stored scores and audits of the command line. Loaded when asked for. */
import type { MonitorReport, Verdict } from "../../../src/monitor/monitor.ts";

export interface StoredWords {
  readonly verdicts: Readonly<Record<Verdict, string>>;
  /** Says why the verdict is what it is. */
  reason(report: MonitorReport): string;
  rows(run: string, reference: string): string;
  readonly tests: string;
  readonly test: string;
  readonly statistic: string;
  readonly limit: string;
  readonly alarm: string;
  /** Returns what the language calls a test that the monitor names in English. */
  testOf(name: string): string;
  readonly alarms: string;
  readonly quiet: string;
  readonly notes: string;
  readonly trends: Readonly<
    Record<"mean" | "psi" | "cusum" | "capital" | "tokens" | "withoutPicture" | "outside", string>
  >;
  audited(model: string): string;
  readonly effects: string;
  readonly asFile: string;
  readonly otherJson: string;
}

export const english: StoredWords = {
  verdicts: {
    none: "Nothing changed",
    engine: "The engine changed",
    model: "The model changed",
    traffic: "The traffic changed",
  },
  reason: ({ reason }) => reason,
  rows: (run, reference) => `${run} rows against ${reference} of the reference`,
  tests: "Tests",
  test: "Test",
  statistic: "Statistic",
  limit: "Limit",
  alarm: "Result",
  testOf: (name) => name,
  alarms: "alarm",
  quiet: "no alarm",
  notes: "Notes",
  trends: {
    mean: "Mean score",
    psi: "PSI with its limit",
    cusum: "CUSUM with its limit",
    capital: "Capital of the betting test, powers of ten",
    tokens: "Mean tokens",
    withoutPicture: "Share without a picture",
    outside: "Share outside the reference set",
  },
  audited: (model) => `Audit of ${model}`,
  effects: "Effects on the score",
  asFile: "Save as JSON",
  otherJson:
    "This file is not an audit. Choose an audit's report.json, or two files of stored scores.",
};
