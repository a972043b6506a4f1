// Tested by: test/rows/read-row.test.ts
/**
 * Turns of a conversation as files have them, before their pictures are in place:
 *
 *     { role, content, … }      OpenAI, transformers, TRL, ms-swift, verl
 *     { from, value, … }        ShareGPT, LLaMA-Factory, LLaVA
 */
import { InputError } from "../errors.ts";
import { isObject, kindOf } from "../base/json.ts";
import { listIn } from "./fields.ts";

/** A message that is not checked yet. */
export interface DraftTurn {
  readonly role: unknown;
  readonly content: unknown;
  readonly [field: string]: unknown;
}

const ROLES: Readonly<Record<string, string>> = {
  human: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  bot: "assistant",
  observation: "tool",
};

/** Reads a list of turns. @throws InputError if it is not one */
export function readTurns(value: unknown, where: string): readonly DraftTurn[] {
  const list = typeof value === "string" ? listIn(value) : value;
  if (!Array.isArray(list)) {
    throw new InputError({ where, expected: "a list of messages", got: kindOf(value) });
  }
  const turns: readonly unknown[] = list;
  // Arenas keep a list of turns for each exchange.
  const flat = turns.every((one) => Array.isArray(one)) ? turns.flat() : turns;
  return flat.map((one, i) => readTurn(one, `${where}[${i}]`));
}

/** Reads one turn. @throws InputError if it is not one */
export function readTurn(value: unknown, where: string): DraftTurn {
  if (!isObject(value)) {
    throw new InputError({ where, expected: "{ role, content }", got: kindOf(value) });
  }
  if (value["from"] === undefined || value["role"] !== undefined) {
    const { role, content, ...more } = value;
    return { role, content, ...more };
  }
  const { from, value: content, ...more } = value;
  if (from === "function_call") {
    const todo = "Write it as tool_calls of an assistant's message";
    throw new InputError({ where, what: "a call of a function in ShareGPT's form", todo });
  }
  const role = typeof from === "string" ? (ROLES[from] ?? from) : from;
  return { role, content, ...more };
}

export function assistantTurn(content: unknown): DraftTurn {
  return { role: "assistant", content };
}

/** Returns how many turns two conversations have in common at their beginnings. */
export function commonTurns(a: readonly DraftTurn[], b: readonly DraftTurn[]): number {
  let count = 0;
  while (count < a.length && count < b.length && same(a[count], b[count])) count += 1;
  return count;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
