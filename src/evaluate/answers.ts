// Tested by: test/evaluate/ab.test.ts
/**
 * The answers of several systems to the same prompts, put together by id.
 *
 *   {"id", "prompt" or "messages", "image"?, "response", "category"?, "correct"?, "score"?}
 *
 * One line for each prompt.
 */

import { InputError } from "../errors.ts";
import { RowFields } from "../rows/fields.ts";
import { readRow, UnusedFields, type ReadRow } from "../rows/read-row.ts";
import { readTable, type NamedFile, type Table } from "../rows/table-file.ts";
import type { Conversation } from "../types.ts";
import type { AbPrompt } from "./ab.ts";
import { placedPrompt, responsesOf } from "./benchmarks.ts";
import { promptText, rowDigest, type EvaluationRow, type ScoredRow } from "./rows.ts";
import { solutionsOf } from "./solutions.ts";

/** What was answered to one prompt, by all systems. */
export interface AnsweredPrompt {
  /** The responses are the systems' answers, in their order; none is the right one. */
  readonly row: EvaluationRow;
  readonly truths: readonly (boolean | undefined)[];
  /** Undefined if any answer has none. */
  readonly scores: readonly number[] | undefined;
}

export interface Answers {
  readonly prompts: readonly AnsweredPrompt[];
  /** Prompts that not all systems have answered, which are left out. */
  readonly incomplete: number;
  /** The files; pictures inside them are read from here. */
  readonly tables: readonly Table[];
  /** What was not read, one line each. */
  readonly warnings: readonly string[];
}

interface Answer {
  readonly row: Omit<EvaluationRow, "responses" | "digest">;
  readonly response: string;
  /** The response's turns, if it is more than a text. */
  readonly turns: Conversation | undefined;
  readonly truth: boolean | undefined;
  readonly score: number | undefined;
}

/**
 * Reads the answers.
 * @throws InputError if a file repeats an id, or two files have other prompts under the same id
 */
export async function readAnswers(files: readonly NamedFile[]): Promise<Answers> {
  const tables = await Promise.all(files.map((file, i) => readTable(file, i)));
  const warnings: string[] = [];
  const systems = await Promise.all(
    tables.map((table, i) => readSystem(table, files[i]?.name ?? "", warnings)),
  );
  const ids = new Set(systems.flatMap((answers) => [...answers.keys()]));
  const prompts: AnsweredPrompt[] = [];
  for (const id of ids) {
    const answers = systems.flatMap((system) => system.get(id) ?? []);
    const [first] = answers;
    if (first === undefined || answers.length < systems.length) continue;
    for (const answer of answers) checkSamePrompt(first, answer);
    const responses = answers.map(({ response }) => response);
    const scores = answers.flatMap(({ score }) => score ?? []);
    const isText = answers.every(({ turns }) => turns === undefined);
    const all = answers.map(
      (one): Conversation => one.turns ?? [{ role: "assistant", content: one.response }],
    );
    const turns = isText ? undefined : all;
    const digest = rowDigest({ ...first.row, responses, turns });
    prompts.push({
      row: { ...first.row, responses, digest, turns },
      truths: answers.map(({ truth }) => truth),
      scores: scores.length === answers.length ? scores : undefined,
    });
  }
  return { prompts, incomplete: ids.size - prompts.length, tables, warnings };
}

async function readSystem(
  table: Table,
  name: string,
  warnings: string[],
): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  const unused = new UnusedFields();
  for (let index = 0; index < table.count; index++) {
    const where = `${name}, row ${index + 1}`;
    const row = await table.row(index);
    const read = readRow(row, where);
    unused.add(read);
    const answer = readAnswer(read, new RowFields(row, where));
    const { id } = answer.row;
    if (answers.has(id)) {
      const todo = "Give each prompt an id of its own";
      throw new InputError({ where, what: `the id ${id} was there before`, todo });
    }
    answers.set(id, answer);
  }
  warnings.push(...unused.warnings(name));
  return answers;
}

function readAnswer(read: ReadRow, fields: RowFields): Answer {
  if (read.id === undefined) return fields.fail("id", "a text or a number");
  const id = String(read.id);
  const score = fields.get("score");
  const correct = fields.get("correct");
  if (read.responses.length !== 1) return fields.fail("response", "a text");
  if (score !== undefined && typeof score !== "number") return fields.fail("score", "a number");
  const { responses, turns } = responsesOf(read);
  return {
    row: {
      id,
      cluster: id,
      ...placedPrompt(read),
      where: read.where,
      group: fields.optionalText("category") ?? fields.optionalText("task") ?? "all",
      rightCount: 1,
      isSwapped: false,
      unsupported: undefined,
    },
    response: responses[0] ?? "",
    turns: turns?.[0],
    truth: typeof correct === "boolean" ? correct : undefined,
    score,
  };
}

function checkSamePrompt(first: Answer, other: Answer): void {
  const [a, b] = [promptKey(first), promptKey(other)];
  if (a === b) return;
  throw new InputError({
    where: `${other.row.where} (id ${other.row.id})`,
    what: "has another prompt than the first file",
    got: promptText(other.row).slice(0, 100),
    expected: promptText(first.row).slice(0, 100),
    todo: "Give files of answers to the same prompts",
  });
}

function promptKey({ row }: Answer): string {
  return JSON.stringify([row.prompt, row.history, row.pictures]);
}

/** Returns the prompts as `compareSystems` takes them. */
export function toAbPrompts(
  prompts: readonly AnsweredPrompt[],
  scored: readonly ScoredRow[],
): AbPrompt[] {
  const scores = new Map(scored.map((row) => [row.id, row]));
  return prompts.flatMap(({ row, truths }): AbPrompt[] => {
    const own = scores.get(row.id);
    if (own === undefined) return [];
    const solutions = solutionsOf(own);
    const answers = row.responses.map((response, i) => ({
      response,
      score: own.scores[i] ?? NaN,
      isRight: truths[i],
      solution: solutions?.[i],
    }));
    return [{ id: row.id, category: row.group, prompt: promptText(row), answers }];
  });
}
