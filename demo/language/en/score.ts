/** Score: the sentence, the strip, the rows. */

/** How far one response is ahead of another, from equal to clear. */
export type Grade = "tie" | "equal" | "slight" | "ahead" | "clear";

export interface ScoreWords {
  readonly title: string;
  readonly question: string;
  readonly scores: string;
  readonly drop: string;
  readonly score: string;
  readonly scoreAgain: string;
  readonly stop: string;
  readonly or: string;
  readonly addKey: string;
  readonly stale: string;
  readonly judgedByOther: string;
  readonly stopped: string;
  scoring(count: number): string;
  loadingBefore(stage: string): string;
  readonly empty: string;
  readonly emptyHow: string;
  noSamples(reason: string): string;
  /** Two responses, the better one first. */
  pair(better: string, worse: string, grade: Grade): string;
  /** Three or more whose scores are all about equal. */
  allEqual(names: string): string;
  /** Three or more without a clear gap: the first two, and the others. */
  closeGroup(best: string, second: string, grade: Grade, others: string): string;
  /** A group of `count` responses is clearly ahead of the others. */
  beats(names: string, count: number, others: string): string;
  /** Two sentences, one after the other. */
  sentences(first: string, second: string): string;
  one(name: string, value: string): string;
  readonly oneAlone: string;
  percentile(share: string): string;
  readonly noOpinion: string;
  /** @param ratio undefined for a kind of input that was never shown at all */
  noOpinionWhy(part: "picture" | "question", ratio: string | undefined, pairs: string): string;
  readonly noOpinionShown: string;
  chance(better: string, worse: string, chance: string): string;
  calibrated(t: string, pairs: string): string;
  readonly uncalibrated: string;
  saidBest(name: string, value: string): string;
  readonly saidDone: string;
  rowLabel(name: string): string;
  readonly value: string;
  readonly why: string;
  readonly hide: string;
  whyLabel(name: string): string;
  behind(margin: string, best: string): string;
  readonly tied: string;
  readonly stripLabel: string;
  readonly save: string;
  readonly copy: string;
  readonly copied: string;
  readonly saveJson: string;
  readonly saveCsv: string;
  readonly savePairs: string;
  readonly stepsTitle: string;
  readonly stepsHint: string;
  readonly step: string;
  stepsCome(least: string, product: string, last: string): string;
  readonly tokensTitle: string;
  readonly tokensWarning: string;
  tokens(name: string): string;
  readonly start: string;
  startValue(value: string): string;
  tokenSaid(token: string, value: string, move: string): string;
  readonly movedBy: string;
  readonly movedTo: string;
  readonly everyPair: string;
  readonly pairCaption: string;
  readonly pairTable: string;
  readonly itself: string;
  readonly tokenTables: string;
  readonly token: string;
  readonly details: string;
  judgedBy(name: string): string;
}

const GRADES: Readonly<Record<Grade, (better: string, worse: string) => string>> = {
  tie: (a, b) => `${a} and ${b} are a tie.`,
  equal: (a, b) => `${a} and ${b} are about equal.`,
  slight: (a, b) => `${a} is slightly ahead of ${b}.`,
  ahead: (a, b) => `${a} is ahead of ${b}.`,
  clear: (a, b) => `${a} clearly beats ${b}.`,
};

export const score: ScoreWords = {
  title: "Score responses",
  question: "What is judged",
  scores: "Scores",
  drop: "Drop the picture anywhere",
  score: "Score",
  scoreAgain: "Score again",
  stop: "Stop",
  or: "or",
  addKey: "Alt A adds a response",
  judgedByOther: "Another model gave these scores. Score again to explain them.",
  stale: "These scores are of the earlier text.",
  stopped: "Stopped.",
  scoring: (count) => (count === 1 ? "Scoring 1 response." : `Scoring ${count} responses.`),
  loadingBefore: (stage) => `${stage}…`,
  empty: "The scores will stand here, best first.",
  emptyHow: "Choose an example, or bring a picture, and write a prompt and a response.",
  noSamples: (reason) => `No examples: ${reason}`,
  pair: (better, worse, grade) => GRADES[grade](better, worse),
  allEqual: (names) => `${names} are about equal.`,
  closeGroup: (best, second, grade, others) =>
    `${GRADES[grade](best, second)} Then ${others}, with no clear gap.`,
  beats: (names, count, others) =>
    `${count === 1 ? names : count === 2 ? "Both" : `All ${count}`} clearly ${count === 1 ? "beats" : "beat"} ${others}.`,
  sentences: (first, second) => `${first} ${second}`,
  one: (name, value) => `${name} scores ${value}.`,
  oneAlone: "One response has nothing to be compared with: a score alone has no fixed zero.",
  percentile: (share) => `Higher than ${share} of the reference answers.`,
  noOpinion: "This model has no opinion here.",
  noOpinionWhy: (part, ratio, pairs) =>
    ratio === undefined
      ? `It was never shown a ${part} of this kind.`
      : `The ${part} is unlike all ${pairs} that it was measured on: ${ratio} times as far away as they may be.`,
  noOpinionShown: "The numbers below are what the model computes. They rank nothing.",
  chance: (better, worse, chance) => `${better} over ${worse} ${chance}`,
  calibrated: (t, pairs) => `T = ${t}, measured on ${pairs} pairs`,
  uncalibrated: "uncalibrated (T = 1 is assumed)",
  saidBest: (name, value) => `Scored. Best is response ${name} with ${value}.`,
  saidDone: "Scored.",
  rowLabel: (name) => `Response ${name}:`,
  value: "Score",
  why: "Why?",
  hide: "Hide",
  whyLabel: (name) => `Why has ${name} this score?`,
  behind: (margin, best) => `${margin} to ${best}`,
  tied: "tie",
  stripLabel: "All scores on one axis",
  save: "Take the result with you",
  copy: "Copy result",
  copied: "Copied.",
  saveJson: "JSON",
  saveCsv: "CSV",
  savePairs: "Preference pairs",
  stepsTitle: "Step by step",
  stepsHint:
    "This model judges each step of a solution: how likely it is to be right. Steps are paragraphs, or lines.",
  step: "Step",
  stepsCome: (least, product, last) => `Least ${least} · product ${product} · last ${last}`,
  tokensTitle: "Token by token",
  tokensWarning:
    "The model gives a value after each token; blue, with a line above, raised it, orange, with a line below, lowered it. Only the last one was trained to be the score. The ones before it swing, and are not reasons.",
  tokens: (name) => `Tokens of response ${name}; arrow keys move between them`,
  start: "start",
  startValue: (value) => `Start, before the response: value ${value}`,
  tokenSaid: (token, value, move) => `${token}: value ${value}, moved by ${move}`,
  movedBy: "moved the value by",
  movedTo: "to",
  everyPair: "Every pair",
  pairCaption: "P(row better than column)",
  pairTable: "Table of every pair",
  itself: "itself",
  tokenTables: "Token values as tables",
  token: "Token",
  details: "Details",
  judgedBy: (name) => `Judged by ${name}`,
};
