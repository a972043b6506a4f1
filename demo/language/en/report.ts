/** Report: evaluations and A/B comparisons of files. */
import type { BenchmarkName } from "../../../src/evaluate/benchmarks.ts";

export interface ReportWords {
  readonly title: string;
  readonly about: string;
  readonly report: string;
  readonly drop: string;
  readonly question: string;
  readonly kinds: Readonly<Record<"evaluation" | "ab" | "stored", string>>;
  readonly benchmarks: Readonly<Record<BenchmarkName | "auto", string>>;
  readonly run: string;
  readonly again: string;
  readonly goOn: string;
  readonly stop: string;
  readonly stays: string;
  readonly files: string;
  readonly folder: string;
  readonly filesHelp: string;
  pictures(count: string): string;
  readonly kindOfFile: string;
  readonly abHelp: string;
  readonly abMatch: string;
  readonly storedHelp: string;
  readonly reading: string;
  readonly read: string;
  readonly intervals: string;
  readonly scoring: string;
  rows(done: string, total: string): string;
  readonly noRun: string;
  readonly empty: string;
  readonly emptyHow: string;
  readonly noTable: string;
  readonly twoFiles: string;
  readonly oneFile: string;
  said(done: string, total: string): string;
  readonly stopped: string;
  partial(done: string, total: string): string;
  incomplete(failed: string, total: string, scored: string): string;
  readonly saveJson: string;
  readonly savePage: string;
  labelClosest(count: string): string;
  readonly audit: string;
  readonly auditHint: string;
  auditing(done: string, total: string): string;
  readonly auditBegins: string;
  readonly audited: string;
  readonly auditStopped: string;
  rightIn(value: string, pairs: string): string;
  /** All pairs agree with the labels: the interval is exact (Clopper–Pearson). */
  allRight(pairs: string, low: string): string;
  tooFew(pairs: string): string;
  judged(benchmark: string, model: string): string;
  readonly allNumbers: string;
  readonly numbersTable: string;
  numbersCaption(level: string): string;
  readonly metric: string;
  readonly value: string;
  readonly interval: string;
  readonly shorterWins: string;
  /** A model that judges the steps of solutions. */
  stepsJudged(solutions: string, steps: string): string;
  readonly scoreBy: string;
  readonly sums: Readonly<Record<"min" | "product" | "last", string>>;
  readonly longerWins: string;
  readonly nothingToCompare: string;
  better(name: string): string;
  noSure(a: string, b: string): string;
  prompts(count: string, model: string): string;
  wins(name: string): string;
  readonly meanDifference: string;
  readonly wonTiedLost: string;
  readonly signTest: string;
  readonly promptsToBeSure: string;
  readonly noDifference: string;
  readonly byCategory: string;
  readonly categoryTable: string;
  readonly category: string;
  readonly winRate: string;
  readonly difference: string;
  failed(count: number): string;
  readonly plots: Readonly<
    Record<
      "winRate" | "margins" | "marginsAb" | "accuracy" | "calibration" | "length",
      { readonly title: string; readonly words: string }
    >
  >;
  readonly pairs: string;
  readonly promptsTitle: string;
  readonly show: string;
  readonly filters: Readonly<Record<"wrong" | "all" | "wrongAb" | "allAb", string>>;
  more(count: string): string;
  readonly preferred: string;
  readonly other: string;
  readonly pairPicture: string;
}

export const report: ReportWords = {
  title: "Report on a file",
  about: "What is reported on",
  report: "Report",
  drop: "Drop the file anywhere",
  question: "Question",
  kinds: {
    evaluation: "How often is the model right? A file of labelled pairs",
    ab: "Which of two systems is better? A file of responses of each",
    stored:
      "Did the judge or its input change? Stored scores, a reference first; or an audit's report.json",
  },
  benchmarks: {
    auto: "Told by its fields",
    pairs: "Pairs: prompt, chosen, rejected, image",
    "vl-rewardbench": "VL-RewardBench",
    "multimodal-rewardbench": "Multimodal RewardBench",
    "mm-rlhf": "MM-RLHF-RewardBench",
    rewardbench: "RewardBench",
    "rewardbench-2": "RewardBench 2",
  },
  run: "Run",
  again: "Start again",
  goOn: "Continue",
  stop: "Stop",
  stays:
    "Everything happens in this browser. A run that is stopped goes on where it was, as long as this tab and its model stay.",
  files: "Choose files",
  folder: "Choose a folder",
  filesHelp:
    "Parquet, JSONL or JSON; pictures inside it, or chosen with it. Or drop them anywhere on the page.",
  pictures: (count) => `${count} pictures`,
  kindOfFile: "Kind of file",
  abHelp: "Each row:",
  abMatch: "Rows of the two files belong together by id, or line by line.",
  storedHelp:
    'Two files of stored scores, as vl-reward score writes them: the reference first, then the run. Rows with "anchor": true tell a changed engine or model from changed traffic. No model is needed.',
  reading: "Reading the files…",
  read: "The files are read.",
  intervals: "Computing intervals…",
  scoring: "Scoring…",
  rows: (done, total) => `${done} of ${total} rows`,
  noRun: "The model of this report is not loaded any more. Run it again.",
  empty: "The report will stand here: numbers with their intervals, plots, and every pair.",
  emptyHow: "Published benchmarks are read as they are; your own pairs need chosen and rejected.",
  noTable: "None of these files is a table or a picture: parquet, JSONL or JSON is wanted.",
  twoFiles: "Choose two files: the responses of one system and of the other.",
  oneFile: "Choose a file of pairs.",
  said: (done, total) => `${done} of ${total} rows are scored.`,
  stopped: "Stopped.",
  partial: (done, total) =>
    `Stopped: ${done} of ${total} rows are scored, and these numbers are of them alone. Press Continue for the rest.`,
  incomplete: (failed, total, scored) =>
    `${failed} of ${total} rows could not be scored: these numbers are of the other ${scored} alone.`,
  saveJson: "Save as JSON",
  savePage: "Save as a page",
  labelClosest: (count) => `Label the ${count} closest`,
  audit: "Audit this judge",
  auditHint:
    "Does it follow length, lists, flattery, a stated belief? Does it look at the picture? Every response is changed in some twenty ways and scored again.",
  auditing: (done, total) => `Auditing: ${done} of ${total} changed rows`,
  auditBegins: "The audit begins.",
  audited: "The audit is done.",
  auditStopped: "The audit was stopped. Started again, it goes on.",
  rightIn: (value, pairs) => `Right in ${value} of ${pairs} pairs`,
  allRight: (pairs, low) => `All ${pairs} pairs are right: at least ${low}, with 95 % confidence.`,
  tooFew: (pairs) => `${pairs} pairs are too few to say more.`,
  judged: (benchmark, model) => `${benchmark}, judged by ${model}`,
  allNumbers: "All numbers",
  numbersTable: "Table of all numbers",
  numbersCaption: (level) =>
    `In percent. Intervals of ${level} by bootstrap of prompts; equal scores count as wrong.`,
  metric: "Metric",
  value: "Value",
  interval: "Interval",
  shorterWins: "Shorter wins",
  stepsJudged: (solutions, steps) =>
    `${solutions} solutions of ${steps} steps. Each pair below shows the value of each step.`,
  scoreBy: "Score by",
  sums: { min: "Least", product: "Product", last: "Last" },
  longerWins: "Longer wins",
  nothingToCompare: "Nothing to compare",
  better: (name) => `${name} is better`,
  noSure: (a, b) => `No sure difference between ${a} and ${b}`,
  prompts: (count, model) => `${count} prompts, judged by ${model}`,
  wins: (name) => `${name} wins`,
  meanDifference: "Mean difference",
  wonTiedLost: "Won, tied, lost",
  signTest: "Sign test",
  promptsToBeSure: "Prompts to be sure",
  noDifference: "no difference seen",
  byCategory: "By category",
  categoryTable: "Table by category",
  category: "Category",
  winRate: "Win rate",
  difference: "Difference",
  failed: (count) => `${count} ${count === 1 ? "row" : "rows"} could not be scored`,
  plots: {
    winRate: { title: "Win rate", words: "with its interval; half means no difference" },
    margins: { title: "Margins", words: "right of zero is right" },
    marginsAb: { title: "Margins", words: "right of zero is better" },
    accuracy: {
      title: "Accuracy",
      words: "with its interval; the upright tick is what taking the shorter or longer one gives",
    },
    calibration: { title: "Calibration", words: "on the dotted line, 80 % means 80 %" },
    length: { title: "Length", words: "of the preferred response, against the other’s" },
  },
  pairs: "Pairs",
  promptsTitle: "Prompts",
  show: "Show",
  filters: {
    wrong: "Wrong or tied, worst first",
    all: "All, worst first",
    wrongAb: "Lost or tied",
    allAb: "All, largest difference first",
  },
  more: (count) => `Show ${count} more`,
  preferred: "Preferred",
  other: "Other",
  pairPicture: "The picture of this pair",
};
