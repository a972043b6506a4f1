/**
 * The answers of several systems to the same prompts, put together by id.
 *
 *   {"id", "prompt" or "messages", "image"?, "response", "category"?, "correct"?, "score"?}, one line a prompt
 */

import { InputError } from "../errors.ts";
import type { Conversation } from "../types.ts";
import type { AbPrompt } from "./ab.ts";
import { identifier, optionalText, pictures, text, wrong, type Place } from "./fields.ts";
import { promptText, rowDigest, type EvaluationRow, type ScoredRow } from "./rows.ts";
import { readTable, type NamedFile } from "./table-file.ts";

/** What was answered to one prompt, by all systems. */
export interface AnsweredPrompt {
  /** The responses are the systems' answers, in their order; none is the right one. */
  readonly row: EvaluationRow;
  readonly truths: readonly (boolean | undefined)[];
  /** Undefined where any answer has none. */
  readonly scores: readonly number[] | undefined;
}

export interface Answers {
  readonly prompts: readonly AnsweredPrompt[];
  /** Prompts that not all systems have answered, which are left out. */
  readonly incomplete: number;
}

interface Answer {
  readonly row: Omit<EvaluationRow, "responses" | "digest">;
  readonly response: string;
  readonly truth: boolean | undefined;
  readonly score: number | undefined;
}

/** @throws InputError where a file repeats an id, or two files have other prompts under the same id */
export async function readAnswers(files: readonly NamedFile[]): Promise<Answers> {
  const systems = await Promise.all(files.map(readSystem));
  const ids = new Set(systems.flatMap((answers) => [...answers.keys()]));
  const prompts: AnsweredPrompt[] = [];
  for (const id of ids) {
    const answers = systems.flatMap((system) => system.get(id) ?? []);
    const [first] = answers;
    if (first === undefined || answers.length < systems.length) continue;
    for (const answer of answers) checkSamePrompt(first, answer);
    const responses = answers.map(({ response }) => response);
    const scores = answers.flatMap(({ score }) => score ?? []);
    const digest = rowDigest({ ...first.row, responses });
    prompts.push({
      row: { ...first.row, responses, digest },
      truths: answers.map(({ truth }) => truth),
      scores: scores.length === answers.length ? scores : undefined,
    });
  }
  return { prompts, incomplete: ids.size - prompts.length };
}

async function readSystem(file: NamedFile): Promise<Map<string, Answer>> {
  const table = await readTable(file);
  const answers = new Map<string, Answer>();
  for (const [index, row] of table.rows.entries()) {
    const where = `${file.name}, row ${index + 1}`;
    const answer = await readAnswer({ table, file: 0, index, row, where });
    const { id } = answer.row;
    if (answers.has(id)) {
      const todo = "Give each prompt an id of its own";
      throw new InputError({ where, what: `the id ${id} was there before`, todo });
    }
    answers.set(id, answer);
  }
  return answers;
}

async function readAnswer(place: Place): Promise<Answer> {
  const { row, where } = place;
  const id = identifier(place, "id");
  const { messages, score, correct } = row;
  const history = Array.isArray(messages) ? (messages as Conversation) : [];
  const images = history.length > 0 ? [] : await pictures(place, ["image", "images"]);
  if (images.some((image) => typeof image !== "string")) {
    throw wrong(where, "image", "a picture inside the file", "a path or URL");
  }
  if (score !== undefined && score !== null && typeof score !== "number") {
    throw wrong(where, "score", score, "a number");
  }
  return {
    row: {
      id,
      cluster: id,
      pictures: images,
      history,
      where,
      group: optionalText(place, "category") ?? optionalText(place, "task") ?? "all",
      prompt: history.length > 0 ? "" : text(place, "prompt"),
      rightCount: 1,
      isSwapped: false,
      unsupported: undefined,
    },
    response: text(place, "response"),
    truth: typeof correct === "boolean" ? correct : undefined,
    score: typeof score === "number" ? score : undefined,
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

/** What `compareSystems` takes. */
export function toAbPrompts(
  prompts: readonly AnsweredPrompt[],
  scored: readonly ScoredRow[],
): AbPrompt[] {
  const scores = new Map(scored.map((row) => [row.id, row.scores]));
  return prompts.flatMap(({ row, truths }): AbPrompt[] => {
    const own = scores.get(row.id);
    if (own === undefined) return [];
    const answers = row.responses.map((response, i) => ({
      response,
      score: own[i] ?? NaN,
      isRight: truths[i],
    }));
    return [{ id: row.id, category: row.group, prompt: promptText(row), answers }];
  });
}
