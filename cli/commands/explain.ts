// Tested by: test/cli/commands/explain.test.ts
/**
 * `vl-reward explain`: why one response is ahead of another, for each pair of a file, with a test
 * of
 * whether that is true.
 */

import { readFile } from "node:fs/promises";
import path from "node:path";
import type { RowId } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { Explainer } from "../../src/explain/explain.ts";
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
import { backendArguments, withScorer } from "../batch/batch-backend.ts";
import { readPrompt, readRows } from "../batch/batch-rows.ts";
import { withEngine } from "../chrome/with-engine.ts";
import type { Command, Context } from "../command.ts";
import { shortest } from "../output/digits.ts";
import { backendHelp, backendOptions, wholeNumber } from "../output/evaluation-files.ts";
import { jsonLine, openLines, refuseSameFile, writeWhole } from "../output/output-file.ts";
import { explainHtml } from "../reports/explain-html.ts";
import type { ExplainedRow } from "../reports/explain-html.ts";

const help = `
Usage: vl-reward explain --input PAIRS.jsonl --output OUT.jsonl [--html FILE] [--budget SCORES]

Says why a response is ahead of another: leaves out words and parts of the picture, scores what is
left, and tests whether that beats random removals. What fails the test is called no better than
chance.

  --input FILE       one pair a line: {"id", "messages": [… up to the response],
                     "responses": [A, B]}, or [A] alone; paths of pictures are relative to the file
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
  --html FILE        a report to read, whole in one file
  --budget SCORES    conversations to score for a pair at most, 500 by default
  --units SIZE       auto (the default), sentence, clause or word
  --method HOW       auto (the default), leave-out or shapley
  --hide HOW         cells of pictures: mean (the colour around, the default) or blur
  --seed N           of the random removals, 1 by default
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
} as const;

/** A row of the input, as it is explained. */
interface Pair extends ExplainRequest {
  readonly id: RowId;
  readonly where: string;
  readonly messages: Conversation;
  readonly picture: ImageInput | undefined;
}

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
    const pairs = await readPairs(input, unused);
    const folder = path.dirname(path.resolve(input));
    const lines = await openLines(output);
    const done: ExplainedRow[] = [];
    const take = async (pair: Pair, explanation: Explanation): Promise<void> => {
      await lines.write(jsonLine(lineOf(pair.id, explanation)));
      if (values.html !== undefined) {
        const pictures = await dataUrls(pair.messages, folder);
        done.push({ ...pair, explanation, pictures });
      }
      for (const note of explanation.notes) context.log(`warning: ${pair.where}: ${note}`);
      if (!engine.quiet) context.progress(`${done.length} of ${pairs.length} explained`);
    };
    const others = pairs.map((pair, i) => otherPicture(pairs, pair, i));
    try {
      if (backend !== undefined) {
        await withScorer(engine, backend, context, async (scorer) => {
          const score = async (conversations: readonly unknown[]) =>
            await scorer.score(conversations as Conversation[], folder);
          for (const pair of pairs) {
            await take(pair, await explainOne(pair, { score }, asked, context));
          }
        });
      } else if (pairs.length > 0) {
        await withEngine(engine, context, async (page) => {
          for (const [i, pair] of pairs.entries()) {
            const { messages, responses } = pair;
            const request = { messages, responses };
            const explanation = await withWhere(pair, () =>
              page.explain(request, { ...asked, otherPicture: others[i] }, folder),
            );
            await take(pair, explanation);
          }
        });
      }
      await lines.finish();
    } finally {
      await lines.discard();
    }
    if (values.html !== undefined) await writeWhole(values.html, explainHtml(done));
    if (!engine.quiet) for (const line of unused.warnings(input)) context.log(`warning: ${line}`);
    return 0;
  },
};

async function explainOne(
  pair: Pair,
  scorer: ConstructorParameters<typeof Explainer>[0],
  asked: ExplainOptions,
  { signal }: Context,
): Promise<Explanation> {
  const { messages, responses } = pair;
  const explanation = await withWhere(pair, () =>
    new Explainer(scorer, { messages, responses }, asked).run({ signal }),
  );
  signal.throwIfAborted();
  return explanation;
}

/** Names the row in what is wrong with it. */
async function withWhere<T>({ where, id }: Pair, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof InputError ? error.within(`${where} (id ${id})`) : error;
  }
}

async function readPairs(input: string, unused: UnusedFields): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const parseRow = (line: string, where: string): { id: RowId; conversations: Conversation[] } => {
    const row = readPrompt(line, where, unused);
    const given = row.isSwapped ? row.responses.toReversed() : row.responses;
    const texts = given.map((turns) => textOf(turns, where));
    const [a, b] = texts;
    if (a === undefined || texts.length > 2) {
      const expected = "one or two responses";
      throw new InputError({ where, expected, got: texts.length, todo: "Pick two to compare" });
    }
    const picture = imagePartsOf(row.messages)[0]?.image;
    const responses: ExplainRequest["responses"] = b === undefined ? [a] : [a, b];
    pairs.push({ id: row.id, where, messages: row.messages, responses, picture });
    return { id: row.id, conversations: [] };
  };
  for await (const { fault } of readRows(input, parseRow, undefined)) {
    if (fault !== undefined) throw fault;
  }
  return pairs;
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
  pairs: readonly Pair[],
  { picture }: Pair,
  i: number,
): ImageInput | undefined {
  if (picture === undefined) return undefined;
  const nearest = [...pairs.slice(i + 1), ...pairs.slice(0, i).toReversed()];
  return nearest.find((pair) => pair.picture !== undefined && pair.picture !== picture)?.picture;
}

/**
 * Returns the pictures of a conversation for a report; those that are not files here are left out.
 */
async function dataUrls(messages: Conversation, folder: string): Promise<(string | undefined)[]> {
  return await Promise.all(
    imagePartsOf(messages).map(async ({ image }) => {
      if (typeof image !== "string" || /^https?:/i.test(image)) return undefined;
      if (/^data:image\//i.test(image)) return image;
      const bytes = await readFile(path.resolve(folder, image)).catch(() => undefined);
      return bytes && `data:image;base64,${bytes.toString("base64")}`;
    }),
  );
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
