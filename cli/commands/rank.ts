/**
 * `vl-reward rank`: a file of prompts with responses to a file of rankings.
 */

import path from "node:path";
import type { JsonObject, RowId } from "../../src/base/json.ts";
import { rankValues } from "../../src/preference/ranking.ts";
import { parse, UsageError, engineHelp } from "../arguments.ts";
import { batchArguments, batchHelp, batchJob, batchOptions } from "../batch/batch-options.ts";
import type { BatchArguments } from "../batch/batch-options.ts";
import { UnusedFields } from "../../src/rows/read-row.ts";
import { rankRow } from "../batch/batch-rows.ts";
import { runBatch, type RowScore } from "../batch/batch.ts";
import { rankImages } from "../batch/rank-images.ts";
import type { Command } from "../command.ts";
import { shortest } from "../output/digits.ts";
import { judgeOf } from "../output/evaluation-files.ts";

const help = `
Usage: vl-reward rank --input PROMPTS.jsonl [--output RANKINGS.jsonl]
       vl-reward rank --images FOLDER --output RANKED.csv

Orders responses to one prompt, best first. Pictures and prompt are computed once. Or orders
generated pictures by how well they show what their prompt asks, with HPSv3 and the like.

Responses, from a file:

  --input FILE       one prompt a line: {"id", "messages": [… up to the response],
                     "responses": [TEXT, …]}; paths of pictures are relative to the file. Any
                     shape with responses works, also in CSV, TSV, a JSON array or parquet: id,
                     image, prompt, response_1, response_2, …
  --output FILE      one line each, stdout by default:
                     "scores"         in the order of the responses
                     "order"          which response is where, from 0, best first
                     "places"         of those in "order", from 1; ties (within rounding) share one
                     "margins"        of each in "order" over the next one
                     "probabilities"  that people prefer it to the next one: σ(margin / T)
                     "tokens"         in the order of the responses
                     "model"          what judged, with its "revision", "weights" and "head"
  --temperature T    1 by default; as fitted on labelled pairs
Pictures, from a folder and those below it:
  --images FOLDER    png, jpg, webp, gif, bmp and avif files. The prompt of NAME.png is in NAME.txt
                     beside it, or in the PNG file itself, as ComfyUI, Stable Diffusion web UI,
                     Forge, Fooocus, InvokeAI and NovelAI write it
  --prompt TEXT      one prompt for all, in place of these
  --prompts FILE     a line for each picture, in place of these: {"image": PATH, "prompt": TEXT}
                     (or "file_name" and "text"); paths are relative to the folder
  --output FILE      two files beside each other: NAME.csv, sorted, best first within each prompt,
                     with "place", "image", "score" and "prompt"; and NAME.jsonl, one line
                     {"id", "prompt", "score", "tokens"} each in the order of the names
  --outputs          adds to NAME.jsonl what the head said besides
${batchHelp}${engineHelp}`;

const options = {
  ...batchOptions,
  temperature: { type: "string" },
  images: { type: "string" },
  prompt: { type: "string" },
  prompts: { type: "string" },
  outputs: { type: "boolean" },
} as const;

export const rankCommand: Command = {
  summary: "rank responses to one prompt, or a folder of generated pictures",
  help,
  options,
  async run(args, context) {
    const { values } = parse(args, options);
    if (values.images !== undefined)
      return rankImages({ ...values, images: values.images }, context);
    for (const name of ["prompt", "prompts", "outputs"] as const) {
      if (values[name] !== undefined) throw new UsageError(`--${name} goes with --images`);
    }
    const temperature = Number(values.temperature ?? "1");
    if (!(temperature > 0 && Number.isFinite(temperature))) {
      throw new UsageError(`--temperature takes a number above 0; got ${values.temperature}`);
    }
    const unused = new UnusedFields();
    const given = batchArguments(values);
    const judge = await judgeFields(given);
    const job = batchJob(given, context, {
      identity: { command: "rank", temperature },
      parse: rankRow(unused),
      line: (id, scores) => ({ ...rankingLine(id, scores, temperature), ...judge }),
      scoresOf: (line, { conversations }) => scoresOf(line, conversations.length, temperature),
    });
    const code = await runBatch(job, context);
    if (!job.quiet) for (const line of unused.warnings(job.input)) context.log(`warning: ${line}`);
    return code;
  },
};

/** Returns what judged, for each line: pairs name it, and a file may be read without its call. */
async function judgeFields({ engine, backend }: BatchArguments): Promise<JsonObject> {
  const { model, revision, weights } = await judgeOf(engine, backend);
  const { head } = engine;
  return {
    model,
    ...(revision === undefined ? {} : { revision }),
    ...(weights === undefined ? {} : { weights }),
    ...(head === undefined ? {} : { head: path.basename(head) }),
  };
}

/** Returns the line of the output for the scores of a prompt's responses. */
export function rankingLine(
  id: RowId,
  scores: readonly RowScore[],
  temperature: number,
): Record<string, unknown> {
  const ranked = rankValues(
    scores.map(({ value }) => value),
    temperature,
  );
  const over = ranked.slice(0, -1);
  return {
    id,
    scores: scores.map(({ value }) => shortest(value)),
    order: ranked.map(({ index }) => index),
    places: ranked.map(({ place }) => place),
    margins: over.map(({ marginToNext }) => shortest(requireKnown(marginToNext))),
    probabilities: over.map(({ probabilityOverNext }) =>
      shortest(requireKnown(probabilityOverNext)),
    ),
    tokens: scores.map(({ tokens }) => tokens ?? null),
  };
}

/** Returns the scores of a finished line, or what is wrong with it. */
function scoresOf(
  line: JsonObject,
  count: number,
  temperature: number,
): readonly number[] | string {
  const { id, scores, tokens } = line;
  if (!isNumbers(scores)) return "has no finite scores";
  if (scores.length !== count) return `has ${scores.length} scores for ${count} responses`;
  if (!Array.isArray(tokens) || tokens.length !== count) return "has no counts of tokens";
  const ranked = rankingLine(
    id as RowId,
    scores.map((value) => ({ value, tokens: undefined })),
    temperature,
  );
  // Margins come from the scores before they are written with nine digits.
  const isAsRanked = (["order", "places"] as const).every(
    (name) => JSON.stringify(line[name]) === JSON.stringify(ranked[name]),
  );
  return isAsRanked ? scores : "has an order that is not the one of its scores";
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isFinite(one));
}

/** Returns a value that only the last place lacks: it has nothing below it. */
function requireKnown(value: number | undefined): number {
  if (value === undefined) throw new Error("rank: a place before the last has no margin");
  return value;
}
