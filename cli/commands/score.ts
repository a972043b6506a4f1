// Tested by: test/cli/commands/rank.test.ts
/**
 * `vl-reward score`: a file of conversations to a file of scores, or one sample typed by hand.
 */

import { stat } from "node:fs/promises";
import path from "node:path";
import type { JsonObject, RowId } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { rankValues } from "../../src/preference/ranking.ts";
import type { Conversation, ImagePart } from "../../src/types.ts";
import {
  engineArguments,
  engineHelp,
  parse,
  required,
  UsageError,
  type EngineArguments,
} from "../arguments.ts";
import { backendArguments, withScorer, type Backend } from "../batch/batch-backend.ts";
import { batchArguments, batchHelp, batchJob, batchOptions } from "../batch/batch-options.ts";
import { UnusedFields } from "../../src/rows/read-row.ts";
import { scoreRow } from "../batch/batch-rows.ts";
import { runBatch, type RowScore } from "../batch/batch.ts";
import type { Command, Context } from "../command.ts";
import { shortest } from "../output/digits.ts";
import { jsonLine } from "../output/output-file.ts";
import { drawRanking, type Ranked } from "../output/ranking.ts";

const help = `
Usage: vl-reward score --input CASES.jsonl [--output SCORES.jsonl]
       vl-reward score [--image FILE …] --prompt TEXT --response TEXT [--response TEXT …]

Scores conversations whose last turn is the assistant's. Higher is better; only differences for
the same prompt mean something.

Many, from a file:
  --input FILE       one conversation a line: {"id", "messages": [{"role", "content": TEXT or
                     [{"type": "image", "image": PATH or URL} | {"type": "text", "text"}]}]};
                     paths are relative to the file. Any shape with one response works, also in
                     CSV, TSV, a JSON array or parquet: id, image, prompt, response
  --output FILE      one line each, {"id", "score", "tokens"}; stdout by default
  --token-values     adds "input_ids" and "token_values": the value head at every token
  --outputs          adds what the head said besides: "outputs", "probabilities", "label_mass",
                     "step_values", "aggregates", "answers"
                     Other lines, for models that take them: {"id", "inputs": {…}} with the fields
                     of the model's own prompt (prompt, image, question, steps, query, document,
                     source, edited, instruction); "labels": [TEXT, …] beside "messages" or
                     "inputs"; {"id", "state", "questions": {NAME: {"type", "instructions",
                     "criteria"}}, "images"?}, whose score is the first answer's. A model that
                     judges steps takes conversations too: their paragraphs, or lines, are steps
${batchHelp}One, by hand:
  --image FILE       a picture; may be repeated, comes before the prompt
  --prompt TEXT      what was asked
  --response TEXT    a candidate answer; repeated, the answers are ranked
  --json             one line {"place", "index", "score", "margin", "probability", "response"} for
                     each, best first, in place of bars
${engineHelp}`;

const options = {
  ...batchOptions,
  "token-values": { type: "boolean" },
  outputs: { type: "boolean" },
  image: { type: "string", multiple: true },
  prompt: { type: "string" },
  response: { type: "string", multiple: true },
  json: { type: "boolean" },
} as const;

function parseScore(args: readonly string[]) {
  return parse(args, options).values;
}

export const scoreCommand: Command = {
  summary: "score conversations, or rank answers typed by hand",
  help,
  options,
  async run(args, context) {
    const values = parseScore(args);
    const { image = [], prompt, response = [] } = values;
    if (prompt === undefined && response.length === 0 && image.length === 0) {
      return scoreFile(values, context);
    }
    for (const name of fileOptions) {
      if (values[name] === undefined) continue;
      throw new UsageError(`--${name} does not go with --image, --prompt and --response`);
    }
    if (response.length === 0) throw new UsageError("--response is missing");
    const engine = engineArguments(values);
    const backend = backendArguments(values);
    // An address that is typed by hand is meant.
    const hosts = image.flatMap((name) =>
      /^https?:/i.test(name) && URL.canParse(name) ? new URL(name).hostname : [],
    );
    const pictures = { ...engine.pictures, hosts: [...engine.pictures.hosts, ...hosts] };
    const json = values.json === true;
    const asked = { image, prompt: required("--prompt", prompt), response, json };
    await checkImages(image);
    const one = { ...asked, engine: { ...engine, pictures }, backend };
    return scoreOne(one, context);
  },
};

const fileOptions = [
  "input",
  "output",
  "errors",
  "shard",
  "resume",
  "id-from-line",
  "token-values",
  "outputs",
] as const;

async function scoreFile(
  { image: _image, response: _response, json, ...values }: ReturnType<typeof parseScore>,
  context: Context,
): Promise<number> {
  if (json !== undefined && values.input !== undefined) {
    throw new UsageError("--json goes with --prompt and --response: files are JSON in any case");
  }
  const given = batchArguments(values);
  const withValues = values["token-values"] === true;
  const withOutputs = values.outputs === true;
  if ((withValues || withOutputs) && given.backend !== undefined) {
    const name = withValues ? "--token-values" : "--outputs";
    throw new UsageError(`${name} does not go with --backend: servers give scores only`);
  }
  const unused = new UnusedFields();
  const job = batchJob(given, context, {
    identity: { command: "score", withValues, ...(withOutputs && { withOutputs }) },
    isWhole: withOutputs,
    parse: scoreRow(unused),
    line: (id, scores) => ({
      ...scoreLine(id, scores, withValues, withOutputs),
      ...judgeOf(given.engine.head),
    }),
    scoresOf: (line) => scoresOf(line, withValues),
  });
  const code = await runBatch(job, context);
  if (!job.quiet) for (const line of unused.warnings(job.input)) context.log(`warning: ${line}`);
  return code;
}

/** Says which head judged, if it is not the published one. */
function judgeOf(head: string | undefined): { readonly head?: string } {
  return head === undefined ? {} : { head: path.basename(head) };
}

function scoreLine(
  id: RowId,
  [score]: readonly RowScore[],
  withValues: boolean,
  withOutputs: boolean,
): Record<string, unknown> {
  if (score === undefined) throw new Error(`${id}: came back without a score`);
  const { value, tokens, tokenIds, tokenValues = [] } = score;
  const more = withOutputs ? saidFields(score.fields ?? {}, withValues) : {};
  const line = { id, score: shortest(value), tokens: tokens ?? null, ...more };
  if (!withValues) return line;
  return { ...line, input_ids: tokenIds, token_values: tokenValues.map(shortest) };
}

/** Returns what a head said besides; tokens of passes and questions go with those of the line. */
function saidFields({ branches, ...fields }: JsonObject, withTokens: boolean): JsonObject {
  if (withTokens) return branches === undefined ? fields : { ...fields, branches };
  const { passes } = fields;
  if (!Array.isArray(passes)) return fields;
  const ofPass = (pass: JsonObject): [string, unknown][] =>
    Object.entries(pass).filter(([name]) => name !== "input_ids");
  return { ...fields, passes: passes.map((pass: JsonObject) => Object.fromEntries(ofPass(pass))) };
}

/** Returns the score of a finished line, or what is wrong with it. */
function scoresOf(line: JsonObject, withValues: boolean): readonly number[] | string {
  const { score, tokens, token_values: values } = line;
  if (typeof score !== "number" || !Number.isFinite(score)) return "has no finite score";
  if (tokens !== null && !(Number.isSafeInteger(tokens) && Number(tokens) > 0)) {
    return "has no count of tokens";
  }
  if (!withValues) return values === undefined ? [score] : "has token values";
  const isWhole = Array.isArray(values) && (values.length === tokens || values.length === 0);
  if (!isWhole || !values.every((value) => Number.isFinite(value))) return "has no token values";
  return [score];
}

interface ScoreOne {
  readonly image: readonly string[];
  readonly prompt: string;
  readonly response: readonly string[];
  readonly json: boolean;
  readonly engine: EngineArguments;
  readonly backend: Backend | undefined;
}

async function scoreOne(job: ScoreOne, context: Context): Promise<number> {
  const images = job.image.map((image): ImagePart => ({ type: "image", image }));
  const user = { role: "user", content: [...images, { type: "text", text: job.prompt }] } as const;
  const ranked = await withScorer(job.engine, job.backend, context, async (scorer) => {
    const conversations = job.response.map((response): Conversation => [
      user,
      { role: "assistant", content: response },
    ]);
    const scores = await scorer.score(conversations, process.cwd());
    return scores.map(({ value }, i) => ({ response: job.response[i] ?? "", score: value }));
  });
  if (job.json) for (const line of toRankedLines(ranked)) context.print(line);
  else for (const line of drawRanking(ranked, context.terminal)) context.print(line);
  return 0;
}

function toRankedLines(ranked: readonly Ranked[]): string[] {
  return rankValues(ranked.map(({ score }) => score)).map((one) =>
    jsonLine({
      place: one.place,
      index: one.index,
      score: shortest(one.value),
      margin: one.marginToNext === undefined ? null : shortest(one.marginToNext),
      probability: one.probabilityOverNext ?? null,
      response: ranked[one.index]?.response,
    }),
  );
}

/** Says before Chrome starts that a picture is missing. @throws InputError */
async function checkImages(images: readonly string[]): Promise<void> {
  for (const image of images) {
    if (/^(https?|data|file):/i.test(image)) continue;
    const stats = await stat(image).catch(() => undefined);
    if (stats?.isFile() === true) continue;
    const what = stats === undefined ? "there is no such file" : "is not a file";
    const todo = "Name a picture's file, or its address";
    throw new InputError({ where: `--image ${image.slice(0, 200)}`, what, todo });
  }
}
