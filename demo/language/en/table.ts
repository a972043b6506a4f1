/** Rank: files of many prompts, as a table. */

/** Which rows of a table are shown. */
export type RowFilter = "all" | "close" | "failed" | "open";
export type RowOrder = "table" | "closest" | "widest";

export interface TableWords {
  readonly title: string;
  readonly lead: string;
  readonly choose: string;
  readonly folder: string;
  readonly sample: string;
  readonly sampleName: string;
  readonly paste: string;
  readonly pasteHint: string;
  readonly pasted: string;
  readonly open: string;
  readonly accepted: string;
  readonly shapes: readonly (readonly [what: string, fields: string])[];
  readonly pictures: string;
  readonly noTable: string;
  reading(done: string, total: string): string;
  readonly readingFirst: string;
  readSaid(rows: string, wrong: number): string;
  facts(prompts: string, responses: string): string;
  wrong(count: number): string;
  notes(count: number): string;
  more(count: string): string;
  readonly other: string;
  readonly addPictures: string;
  runCount(count: string): string;
  resume(count: string): string;
  again(model: string): string;
  readonly stop: string;
  readonly working: string;
  rate(rows: string): string;
  runningSaid(rows: string): string;
  doneSaid(rows: string, failed: number): string;
  readonly stoppedSaid: string;
  far(count: string, servers: string): string;
  readonly farWhy: string;
  fetch(count: string): string;
  readonly fetchLess: string;
  fetched(count: number, failed: number): string;
  readonly filter: string;
  readonly filters: Readonly<Record<RowFilter, string>>;
  readonly order: string;
  readonly orders: Readonly<Record<RowOrder, string>>;
  readonly group: string;
  readonly allGroups: string;
  readonly caption: string;
  readonly id: string;
  readonly prompt: string;
  readonly picture: string;
  pictureOf(row: string): string;
  readonly best: string;
  readonly margin: string;
  readonly responses: string;
  readonly tied: string;
  readonly noOpinion: string;
  readonly failed: string;
  readonly notYet: string;
  readonly noneHere: string;
  openRow(prompt: string): string;
  readonly emptyPrompt: string;
  readonly turns: string;
  page(page: string, pages: string): string;
  readonly before: string;
  readonly next: string;
  summary(scored: string, all: string): string;
  ties(count: number): string;
  close(count: number): string;
  failedCount(count: number): string;
  outside(count: number): string;
  readonly tryFailed: string;
  readonly export: string;
  readonly csv: string;
  readonly jsonl: string;
  readonly label: string;
  readonly pairsTitle: string;
  readonly format: string;
  readonly select: string;
  readonly selects: Readonly<Record<"best-worst" | "all", string>>;
  readonly leastMargin: string;
  readonly wrongMargin: string;
  readonly savePairs: string;
  pairsMade(pairs: string, withPairs: string, prompts: string): string;
  dropped(count: string, reason: string): string;
  judgedBy(name: string): string;
}

const rows = (count: number): string => (count === 1 ? "1 row" : `${count} rows`);

export const table: TableWords = {
  title: "Rank a file of prompts",
  lead: "Drop JSONL, JSON, CSV or Parquet anywhere: prompts, their responses, and their pictures beside or inside. The rows are checked before the model runs, and nothing leaves this machine.",
  choose: "Choose files",
  folder: "Choose a folder",
  sample: "Try it with the examples",
  sampleName: "examples",
  paste: "Or paste rows",
  pasteHint: '{"prompt": "…", "responses": ["…", "…"]}',
  pasted: "pasted",
  open: "Read the rows",
  accepted: "Fields that are read",
  shapes: [
    ["a prompt", "prompt, question, query, instruction, messages, conversations"],
    ["its responses", "responses, candidates, completions, response_1 …, or a row for each"],
    [
      "a labelled pair",
      "chosen + rejected, response_a + response_b, conversation_a + conversation_b",
    ],
    ["pictures", "image, images, also with _path, _url, _base64; parts of a message"],
    ["beside them", "id, group, category, task"],
  ],
  pictures: "Pictures by path: choose them together with the table, or the folder that holds both.",
  noTable: "There is no table among these files. Choose JSONL, JSON, CSV or Parquet.",
  reading: (done, total) => `Reading ${done} of ${total} rows…`,
  readingFirst: "Reading the file…",
  readSaid: (all, wrong) =>
    `${all} prompts were read.${wrong === 0 ? "" : ` ${rows(wrong)} cannot be ranked.`}`,
  facts: (prompts, responses) => `${prompts} prompts · ${responses} responses`,
  wrong: (count) => `${rows(count)} cannot be ranked`,
  notes: (count) => (count === 1 ? "1 note on the columns" : `${count} notes on the columns`),
  more: (count) => `and ${count} more`,
  other: "Another file",
  addPictures: "Add pictures",
  runCount: (count) => `Rank ${count} prompts`,
  resume: (count) => `Go on with ${count} prompts`,
  again: (model) => `Rank again with ${model}`,
  stop: "Stop",
  working: "Ranking",
  rate: (all) => `${all} rows/s`,
  runningSaid: (all) => `Ranking ${all} prompts.`,
  doneSaid: (all, failed) =>
    `${all} prompts are ranked.${failed === 0 ? "" : ` ${rows(failed)} failed.`}`,
  stoppedSaid: "Stopped. What is ranked stays.",
  far: (count, servers) => `${count} pictures are on the web, on ${servers}.`,
  farWhy:
    "Fetching them tells these servers your network address and which pictures you ask for. No prompt and no response is sent. Their rows wait until then.",
  fetch: (count) => `Fetch ${count} pictures`,
  fetchLess: "Stop fetching",
  fetched: (count, failed) =>
    `${count} pictures are here.${failed === 0 ? "" : ` ${failed} could not be fetched: the server refused, or does not allow other pages to read them.`}`,
  filter: "Show",
  filters: {
    all: "All rows",
    close: "Close calls",
    failed: "Failed",
    open: "Not ranked yet",
  },
  order: "Order",
  orders: { table: "As in the file", closest: "Closest first", widest: "Clearest first" },
  group: "Group",
  allGroups: "All groups",
  caption: "Prompts and their best responses",
  id: "Row",
  prompt: "Prompt",
  picture: "Picture",
  pictureOf: (row) => `Picture of ${row}`,
  best: "Best response",
  margin: "Margin",
  responses: "n",
  tied: "tie",
  noOpinion: "no opinion",
  failed: "Failed",
  notYet: "–",
  noneHere: "No row is like this.",
  openRow: (prompt) => `Open: ${prompt}`,
  emptyPrompt: "(no text)",
  turns: "Conversation",
  page: (page, pages) => `Page ${page} of ${pages}`,
  before: "Previous",
  next: "Next",
  summary: (scored, all) => `${scored} of ${all} prompts are ranked.`,
  ties: (count) => (count === 1 ? "1 tie" : `${count} ties`),
  close: (count) => (count === 1 ? "1 close call" : `${count} close calls`),
  failedCount: (count) => `${count} failed`,
  outside: (count) => `${count} without an opinion`,
  tryFailed: "Try the failed rows again",
  export: "Take it away",
  csv: "Save as CSV",
  jsonl: "Save as JSONL",
  label: "Label the 50 closest",
  pairsTitle: "Pairs for training",
  format: "Trainer",
  select: "Pairs of a prompt",
  selects: { "best-worst": "Best against worst", all: "All, 15 at most" },
  leastMargin: "Least margin",
  wrongMargin: "Write a number from 0.",
  savePairs: "Save pairs",
  pairsMade: (pairs, withPairs, prompts) =>
    `${pairs} pairs of ${withPairs} of ${prompts} ranked prompts.`,
  dropped: (count, reason) => `${count} dropped: ${reason}.`,
  judgedBy: (name) => `Judged by ${name}`,
};
