// Tested by: test/cli/batch/batch.test.ts
/**
 * The prompts that `vl-reward pairs` reads, with the scores of their responses, line by line.
 */

import { kindOf } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { responsesOf } from "../../src/evaluate/benchmarks.ts";
import type { UnusedFields } from "../../src/rows/read-row.ts";
import type { ScoredPrompt } from "../../src/pairs/select.ts";
import type { Conversation } from "../../src/types.ts";
import { readPrompt } from "./batch-rows.ts";
import { nameOf, parseRow, readLines } from "./jsonl.ts";

export interface PairRow extends ScoredPrompt {
  readonly id: string | number;
  readonly messages: Conversation;
  readonly truth: string | undefined;
}

const wanted = '{"id": …, "messages": […], "responses": [TEXT, …], "scores": [NUMBER, …]}';

/**
 * Reads scores by id, as `vl-reward rank` writes them.
 * @throws InputError for a line without them
 */
export async function readScores(file: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const scores = new Map<string, readonly number[]>();
  let number = 0;
  for await (const { line, fault } of readLines(file)) {
    number += 1;
    if (fault !== undefined) throw fault;
    if (line.trim() === "") continue;
    const where = `${nameOf(file)}, line ${number}`;
    const row = parseRow(line, where, '{"id": …, "scores": [NUMBER, …]}');
    scores.set(JSON.stringify(row.id), list(row, "scores", "number", where) as number[]);
  }
  return scores;
}

/**
 * Yields the prompts with their scores.
 * @throws InputError naming the line that is wrong, or has no scores
 */
export async function* readPairRows(
  file: string,
  scores: ReadonlyMap<string, readonly number[]> | undefined,
  unused: UnusedFields,
): AsyncGenerator<PairRow> {
  let number = 0;
  for await (const { line, fault } of readLines(file)) {
    number += 1;
    if (fault !== undefined) throw fault;
    if (line.trim() === "") continue;
    const where = `${nameOf(file)}, line ${number}`;
    // What `rank` reads is what was ranked.
    const read = readPrompt(line, where, unused);
    const row = parseRow(line, where, wanted);
    const { id, truth } = row;
    const { responses, turns } = responsesOf(read);
    if (turns !== undefined) {
      const todo = "Pairs are written of responses that are texts";
      throw new InputError({ where, what: "a response is more than a text", todo });
    }
    const given = scores?.get(JSON.stringify(id));
    const own = given ?? (list(row, "scores", "number", where) as number[]);
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
      messages: read.messages,
      truth: typeof truth === "string" ? truth : undefined,
    };
  }
}

type Row = Readonly<Record<string, unknown>>;

function optionalList(row: Row, name: string, type: string, where: string): unknown[] | undefined {
  return row[name] === undefined || row[name] === null ? undefined : list(row, name, type, where);
}

function list(row: Row, name: string, type: string, where: string): unknown[] {
  const value = row[name];
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
