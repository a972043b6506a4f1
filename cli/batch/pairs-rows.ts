// Tested by: test/cli/batch/batch.test.ts
/**
 * The prompts that `vl-reward pairs` reads, with the scores of their responses, line by line.
 */

import { isObject, kindOf } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { responsesOf } from "../../src/evaluate/benchmarks.ts";
import { listIn } from "../../src/rows/fields.ts";
import type { UnusedFields } from "../../src/rows/read-row.ts";
import type { PairSource } from "../../src/pairs/formats.ts";
import type { ScoredPrompt } from "../../src/pairs/select.ts";
import type { Conversation } from "../../src/types.ts";
import { readPrompt } from "./batch-rows.ts";
import { openInput } from "./input-rows.ts";
import { nameOf, parseRow, readLines } from "./jsonl.ts";

export interface PairRow extends ScoredPrompt {
  readonly id: string | number;
  readonly messages: Conversation;
  readonly truth: string | undefined;
  /** The model that the row names, or the line of its scores. */
  readonly source: PairSource | undefined;
}

/** Scores of a line, and the model that it names. */
export interface GivenScores {
  readonly values: readonly number[];
  readonly source: PairSource | undefined;
}

const wanted = '{"id": …, "messages": […], "responses": [TEXT, …], "scores": [NUMBER, …]}';

/**
 * Reads scores by id, as `vl-reward rank` writes them.
 * @throws InputError for a line without them
 */
export async function readScores(file: string): Promise<ReadonlyMap<string, GivenScores>> {
  const scores = new Map<string, GivenScores>();
  let number = 0;
  for await (const { line, fault } of readLines(file)) {
    number += 1;
    if (fault !== undefined) throw fault;
    if (line.trim() === "") continue;
    const where = `${nameOf(file)}, line ${number}`;
    const row = parseRow(line, where, '{"id": …, "scores": [NUMBER, …]}');
    const values = list(row, "scores", "number", where) as number[];
    scores.set(JSON.stringify(row.id), { values, source: sourceIn(row) });
  }
  return scores;
}

/** Returns the model that a line names: `rank` writes it beside the scores, the page within. */
function sourceIn(row: Row): PairSource | undefined {
  const inner = row["vl_reward"];
  const fields = isObject(inner) ? inner : row;
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const model = text("model");
  if (model === undefined) return undefined;
  const more = (["revision", "weights", "head"] as const).map((name) => [name, text(name)]);
  return { model, ...Object.fromEntries(more.filter(([, value]) => value !== undefined)) };
}

/**
 * Yields the prompts with their scores.
 * @throws InputError naming the line that is wrong, or has no scores
 */
export async function* readPairRows(
  { file, idFromLine }: { readonly file: string; readonly idFromLine: boolean },
  scores: ReadonlyMap<string, GivenScores> | undefined,
  unused: UnusedFields,
): AsyncGenerator<PairRow> {
  const input = await openInput(file, { wanted, idFromLine });
  for await (const { row, where } of input.rows()) {
    if (row instanceof InputError) throw row;
    // What `rank` reads is what was ranked.
    const read = readPrompt(row, where, unused);
    const { id, truth } = row;
    const { responses, turns } = responsesOf(read);
    if (turns !== undefined) {
      const todo = "Pairs are written of responses that are texts";
      throw new InputError({ where, what: "a response is more than a text", todo });
    }
    const given = scores?.get(JSON.stringify(id));
    const own = given?.values ?? (list(row, "scores", "number", where) as number[]);
    const correct = optionalList(row, "correct", "boolean", where) as boolean[] | undefined;
    const answers = optionalList(row, "answers", "string", where) as string[] | undefined;
    for (const [name, values] of Object.entries({ scores: own, correct, answers })) {
      if (values === undefined || values.length === responses.length) continue;
      const count = { got: values.length, expected: responses.length };
      const isGiven = name === "scores" && given !== undefined;
      const what = `${isGiven ? "--scores has for it" : name}, one for each response`;
      const todo = `Give ${name} of the same responses, in their order`;
      throw new InputError({ where, what, ...count, todo });
    }
    yield {
      id,
      responses,
      scores: own,
      correct,
      answers,
      messages: await input.withPictures(read.messages),
      truth: typeof truth === "string" ? truth : undefined,
      source: given?.source ?? sourceIn(row),
    };
  }
}

type Row = Readonly<Record<string, unknown>>;

function optionalList(row: Row, name: string, type: string, where: string): unknown[] | undefined {
  return row[name] === undefined || row[name] === null ? undefined : list(row, name, type, where);
}

function list(row: Row, name: string, type: string, where: string): unknown[] {
  const own = row[name];
  // A table's cell has a list as JSON.
  const value = typeof own === "string" ? (listIn(own) ?? own) : own;
  // A typeof of NaN is a number too, but JSON has none.
  if (Array.isArray(value) && value.every((one) => typeof one === type)) return value as unknown[];
  const got = Array.isArray(value) ? "other things in it" : kindOf(value);
  const todo = name === "scores" ? "Score the responses with vl-reward rank" : undefined;
  throw new InputError({
    where,
    what: `has no ${name}`,
    got,
    expected: `a list of ${type}s`,
    todo,
  });
}
