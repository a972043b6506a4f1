/**
 * The door `vl-reward/evaluate`: benchmarks, metrics with intervals, A/B comparisons, reports as
 * Markdown.
 */
export { compareSystems } from "./ab.ts";
export type {
  AbComparison,
  AbPrompt,
  AbReport,
  AbRequest,
  CategoryResult,
  Estimate,
  SystemAnswer,
  SystemResult,
} from "./ab.ts";
export { readAnswers, toAbPrompts } from "./answers.ts";
export type { AnsweredPrompt, Answers } from "./answers.ts";
export { benchmarkNames, readBenchmark } from "./benchmarks.ts";
export type { BenchmarkName, BenchmarkRows } from "./benchmarks.ts";
export { evaluate } from "./evaluate.ts";
export type {
  EvaluateRequest,
  EvaluationReport,
  Judge,
  MetricResult,
  PixelSummary,
  WrongPair,
} from "./evaluate.ts";
export type { Calibration, ReliabilityBin } from "./calibration.ts";
export type { LengthBias, LengthBin } from "./length-bias.ts";
export type { Solution, StepReport, SumResult } from "./solutions.ts";
export { abMarkdown, evaluationMarkdown } from "./reports/report.ts";
export type { EvaluationRow, PixelRecord, RowScores, ScoredRow } from "./rows.ts";
export { fitLabelTemperature } from "../preference/label-temperature.ts";
export type { LabelledAnswer } from "../preference/label-temperature.ts";
export type { BootstrapOptions, Interval } from "../statistics/bootstrap.ts";
export type { McNemar } from "../statistics/tests.ts";
