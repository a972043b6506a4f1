/** Label: pairs of responses, votes, agreement, and a head that follows them. */

type Side = "left" | "right" | "tie" | "both-bad" | "skip";
type KeyName = Side | "flag" | "undo" | "model";

export interface LabelWords {
  readonly title: string;
  readonly intro: string;
  readonly introModel: string;
  readonly rater: string;
  readonly raterHint: string;
  readonly seed: string;
  readonly seedHint: string;
  readonly begin: string;
  readonly builtIn: string;
  readonly builtInTitle: string;
  readonly builtInHint: string;
  readonly files: string;
  readonly folder: string;
  readonly filesHint: string;
  readonly noTable: string;
  readonly opening: string;
  readonly keptTitle: string;
  readonly keptHere: string;
  keptRow(done: string, total: string, date: string): string;
  readonly resume: string;
  readonly remove: string;
  readonly removed: string;
  readonly notKept: string;
  readonly otherTab: string;
  notes(count: number): string;
  readonly sides: Readonly<Record<Side, string>>;
  readonly actions: Readonly<Record<KeyName, string>>;
  readonly pair: string;
  progress(done: string, total: string): string;
  rate(perMinute: string): string;
  readonly saved: string;
  readonly unsaved: string;
  readonly how: Readonly<Record<"random" | "teaching" | "rest" | "repeat", string>>;
  readonly left: string;
  readonly right: string;
  readonly prompt: string;
  readonly picture: string;
  readonly votes: string;
  voted(side: string, number: string): string;
  readonly undone: string;
  readonly flagged: string;
  readonly unflagged: string;
  readonly note: string;
  readonly noteHint: string;
  readonly doneTitle: string;
  readonly doneHow: string;
  readonly leave: string;
  readonly numbersTitle: string;
  readonly withModel: string;
  readonly withModelHint: string;
  readonly withSelf: string;
  readonly withSelfHint: string;
  agreement(equal: string, count: string): string;
  interval(low: string, high: string, kappa: string): string;
  readonly noneYet: string;
  readonly lastTitle: string;
  lastModel(side: string, chance: string): string;
  readonly lastTie: string;
  readonly lastUnread: string;
  readonly lastHidden: string;
  readonly lastNone: string;
  readonly order: string;
  orderText(seed: string): string;
  reading(done: string, total: string): string;
  readingStopped(done: string, total: string): string;
  readonly stopReading: string;
  readonly goOnReading: string;
  failedPairs(count: string): string;
  readonly noModel: string;
  readonly exportTitle: string;
  readonly exportHint: string;
  readonly labelsJsonl: string;
  readonly labelsCsv: string;
  readonly pairsFor: string;
  readonly savePairs: string;
  readonly saveTies: string;
  exported(pairs: string, ties: string, left: string): string;
  readonly tasteTitle: string;
  readonly tasteHint: string;
  needs(count: string, have: string): string;
  readonly waitsForReading: string;
  readonly switchFirst: string;
  readonly fit: string;
  readonly fitting: string;
  readonly accepted: string;
  readonly refused: string;
  readonly temperatureOnly: string;
  gain(gain: string, error: string): string;
  readonly linearOnly: string;
  readonly judge: string;
  readonly accuracy: string;
  readonly interval95: string;
  readonly logLoss: string;
  readonly before: string;
  readonly after: string;
  readonly afterTemperature: string;
  facts(labels: string, ties: string, temperature: string): string;
  readonly curveTitle: string;
  readonly curveHint: string;
  readonly curveLabels: string;
  readonly moreHelps: string;
  readonly moreLittle: string;
  readonly useOwn: string;
  readonly usePublished: string;
  readonly ownJudges: string;
  readonly publishedJudges: string;
  readonly saveHead: string;
  readonly loadHead: string;
  readonly ratersTitle: string;
  readonly ratersHint: string;
  readonly ratersFiles: string;
  alpha(value: string, pairs: string): string;
  readonly noAlpha: string;
  readonly group: string;
  readonly labels: string;
  readonly disagreements: string;
  readonly noDisagreements: string;
  readonly raterName: string;
  readonly withOneself: string;
  readonly withTheModel: string;
  readonly keysTitle: string;
  readonly keysOn: string;
  readonly keysHint: string;
  readonly changeKey: string;
  readonly pressKey: string;
  readonly badKey: string;
  changeKeyOf(action: string): string;
}

export const label: LabelWords = {
  title: "Label pairs",
  intro:
    "Say which of two responses is better. After some fifty votes this page can tell how far the model follows your taste, and fit a judge that follows it further.",
  introModel: "Labelling needs no model, and nothing leaves this machine.",
  rater: "Your name or initials",
  raterHint: "Written beside each label, so that several people’s files stay apart.",
  seed: "Seed",
  seedHint: "Decides order and sides: the same seed gives the same order again.",
  begin: "What to label",
  builtIn: "Try twenty built-in pairs",
  builtInTitle: "Built-in pairs",
  builtInHint: "Of the examples on the Score page.",
  files: "Choose files",
  folder: "Choose a folder",
  filesHint:
    "Rows with two responses or more, and the pictures that they name: JSONL, JSON, CSV or Parquet, in the forms of TRL, LLaMA-Factory, ms-swift, MMPR, MM-RLHF or LMArena.",
  noTable: "Choose a table: .jsonl, .json, .csv, .tsv or .parquet.",
  opening: "Reading the pairs…",
  keptTitle: "Go on where you stopped",
  keptHere: "Kept in this browser only.",
  keptRow: (done, total, date) => `${done} votes, ${total} pairs · ${date}`,
  resume: "Go on",
  remove: "Remove",
  removed: "Removed.",
  notKept:
    "This browser keeps nothing for this page: save your labels before you leave, or they are lost.",
  otherTab: "Another tab has voted in this session. Its votes are shown.",
  notes: (count) => `${count} ${count === 1 ? "note" : "notes"} on the files`,
  sides: {
    left: "Left is better",
    right: "Right is better",
    tie: "Tie",
    "both-bad": "Both bad",
    skip: "Skip",
  },
  actions: {
    left: "Left is better",
    right: "Right is better",
    tie: "Tie",
    "both-bad": "Both bad",
    skip: "Skip",
    flag: "Flag",
    undo: "Undo",
    model: "Show or hide the model’s opinion",
  },
  pair: "Pair",
  progress: (done, total) => `${done} done, ${total} pairs`,
  rate: (perMinute) => `${perMinute} a minute`,
  saved: "saved here",
  unsaved: "not saved",
  how: {
    random: "drawn at random",
    teaching: "chosen: its label teaches much",
    rest: "what is left",
    repeat: "drawn at random",
  },
  left: "Left",
  right: "Right",
  prompt: "Prompt",
  picture: "The picture",
  votes: "Your vote",
  voted: (side, number) => `${side}. Vote ${number} is kept.`,
  undone: "The last vote is taken back.",
  flagged: "Flagged.",
  unflagged: "Not flagged any more.",
  note: "Note",
  noteHint: "Kept with the vote.",
  doneTitle: "All pairs are labelled",
  doneHow: "Save the labels, or see below what they say.",
  leave: "Other pairs",
  numbersTitle: "So far",
  withModel: "You and the model agree",
  withModelHint: "On the pairs drawn at random.",
  withSelf: "You agree with yourself",
  withSelfHint: "On pairs shown twice: no judge can be expected to do better.",
  agreement: (equal, count) => `${equal} of ${count}`,
  interval: (low, high, kappa) => `95 %: ${low} to ${high} · κ ${kappa}`,
  noneYet: "nothing yet",
  lastTitle: "The last pair",
  lastModel: (side, chance) => `The model: ${side}, ${chance}`,
  lastTie: "The model: equal",
  lastUnread: "The model has not read it yet.",
  lastHidden: "Hidden.",
  lastNone: "The model’s opinion is shown after your vote.",
  order: "Order",
  orderText: (seed) => `Half at random, one in ten twice; seed ${seed}`,
  reading: (done, total) => `The model has read ${done} of ${total} pairs.`,
  readingStopped: (done, total) => `Stopped: the model has read ${done} of ${total} pairs.`,
  stopReading: "Stop reading",
  goOnReading: "Let it read on",
  failedPairs: (count) => `It cannot read ${count} of them.`,
  noModel: "No model is ready: you can label, and it will read the pairs later.",
  exportTitle: "Save",
  exportHint:
    "Each row says who gave the label, how the pair was drawn, and which model was compared.",
  labelsJsonl: "Labels (JSONL)",
  labelsCsv: "Labels (CSV)",
  pairsFor: "Pairs for training with",
  savePairs: "Save pairs",
  saveTies: "Save ties",
  exported: (pairs, ties, left) =>
    `${pairs} pairs; ${ties} without a winner, which the form has no place for; ${left} that it cannot hold.`,
  tasteTitle: "A judge that follows you",
  tasteHint:
    "The head of the model is fitted to your votes. It is used only if it is surely better on prompts that it was not fitted to.",
  needs: (count, have) =>
    `From ${count} labels on, a head is fitted; below, the temperature alone. You have ${have}.`,
  waitsForReading: "The model must read the labelled pairs first.",
  switchFirst: "Your own head judges now. Go back to the published one to fit again.",
  fit: "Fit to my votes",
  fitting: "Fitting…",
  accepted: "Your own head is better",
  refused: "The published head stays: no sure gain",
  temperatureOnly: "The temperature alone was fitted",
  gain: (gain, error) =>
    `On prompts left out it gains ${gain} ± ${error} nats a label over the temperature alone.`,
  linearOnly:
    "The model’s own head is more than one layer. Yours is a linear head on its features, which only this project reads.",
  judge: "Judge",
  accuracy: "Accuracy",
  interval95: "95 %",
  logLoss: "Log-loss",
  before: "Published head, T = 1",
  after: "Your own head",
  afterTemperature: "Published head, its temperature fitted",
  facts: (labels, ties, temperature) =>
    `${labels} labels, ${ties} of them ties · T = ${temperature}`,
  curveTitle: "Is more labelling worth it?",
  curveHint: "Heads fitted to fewer labels, on prompts that they left out; 8 splits.",
  curveLabels: "Labels",
  moreHelps: "More labels are likely to help.",
  moreLittle: "More labels of this kind would change little.",
  useOwn: "Judge with my head",
  usePublished: "Judge with the published head",
  ownJudges: "Your own head judges now, in every view.",
  publishedJudges: "The published head judges now.",
  saveHead: "Save the head",
  loadHead: "Use a saved head",
  ratersTitle: "Several raters",
  ratersHint: "Files of labels, one or more for each person.",
  ratersFiles: "Choose files of labels",
  alpha: (value, pairs) => `Krippendorff’s α is ${value}, on ${pairs} pairs.`,
  noAlpha: "No pair has two raters: their agreement cannot be said.",
  group: "Group",
  labels: "Labels",
  disagreements: "Pairs they disagree on",
  noDisagreements: "There is no pair they disagree on.",
  raterName: "Rater",
  withOneself: "With oneself",
  withTheModel: "With the model",
  keysTitle: "Keys",
  keysOn: "Single keys vote",
  keysHint: "Switch them off if you speak to your computer, or if they get in your way.",
  changeKey: "Change",
  pressKey: "Press a key",
  badKey: "This key keeps its own meaning. Press another.",
  changeKeyOf: (action) => `Change the key of: ${action}`,
};
