// Tested by: test/cli/commands/rank-images.test.ts
/**
 * `vl-reward rank --images`: a folder of generated pictures to a sorted table.
 *
 *   pictures and their prompts ─ scored, NAME.jsonl ─ sorted by prompt and score ─ NAME.csv
 *
 * NAME.jsonl is a batch's output, so a run that was killed is continued by the same call.
 */

import type { JsonObject, RowId } from "../../src/base/json.ts";
import { rankValues } from "../../src/preference/ranking.ts";
import { UsageError } from "../arguments.ts";
import type { Context } from "../command.ts";
import { shortest } from "../output/digits.ts";
import { outputPlace, writeWhole } from "../output/output-file.ts";
import { batchArguments, batchJob, type batchOptions } from "./batch-options.ts";
import { runBatch } from "./batch.ts";
import { readLines } from "./jsonl.ts";
import { listPictures, pictureRows } from "./picture-folder.ts";

/** The options of `rank` as they were given. */
type Values = Partial<Record<keyof typeof batchOptions, string | boolean | string[]>> & {
  readonly images: string;
  readonly prompt?: string | undefined;
  readonly prompts?: string | undefined;
  readonly outputs?: boolean | undefined;
  readonly temperature?: string | undefined;
};

/** Options that say nothing about a folder of pictures. */
const OF_FILES = ["input", "backend", "backend-model", "no-probe", "temperature", "id-from-line"];

/** Does the job and gives the exit code. @throws UsageError, InputError */
export async function rankImages(values: Values, context: Context): Promise<number> {
  const { images: folder, prompt, prompts, outputs, temperature, ...rest } = values;
  for (const [name, value] of Object.entries({ ...rest, temperature })) {
    const isOther = OF_FILES.includes(name);
    if (isOther && value !== undefined) throw new UsageError(`--${name} does not go with --images`);
  }
  if (prompt !== undefined && prompts !== undefined) {
    throw new UsageError("--prompt does not go with --prompts");
  }
  if (prompt?.trim() === "") throw new UsageError("--prompt is empty");
  const { scores, table } = outputNames(rest.output);
  const given = batchArguments({ ...rest, output: scores }, folder);
  const pictures = await listPictures(folder);
  if ((await outputPlace(table)).kind !== "file") {
    throw new UsageError(`--output takes a file's name; got ${table}`);
  }
  const promptOf = new Map<RowId, string>();
  const withOutputs = outputs === true;
  const job = batchJob(given, context, {
    identity: { command: "rank images", ...(withOutputs && { withOutputs }) },
    isWhole: withOutputs,
    source: {
      rows: () => pictureRows({ folder, prompt, prompts }, pictures, promptOf),
      count: pictures.length,
      folder,
    },
    parse: {
      wanted: "",
      read() {
        throw new Error("rank: a folder has no rows");
      },
    },
    line: (id, [score]) => ({
      id,
      prompt: promptOf.get(id),
      score: score === undefined ? null : shortest(score.value),
      tokens: score?.tokens ?? null,
      ...(withOutputs && score?.fields),
    }),
    scoresOf: (line, { id }) => scoreOf(line, id === undefined ? undefined : promptOf.get(id)),
  });
  const code = await runBatch(job, context);
  const ranked = await readScores(scores);
  await writeWhole(table, toCsv(ranked));
  if (!job.quiet) context.log(`${table}: ${ranked.length} pictures, best first`);
  return code;
}

/** Returns the two files of an output. @throws UsageError if none is named */
function outputNames(output: unknown): { readonly scores: string; readonly table: string } {
  if (typeof output !== "string" || output === "-") {
    throw new UsageError("--images takes --output NAME.csv: scores are kept beside it");
  }
  const base = output.replace(/\.(?:csv|jsonl)$/i, "");
  return { scores: `${base}.jsonl`, table: `${base}.csv` };
}

/** Returns the score of a finished line, or what is wrong with it. */
function scoreOf(
  { score, prompt }: JsonObject,
  wanted: string | undefined,
): readonly number[] | string {
  if (typeof score !== "number" || !Number.isFinite(score)) return "has no finite score";
  return prompt === wanted ? [score] : "has another prompt";
}

interface Scored {
  readonly image: string;
  readonly prompt: string;
  readonly score: number;
}

async function readScores(file: string): Promise<Scored[]> {
  const found: Scored[] = [];
  for await (const { line } of readLines(file)) {
    if (line === "") continue;
    const { id, prompt, score } = JSON.parse(line) as { id: string } & Omit<Scored, "image">;
    found.push({ image: id, prompt, score });
  }
  return found;
}

/** Returns the table: prompts in the order of their first pictures, best first in each. */
function toCsv(scored: readonly Scored[]): string {
  const lines = ["place,image,score,prompt"];
  const groups = new Map<string, Scored[]>();
  for (const one of scored) {
    const own = groups.get(one.prompt);
    if (own === undefined) groups.set(one.prompt, [one]);
    else own.push(one);
  }
  for (const [prompt, own] of groups) {
    for (const { place, index, value } of rankValues(own.map(({ score }) => score))) {
      const cells = [String(place), own[index]?.image ?? "", String(value), prompt];
      lines.push(cells.map(cell).join(","));
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Returns a cell as RFC 4180 has it. */
function cell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
