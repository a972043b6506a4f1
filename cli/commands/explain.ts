// Tested by: test/cli/commands/explain.test.ts
/**
 * `vl-reward explain`: why one response is ahead of another, for each pair of a file, with a test
 * of
 * whether that is true.
 */

import { rm } from "node:fs/promises";
import path from "node:path";
import type { RowId } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import type { ExplainOptions, ExplainRequest, Explanation } from "../../src/explain/types.ts";
import { UnusedFields } from "../../src/rows/read-row.ts";
import { imagePartsOf } from "../../src/text/template/conversation.ts";
import type { Conversation, ImageInput } from "../../src/types.ts";
import {
  engineArguments,
  engineHelp,
  engineOptions,
  oneOf,
  parse,
  required,
} from "../arguments.ts";
import { backendArguments } from "../batch/batch-backend.ts";
import { PROMPT, readPrompt } from "../batch/batch-rows.ts";
import { openInput, type Input } from "../batch/input-rows.ts";
import { dataUrls, explainPairs } from "../explain/explain-pairs.ts";
import type { PairToExplain } from "../explain/explain-pairs.ts";
import type { Command } from "../command.ts";
import { shortest } from "../output/digits.ts";
import { backendHelp, backendOptions, judgeOf, wholeNumber } from "../output/evaluation-files.ts";
import { lockOutput } from "../output/lock.ts";
import { openLines, outputPlace, refuseSameFile, writeWhole } from "../output/output-file.ts";
import { explainHtml } from "../reports/explain-html.ts";
import type { ExplainedRow } from "../reports/explain-html.ts";

const help = `
Usage: vl-reward explain --input PAIRS.jsonl --output OUT.jsonl [--html FILE] [--budget SCORES]

Says why a response is ahead of another: leaves out words and parts of the picture, scores what is
left, and tests whether that beats random removals. What fails the test is called no better than
chance.

  --input FILE       one pair a line: {"id", "messages": [… up to the response],
                     "responses": [A, B]}, or [A] alone, or any shape of docs/rows.md, also in CSV,
                     TSV, a JSON array or parquet; paths of pictures are relative to the file
  --output FILE      one line each:
                     "margin"    score of A minus score of B; of A alone its score
                     "contrast"  where the responses differ, strongest first: "a", "b", and the
                                 "effect" of that difference on the margin
                     "units"     what was left out, strongest first: "in" a, b, prompt or picture;
                                 "text", "start", "end", or "picture" and "box" [left, top, right,
                                 bottom] in its own pixels; "effect" on the margin, and
                                 "standardError" (0 if nothing was sampled)
                     "picture"   the share of the margin that is left with a "blank", a "blurred"
                                 and an "other" picture; null without one
                     "truth"     "p" above 0.1 is no better than chance ("verdict" says so),
                                 "comprehensiveness", "sufficiency", "stability"
                     "scores"    conversations that were scored
                     A run that is stopped leaves OUT.jsonl.unfinished: the same call goes on there
  --html FILE        a report to read, whole in one file
  --budget SCORES    conversations to score for a pair at most, 500 by default
  --units SIZE       auto (the default), sentence, clause or word
  --method HOW       auto (the default), leave-out or shapley
  --hide HOW         cells of pictures: mean (the colour around, the default) or blur
  --seed N           of the random removals, 1 by default
  --id-from-line     a row without an id gets the number of its line, or of its row in a table
${backendHelp}${engineHelp}`;

const options = {
  ...engineOptions,
  ...backendOptions,
  input: { type: "string" },
  output: { type: "string" },
  html: { type: "string" },
  budget: { type: "string" },
  units: { type: "string" },
  method: { type: "string" },
  hide: { type: "string" },
  seed: { type: "string" },
  "id-from-line": { type: "boolean" },
} as const;

export const explainCommand: Command = {
  summary: "say why a response is ahead of another, and test it",
  help,
  options,
  async run(args, context) {
    const { values } = parse(args, options);
    const input = required("--input", values.input);
    const output = required("--output", values.output);
    for (const file of [output, values.html]) {
      if (file !== undefined) await refuseSameFile(input, file);
    }
    const engine = engineArguments(values);
    const backend = backendArguments(values);
    const asked: ExplainOptions = {
      budget: wholeNumber("--budget", values.budget ?? "500", 1),
      units: oneOf("--units", values.units ?? "auto", [
        "auto",
        "sentence",
        "clause",
        "word",
      ] as const),
      method: oneOf("--method", values.method ?? "auto", ["auto", "leave-out", "shapley"] as const),
      hide: oneOf("--hide", values.hide ?? "mean", ["mean", "blur"] as const),
      seed: wholeNumber("--seed", values.seed ?? "1", 0),
    };
    const unused = new UnusedFields();
    const idFromLine = values["id-from-line"] === true;
    const pairs = await readPairs(await openInput(input, { wanted: PROMPT, idFromLine }), unused);
    const folder = path.dirname(path.resolve(input));
    const place = await outputPlace(output);
    const journal = place.kind === "file" ? `${place.path}.unfinished` : undefined;
    const lock = journal === undefined ? undefined : await lockOutput(place.path);
    const lines = await openLines(output);
    const done: ExplainedRow[] = [];
    let count = 0;
    const take = async (pair: PairToExplain, explanation: Explanation): Promise<void> => {
      count += 1;
      await lines.write(lineOf(pair.id, explanation));
      if (values.html !== undefined) {
        done.push({ ...pair, explanation, pictures: await dataUrls(pair.messages, folder) });
      }
      for (const note of explanation.notes) context.log(`warning: ${pair.where}: ${note}`);
      if (!engine.quiet) context.progress(`${count} of ${pairs.length} explained`);
    };
    try {
      const judge = await judgeOf(engine, backend);
      await explainPairs({ pairs, folder, engine, backend, asked, journal, judge }, context, take);
      await lines.finish();
      if (values.html !== undefined) await writeWhole(values.html, explainHtml(done));
      if (journal !== undefined) await rm(journal, { force: true });
    } finally {
      await lines.discard();
      await lock?.release();
    }
    if (!engine.quiet) for (const line of unused.warnings(input)) context.log(`warning: ${line}`);
    return 0;
  },
};

async function readPairs(input: Input, unused: UnusedFields): Promise<PairToExplain[]> {
  const pairs: (PairToExplain & { readonly picture: ImageInput | undefined })[] = [];
  for await (const { row: given, where } of input.rows()) {
    if (given instanceof InputError) throw given;
    const row = readPrompt(given, where, unused);
    const turns = row.isSwapped ? row.responses.toReversed() : row.responses;
    const texts = turns.map((one) => textOf(one, where));
    const [a, b] = texts;
    if (a === undefined || texts.length > 2) {
      const expected = "one or two responses";
      throw new InputError({ where, expected, got: texts.length, todo: "Pick two to compare" });
    }
    const messages = await input.withPictures(row.messages);
    const picture = imagePartsOf(messages)[0]?.image;
    const responses: ExplainRequest["responses"] = b === undefined ? [a] : [a, b];
    pairs.push({ id: given.id, where, messages, responses, picture });
  }
  return pairs.map(({ picture, ...pair }, i) => ({
    ...pair,
    otherPicture: picture === undefined ? undefined : otherPicture(pairs, picture, i),
  }));
}

function textOf(turns: Conversation, where: string): string {
  const [only, more] = turns;
  const content = more === undefined ? only?.content : undefined;
  if (typeof content === "string") return content;
  const parts = content?.map((part) => (part.type === "text" ? part.text : undefined));
  if (parts && parts.every((text) => text !== undefined)) return parts.join("");
  throw new InputError({ where, expected: "responses of one text each", got: "several turns" });
}

/** Returns the picture of the nearest other row that has another one. */
function otherPicture(
  pairs: readonly { readonly picture: ImageInput | undefined }[],
  own: ImageInput,
  i: number,
): ImageInput | undefined {
  const nearest = [...pairs.slice(i + 1), ...pairs.slice(0, i).toReversed()];
  return nearest.find(({ picture }) => picture !== undefined && picture !== own)?.picture;
}

/** Returns the line of the output. */
export function lineOf(id: RowId, explanation: Explanation): Record<string, unknown> {
  const { margin, contrast, units, picture, truth, scores, counterfactual, stopped } = explanation;
  const share = (value: number | null): number | null => (value === null ? null : shortest(value));
  return {
    id,
    margin: shortest(margin),
    contrast: contrast.map(({ a, b, effect }) => ({ a, b, effect: shortest(effect) })),
    units: units.map((unit) => ({
      ...unit,
      effect: shortest(unit.effect),
      standardError: shortest(unit.standardError),
    })),
    picture: picture && {
      blank: share(picture.blank),
      blurred: share(picture.blurred),
      other: share(picture.other),
    },
    truth: {
      p: share(truth.p),
      comprehensiveness: share(truth.comprehensiveness),
      sufficiency: share(truth.sufficiency),
      stability: share(truth.stability),
      verdict: truth.verdict,
    },
    counterfactual: counterfactual && {
      removed: counterfactual.removed.map(({ in: place, text, start, end }) => ({
        in: place,
        text,
        start,
        end,
      })),
      margin: shortest(counterfactual.margin),
    },
    ...(stopped && { stopped }),
    scores,
  };
}
