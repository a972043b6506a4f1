/**
 * `vl-reward pairs`: scored responses to pairs for training, in the form that a trainer reads.
 *
 *   prompts (+ scores by id) → pairs of each prompt → balanced, if asked
 *     → DIR/pairs.jsonl, index, summary.json
 */

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../../src/errors.ts";
import {
  formatIndex,
  formatPair,
  pairFormats,
  reasonAgainstFormat,
  type PairFormat,
  type PairSource,
  type TrainingPair,
} from "../../src/pairs/formats.ts";
import {
  balanceLengths,
  dropReasons,
  selectPairs,
  type Dropped,
  type DropReason,
  type Pair,
} from "../../src/pairs/select.ts";
import { UnusedFields } from "../../src/rows/read-row.ts";
import { parse, required, requiredFolder, UsageError } from "../arguments.ts";
import { readPairRows, readScores, type PairRow } from "../batch/pairs-rows.ts";
import type { Command, Context } from "../command.ts";
import { writeLabelPairs } from "../labels/label-pairs.ts";
import { requiredChoice, wholeNumber } from "../output/evaluation-files.ts";
import { openLines, writeWhole } from "../output/output-file.ts";
import { casesByteLength } from "../batch/jsonl.ts";

const help = `
Usage: vl-reward pairs --input PROMPTS.jsonl [--scores RANKINGS.jsonl] --format NAME --output DIR
       vl-reward pairs --labels LABELS.jsonl --format NAME --output DIR

Makes pairs of a chosen and a rejected response for DPO and MPO, and DIR/summary.json with what was
dropped and why. From labels, the response that most of a pair's labels prefer is chosen; pairs
without a winner go to DIR/ties.jsonl, for which no format has a place, and are counted. Who
labelled, how long it took, the seed and the model that was compared stand in each row.

  --input FILE           (- is stdin) one prompt a line: {"id", "messages", "responses": [TEXT, …], "scores"?,
                         "correct"?: [true, false, …], "answers"?: [TEXT, …], "truth"?: TEXT}
                         CSV, TSV, a JSON array and parquet work too
  --id-from-line         a row without an id gets the number of its line, or of its row in a table
  --labels FILE          labels, as vl-reward adapt reads them and the page's Label view saves them, in
                         place of --input; may be repeated
  --scores FILE          lines of {"id", "scores"}, as vl-reward rank writes them, for the same ids
  --format NAME          ${pairFormats.join(", ")}
  --output DIR           pairs.jsonl, with meta.json (mmpr) or dataset_info.json (llama-factory)
  --select WHICH         best-worst (the default): one pair a prompt; or all
  --margin M             least difference of the scores, 0 by default; ties within rounding are
                         dropped in any case
  --max-per-prompt K     with --select all: the K pairs with the largest margins, 15 by default
  --keep-contradicted    where "correct" is given, only right over wrong counts; this keeps pairs
                         whose wrong response has the higher score
  --length-balanced      as many chosen responses longer as shorter than the rejected
  --seed N               of the balance, 1 by default
  --relative-images      paths of pictures as in the input; by default they are made absolute
  --model NAME           whose scores they are, for the metadata; org/name[@revision]. By default
                         as the lines of the scores say, which rank and the page write
  --quiet                no summary on stderr
`;

const options = {
  input: { type: "string" },
  labels: { type: "string", multiple: true },
  scores: { type: "string" },
  format: { type: "string" },
  output: { type: "string" },
  select: { type: "string" },
  margin: { type: "string" },
  "max-per-prompt": { type: "string" },
  "keep-contradicted": { type: "boolean" },
  "length-balanced": { type: "boolean" },
  seed: { type: "string" },
  "relative-images": { type: "boolean" },
  model: { type: "string" },
  "id-from-line": { type: "boolean" },
  quiet: { type: "boolean" },
} as const;

interface Selected {
  readonly row: PairRow;
  readonly pair: Pair;
}

export const pairsCommand: Command = {
  summary: "make training pairs for DPO and MPO from scored responses",
  help,
  options,
  async run(args, context) {
    const { values } = parse(args, options);
    if (values.labels !== undefined) return await pairsFromLabels(values, context);
    const job = jobOf(values);
    await casesByteLength(job.input);
    const scores = values.scores === undefined ? undefined : await readScores(values.scores);
    await mkdir(job.output, { recursive: true });
    const lines = await openLines(path.join(job.output, "pairs.jsonl"));
    const tally = new Tally();
    const unused = new UnusedFields();
    const write = async ({ row, pair }: Selected): Promise<void> => {
      tally.take(pair);
      const source = sourceOf(job, row);
      tally.source(source);
      await lines.write(formatPair(job.format, trainingPair(row, pair), { ...job, source }));
    };
    try {
      const held: Selected[] = [];
      for await (const row of readPairRows({ ...job, file: job.input }, scores, unused)) {
        context.signal.throwIfAborted();
        const { pairs: selected, dropped } = selectPairs(row, job.choice);
        const reasons = selected.map((pair) =>
          reasonAgainstFormat(job.format, trainingPair(row, pair)),
        );
        const pairs = selected.filter((_, i) => reasons[i] === undefined);
        tally.prompt(pairs.length, dropped);
        for (const reason of reasons) if (reason !== undefined) tally.drop(reason, 1);
        for (const pair of pairs) {
          if (job.isBalanced) held.push({ row, pair });
          else await write({ row, pair });
        }
      }
      const stays = balanceLengths(
        held.map(({ pair }) => pair.lengthDifference),
        job.seed,
      );
      for (const [i, one] of held.entries()) {
        if (stays[i] === true) await write(one);
        else tally.drop("length balance", 1);
      }
      if (tally.prompts === 0) {
        const expected = '{"id", "messages", …}';
        throw new InputError({ where: job.input, what: "has no prompts", expected });
      }
      await lines.finish();
    } finally {
      await lines.discard();
    }
    await writeIndex(job, tally);
    if (values.quiet !== true) {
      for (const line of tally.lines()) context.log(line);
      for (const line of unused.warnings(job.input)) context.log(`warning: ${line}`);
    }
    return 0;
  },
};

type Values = ReturnType<typeof parse<typeof options>>["values"];

/** Options that say how scores choose pairs. */
const OF_SCORES = [
  "input",
  "scores",
  "select",
  "margin",
  "max-per-prompt",
  "keep-contradicted",
  "length-balanced",
  "seed",
  "model",
  "id-from-line",
] as const;

async function pairsFromLabels(values: Values, context: Context): Promise<number> {
  const odd = OF_SCORES.find((name) => values[name] !== undefined);
  if (odd !== undefined) throw new UsageError(`--${odd} does not go with --labels`);
  const files = values.labels ?? [];
  const format = requiredChoice("--format", values.format, pairFormats);
  const output = requiredFolder("--output", values.output);
  const folder = path.dirname(path.resolve(files[0] ?? "."));
  const pathOf = pathWriter(format, folder, values["relative-images"] === true);
  await mkdir(output, { recursive: true });
  const counts = await writeLabelPairs({ files, output, format, path: pathOf }, context);
  const { warnings, ...summary } = counts;
  await writeFormatIndex(format, output, folder, counts.pairs);
  await writeJson(path.join(output, "summary.json"), { format, ...summary });
  if (values.quiet !== true) {
    const { ties } = counts;
    context.log(`${counts.pairs} pairs of ${counts.labels} labels`);
    context.log(
      `  ${ties.tie} ties, ${ties["both-bad"]} both bad, ${ties.split} split: ties.jsonl`,
    );
    if (counts.left > 0) context.log(`  ${counts.left} that ${format} cannot hold`);
    for (const line of warnings) context.log(`warning: ${line}`);
  }
  return 0;
}

type Job = ReturnType<typeof jobOf>;

function jobOf(values: Values) {
  const input = required("--input", values.input);
  if (input === "-" && values.scores === "-") {
    throw new UsageError("--input and --scores cannot both be stdin");
  }
  const format = requiredChoice("--format", values.format, pairFormats);
  const [model = "", revision] = values.model?.split("@") ?? [];
  const folder = path.dirname(path.resolve(input));
  return {
    input,
    idFromLine: values["id-from-line"] === true,
    output: requiredFolder("--output", values.output),
    format,
    folder,
    choice: {
      select: requiredChoice("--select", values.select ?? "best-worst", ["best-worst", "all"]),
      margin: marginOf(values.margin ?? "0"),
      maxPerPrompt: wholeNumber("--max-per-prompt", values["max-per-prompt"] ?? "15", 1),
      keepContradicted: values["keep-contradicted"] === true,
    },
    isBalanced: values["length-balanced"] === true,
    seed: wholeNumber("--seed", values.seed ?? "1", 0),
    source: model === "" ? undefined : { model, ...(revision === undefined ? {} : { revision }) },
    path: pathWriter(format, folder, values["relative-images"] === true),
  } as const;
}

/** Returns how pictures are written: absolute, or as in the input. */
function pathWriter(
  format: PairFormat,
  folder: string,
  isRelative: boolean,
): (image: string) => string {
  // MMPR's root is the input's folder.
  const keepsPaths = format === "mmpr" || isRelative;
  return (image) =>
    keepsPaths || /^(https?|data):/i.test(image) ? image : path.resolve(folder, image);
}

/** Returns whose scores a row has: --model says it, else the row or the line of its scores. */
function sourceOf({ source }: Job, row: PairRow): PairSource {
  return source ?? row.source ?? { model: "unknown" };
}

/** What was taken, and what was dropped why. */
class Tally {
  prompts = 0;
  readonly #sources = new Map<string, PairSource>();
  #promptsWithPairs = 0;
  #pairs = 0;
  #longer = 0;
  #shorter = 0;
  #sumOfMargins = 0;
  readonly #dropped = new Map<DropReason, number>();

  get pairs(): number {
    return this.#pairs;
  }

  source(source: PairSource): void {
    this.#sources.set(JSON.stringify(source), source);
  }

  /** Returns the one model of all pairs; of several, their names. */
  get judge(): PairSource {
    const all = [...this.#sources.values()];
    const [only] = all;
    if (all.length === 1 && only !== undefined) return only;
    return { model: [...new Set(all.map(({ model }) => model))].join(", ") || "unknown" };
  }

  prompt(pairs: number, dropped: Dropped): void {
    this.prompts += 1;
    if (pairs > 0) this.#promptsWithPairs += 1;
    for (const reason of dropReasons) this.drop(reason, dropped[reason] ?? 0);
  }

  take({ margin, lengthDifference }: Pair): void {
    this.#pairs += 1;
    this.#longer += lengthDifference > 0 ? 1 : 0;
    this.#shorter += lengthDifference < 0 ? 1 : 0;
    this.#sumOfMargins += margin;
  }

  drop(reason: DropReason, count: number): void {
    if (count > 0) this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
  }

  summary(): Record<string, unknown> {
    return {
      prompts: this.prompts,
      promptsWithPairs: this.#promptsWithPairs,
      pairs: this.#pairs,
      chosenLonger: this.#longer,
      chosenShorter: this.#shorter,
      meanMargin: this.#pairs === 0 ? null : this.#sumOfMargins / this.#pairs,
      dropped: Object.fromEntries(this.#dropped),
    };
  }

  lines(): string[] {
    const head = `${this.#pairs} pairs of ${this.#promptsWithPairs} of ${this.prompts} prompts`;
    return [head, ...[...this.#dropped].map(([why, count]) => `  dropped ${count}: ${why}`)];
  }
}

async function writeIndex(job: Job, tally: Tally): Promise<void> {
  const { format, choice, output, isBalanced } = job;
  await writeFormatIndex(format, output, job.folder, tally.pairs);
  const made = { format, ...(job.source ?? tally.judge), ...choice, lengthBalanced: isBalanced };
  await writeJson(path.join(output, "summary.json"), { ...made, ...tally.summary() });
}

async function writeFormatIndex(
  format: PairFormat,
  output: string,
  root: string,
  pairs: number,
): Promise<void> {
  const name = path.basename(path.resolve(output));
  const dataset = { file: "pairs.jsonl", name, pairs, root };
  const index = formatIndex(format, { ...dataset, ...absolute(format, output) });
  if (index) await writeJson(path.join(output, index.file), index.content);
}

/**
 * Returns an absolute path for InternVL's loader: it opens the annotation from its own working
 * folder.
 */
function absolute(format: string, output: string): { file?: string } {
  return format === "mmpr" ? { file: path.resolve(output, "pairs.jsonl") } : {};
}

function trainingPair(row: PairRow, { chosen, rejected }: Pair): TrainingPair {
  const { id, messages, responses, scores, truth } = row;
  return {
    id,
    messages,
    truth,
    chosen: responses[chosen] ?? "",
    rejected: responses[rejected] ?? "",
    chosenScore: scores[chosen] ?? NaN,
    rejectedScore: scores[rejected] ?? NaN,
  };
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Reads the margin.
 * @throws UsageError
 */
function marginOf(text: string): number {
  const margin = Number(text);
  if (margin >= 0 && Number.isFinite(margin) && text.trim() !== "") return margin;
  throw new UsageError(`--margin takes a number from 0; got ${text}`);
}
