/** Why: the panel that explains a score. Loaded when the first one is opened. */

export interface ExplainWords {
  readonly panel: string;
  /** The row's response is behind, or ahead of, the one that it is compared with. */
  loses(own: string, other: string, by: string): string;
  leads(own: string, other: string, by: string): string;
  same(own: string, other: string): string;
  alone(own: string, value: string): string;
  readonly otherLabel: string;
  otherOption(name: string, value: string): string;
  /** What differs, in words. */
  readonly oneDifference: string;
  differences(count: string): string;
  readonly allDiffers: string;
  readonly noDifference: string;
  swap(own: string, other: string): string;
  readonly nothingHere: string;
  swapEffect(effect: string): string;
  readonly contrastTitle: string;
  cost(scores: string, seconds: string): string;
  readonly start: string;
  readonly goOn: string;
  readonly refine: string;
  readonly stop: string;
  readonly stopped: string;
  readonly budget: string;
  readonly refineHow: string;
  working(scores: string): string;
  readonly progress: string;
  readonly begins: string;
  readonly finished: string;
  readonly pictureTitle: string;
  readonly whichPicture: string;
  pictureRest(share: string): string;
  blurredRest(share: string): string;
  readonly pictureUnused: string;
  readonly pictureWrong: string;
  /** The picture with its cells, for a screen reader. */
  grid(lead: string): string;
  cell(row: string, column: string, effect: string): string;
  /** A cell that carries the lead of a response, and one that works against it. */
  cellFor(name: string, effect: string): string;
  cellAgainst(name: string, effect: string): string;
  readonly cellScoreFor: string;
  readonly cellNone: string;
  readonly chooseCell: string;
  readonly unitsTitle: string;
  unitsHint(name: string): string;
  readonly unitsHintAlone: string;
  leftOut(quoted: string, place: string): string;
  inResponse(name: string): string;
  readonly inPrompt: string;
  effect(value: string): string;
  plusMinus(value: string, error: string): string;
  showAll(count: string): string;
  flips(removed: string, margin: string): string;
  quoted(text: string): string;
  readonly truthTitle: string;
  better(p: string): string;
  /** Random parts of the texts do as much. */
  chance(p: string): string;
  /** Heads with shuffled weights give as large a lead. */
  chanceLead(p: string): string;
  readonly untested: string;
  readonly unstable: string;
  readonly whatIfTitle: string;
  whatIfHint(name: string): string;
  whatIfLabel(name: string): string;
  readonly whatIfRun: string;
  whatIfResult(now: string, was: string, change: string): string;
  readonly whatIfSame: string;
  readonly copy: string;
  readonly copied: string;
  readonly noModel: string;
  failed(reason: string): string;
}

export const english: ExplainWords = {
  panel: "Why this score",
  loses: (own, other, by) => `${own} loses to ${other} by ${by}.`,
  leads: (own, other, by) => `${own} leads ${other} by ${by}.`,
  same: (own, other) => `${own} and ${other} have the same score.`,
  alone: (own, value) => `${own} scores ${value}.`,
  otherLabel: "Compared with",
  otherOption: (name, value) => `${name} (${value})`,
  oneDifference: "They differ in one place.",
  differences: (count) => `They differ in ${count} places.`,
  allDiffers: "They have too little in common for a comparison word by word.",
  noDifference: "They are the same text.",
  swap: (own, other) => `${own} in place of ${other}`,
  nothingHere: "nothing",
  swapEffect: (effect) => `makes ${effect} of the lead`,
  contrastTitle: "What differs",
  cost: (scores, seconds) =>
    `A full explanation takes about ${scores} scores, ${seconds}\u00a0s on this machine.`,
  start: "Explain",
  goOn: "Go on",
  refine: "Refine",
  stop: "Stop",
  stopped: "Stopped. What was found stays.",
  budget: "The limit of scores is reached.",
  refineHow:
    "Refining takes up to 300 scores more: shares that are fair between words, with their errors, and finer cells.",
  working: (scores) => `${scores} scores so far`,
  progress: "Explaining",
  begins: "Explaining.",
  finished: "The explanation is complete.",
  pictureTitle: "The picture",
  whichPicture: "Which picture",
  pictureRest: (share) => `Without the picture, ${share} of the lead remains.`,
  blurredRest: (share) => `Blurred: ${share}.`,
  pictureUnused: "The picture hardly matters here.",
  pictureWrong: "Without the picture the order flips.",
  grid: (lead) =>
    `Parts of the picture, and what each adds to ${lead}; arrow keys move between them`,
  cell: (row, column, effect) => `Row ${row}, column ${column}: ${effect}`,
  cellFor: (name, effect) => `This part of the picture gives ${name} ${effect} of its lead.`,
  cellAgainst: (name, effect) =>
    `This part of the picture takes ${effect} from the lead of ${name}.`,
  cellScoreFor: "the score",
  cellNone: "This part changes nothing.",
  chooseCell:
    "Choose a part to read its number. Blue parts carry the lead, orange ones work against it.",
  unitsTitle: "What happens without a part",
  unitsHint: (name) =>
    `What each part adds to the lead of ${name}, found by leaving it out and scoring again.`,
  unitsHintAlone: "What each part adds to the score, found by leaving it out and scoring again.",
  leftOut: (quoted, place) => `${quoted} ${place}`,
  inResponse: (name) => `in ${name}`,
  inPrompt: "in the prompt",
  effect: (value) => value,
  plusMinus: (value, error) => `${value} ± ${error}`,
  showAll: (count) => `Show all ${count}`,
  flips: (removed, margin) => `Without ${removed} the order flips: the lead becomes ${margin}.`,
  quoted: (text) => `“${text}”`,
  truthTitle: "Is this true?",
  better: (p) =>
    `Tested: taking these parts away changes the lead more than random parts of the same length do (p = ${p}).`,
  chance: (p) =>
    `The order of these parts is no better than chance (p = ${p}): random parts of the same length do as much. Do not rely on it.`,
  chanceLead: (p) =>
    `This lead is no better than chance (p = ${p}): the model's own weights in random order give one as large. Do not rely on an explanation of it.`,
  untested: "This explanation is not tested yet.",
  unstable: "Cut in another way, the text gives another order of its parts.",
  whatIfTitle: "What if…?",
  whatIfHint: (name) => `Change the text of ${name} and see what its score would be.`,
  whatIfLabel: (name) => `Changed text of ${name}`,
  whatIfRun: "Score this text",
  whatIfResult: (now, was, change) => `${now}; it was ${was} (${change}).`,
  whatIfSame: "This is the text as it was scored.",
  copy: "Copy as text",
  copied: "Copied.",
  noModel: "An explanation scores many variants: it needs a loaded model.",
  failed: (reason) => `The explanation failed: ${reason}`,
};
