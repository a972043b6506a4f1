// Tested by: test/rows/read-row.test.ts
/**
 * The shapes of rows: which fields hold the prompt, and which hold the responses.
 *
 *     prompt      messages · conversations · prompt (text or turns) · question · query · problem ·
 *                 instruction + input + history; system beside any of them
 *     one answer  the last turn of messages · response · completion · output · answer
 *     several     responses · completions · candidates · response_1 … · response_a … · a list of
 *                 texts under the name of one
 *     a pair      chosen + rejected (texts, turns, or whole conversations that begin alike) ·
 *                 messages + rejected_response or rejected_messages ·
 *                 conversation_a and _b + winner · response_a and _b + winner
 */
import { isObject } from "../base/json.ts";
import { hasPlaces } from "../text/template/parts.ts";
import { listIn, type RowFields } from "./fields.ts";
import type { Draft } from "./marks.ts";
import { assistantTurn, commonTurns, readTurn, readTurns, type DraftTurn } from "./turns.ts";

/** A row's content, and how many of its responses, the first ones, are the right ones. */
export interface Shape extends Draft {
  /** Undefined if the row does not say which responses are right. */
  readonly rightCount: number | undefined;
  /** The file has its two responses the other way round. */
  readonly isSwapped: boolean;
  /** The winner of a battle that had none. */
  readonly isTie: boolean;
  /** The prompt's text, if it is a single text. */
  readonly text: string | undefined;
}

export const PROMPTS = ["prompt", "question", "query", "problem", "instruction"] as const;
export const ANSWERS = ["response", "completion", "output", "answer", "text"] as const;
const TURNS = ["messages", "conversations", "conversation"] as const;
const LISTS = ["responses", "completions", "candidates"] as const;

const NOTHING = { rightCount: undefined, isSwapped: false, isTie: false, text: undefined };

/**
 * Reads the shape of a row.
 * @throws InputError naming the field that is missing or of another form
 */
export function readShape(fields: RowFields): Shape {
  if (fields.has("conversation_a")) return readBattle(fields);
  if (fields.has("chosen") || fields.has("rejected")) return readChosen(fields);
  if (fields.has("rejected_response") || fields.has("rejected_messages")) return readSwift(fields);
  const prompt = readPrompt(fields);
  const responses = readResponses(fields, prompt);
  const winner = responses.length === 2 ? readWinner(fields) : undefined;
  const labelled = orderOf(winner);
  return {
    ...NOTHING,
    ...prompt,
    // Texts beside the messages are texts: only trainers' whole conversations have marks in
    // answers.
    marksResponses: prompt.marksResponses && responses[0] === prompt.last,
    ...labelled,
    responses: labelled.isSwapped ? responses.toReversed() : responses,
  };
}

interface Prompt extends Pick<Shape, "prompt" | "text" | "marksResponses"> {
  /** The last turn, if it is the assistant's: what is judged. */
  readonly last: readonly DraftTurn[];
}

/** Reads the turns up to the response. @throws InputError if there are none */
function readPrompt(fields: RowFields): Prompt {
  const system = fields.optionalText("system") ?? "";
  const before = system === "" ? [] : [{ role: "system", content: system }];
  const name = TURNS.find((one) => fields.has(one)) ?? (isTurns(fields) ? "prompt" : undefined);
  if (name !== undefined) {
    const turns = [...before, ...readTurns(fields.get(name), `${fields.where}, ${name}`)];
    const last = turns.at(-1)?.role === "assistant" ? turns.slice(-1) : [];
    const prompt = turns.slice(0, turns.length - last.length);
    return { prompt, last, text: undefined, marksResponses: true };
  }
  const found = PROMPTS.find((one) => fields.has(one));
  if (found === undefined) {
    const others = fields.names().join(", ").slice(0, 120);
    return fields.fail("messages", "messages, or a prompt", `The row has ${others || "no field"}`);
  }
  const history = readHistory(fields);
  const arena = found === "prompt" ? readExchanges(fields) : undefined;
  if (arena !== undefined) return { ...arena, prompt: [...before, ...arena.prompt] };
  const input = found === "instruction" ? (fields.optionalText("input") ?? "") : "";
  const text = `${fields.text(found)}${input === "" ? "" : `\n${input}`}`;
  const prompt = [...before, ...history, { role: "user", content: text }];
  const isAlone = prompt.length === 1;
  return { prompt, last: [], text: isAlone ? text : undefined, marksResponses: false };
}

function isTurns(fields: RowFields): boolean {
  const value = fields.has("prompt") ? fields.get("prompt") : undefined;
  const list = typeof value === "string" ? listIn(value) : value;
  return Array.isArray(list) && list.length > 0 && list.every(isObject);
}

/** Reads Alpaca's earlier exchanges: [[question, answer], …]. */
function readHistory(fields: RowFields): DraftTurn[] {
  if (!hasPlaces(fields.peek("history"))) return [];
  return fields.list("history").flatMap((one) => {
    const [question, answer]: readonly unknown[] = Array.isArray(one) ? one : [];
    if (typeof question === "string" && typeof answer === "string") {
      return [{ role: "user", content: question }, assistantTurn(answer)];
    }
    return fields.fail("history", "a list of [question, answer]");
  });
}

/** Reads a battle's prompts and earlier responses, lists in JSON: `["…", "…"]`. */
function readExchanges(fields: RowFields): Prompt | undefined {
  const value = fields.get("prompt");
  const questions = typeof value === "string" ? listIn(value) : value;
  const isList = Array.isArray(questions) && questions.length > 0;
  if (!isList || !questions.every((one) => typeof one === "string")) return undefined;
  if (questions.length > 1) {
    return fields.fail("prompt", "one exchange", "Write several exchanges as messages");
  }
  const prompt = [{ role: "user", content: questions[0] }];
  return { prompt, last: [], text: questions[0], marksResponses: false };
}

/** Reads what answers a prompt, one or several. @throws InputError */
function readResponses(fields: RowFields, { last }: Prompt): readonly (readonly DraftTurn[])[] {
  const list = LISTS.find((name) => fields.has(name));
  if (list !== undefined) {
    const responses = fields.list(list);
    if (responses.length === 0) return fields.fail(list, "one or more responses");
    const all = responses.map((one, i) => readAnswer(one, `${fields.where}, ${list}[${i}]`));
    return last.length === 0 ? all : all.map((turns) => [...last, ...turns]);
  }
  const numbered = numberedResponses(fields);
  if (numbered.length > 0) return numbered;
  if (last.length > 0) return [last];
  const one = [...ANSWERS].find((name) => fields.has(name));
  if (one === undefined) return [];
  // VL-RewardBench has both texts under the name of one.
  const texts = listResponses(fields.get(one));
  const isList = texts.length > 1;
  return texts.map((text, i) =>
    readAnswer(text, `${fields.where}, ${one}${isList ? `[${i}]` : ""}`),
  );
}

/** Reads response_1, response_2 … or response_a, response_b …, from the first on. */
function numberedResponses(fields: RowFields): readonly (readonly DraftTurn[])[] {
  const names = fields.names();
  for (const first of ["response_1", "response1", "response_0", "response_a", "output_1"]) {
    if (!names.includes(first)) continue;
    const [stem, start] = [first.slice(0, -1), first.charCodeAt(first.length - 1)];
    const found: string[] = [];
    while (names.includes(stem + String.fromCharCode(start + found.length))) {
      found.push(stem + String.fromCharCode(start + found.length));
    }
    return found.map((name) => readAnswer(fields.get(name), `${fields.where}, ${name}`));
  }
  return [];
}

/** Reads one answer: a text, a turn, or turns. @throws InputError */
function readAnswer(value: unknown, where: string): readonly DraftTurn[] {
  if (typeof value === "string") {
    const list = listIn(value);
    const only = list?.length === 1 ? list[0] : undefined;
    return [assistantTurn(typeof only === "string" ? only : value)];
  }
  if (Array.isArray(value)) return readTurns(value, where);
  return [readTurn(value, where)];
}

/** Reads chosen and rejected: texts, lists of texts, a turn each, turns, or whole conversations. */
function readChosen(fields: RowFields): Shape {
  const pair = { ...NOTHING, rightCount: 1 };
  const [chosen, rejected] = [fields.get("chosen"), fields.get("rejected")];
  const [good, bad] = [conversation(chosen), conversation(rejected)];
  if (good !== undefined && bad !== undefined && good[0]?.role !== "assistant") {
    const shared = commonTurns(good, bad);
    const [a, b] = [good.slice(shared), bad.slice(shared)];
    if (a.length === 0 || b.length === 0) {
      return fields.fail("rejected", "another response than chosen has");
    }
    usePrompt(fields, good.slice(0, shared));
    return { ...pair, prompt: good.slice(0, shared), responses: [a, b], marksResponses: true };
  }
  if (chosen === undefined) return fields.fail("chosen", "a text");
  if (rejected === undefined) return fields.fail("rejected", "a text");
  const { prompt, last, text, marksResponses } = readPrompt(fields);
  // A conversation that ends with the assistant's turn, and pairs that continue from there.
  const before = last.length === 0 ? prompt : [...prompt, ...last];
  const texts = [chosen, rejected].map((value) => listResponses(value));
  const [right = [], wrong = []] = texts.map((list, k) =>
    list.map((one, i) =>
      readAnswer(one, `${fields.where}, ${k === 0 ? "chosen" : "rejected"}[${i}]`),
    ),
  );
  const isText = typeof chosen === "string";
  return {
    ...pair,
    prompt: before,
    text,
    responses: [...right, ...wrong],
    rightCount: right.length,
    marksResponses: marksResponses && !isText,
  };
}

/** Returns the responses of a field: a list of texts is several, anything else is one. */
function listResponses(value: unknown): readonly unknown[] {
  const isTexts = Array.isArray(value) && value.length > 0;
  return isTexts && value.every((one) => typeof one === "string") ? value : [value];
}

function conversation(value: unknown): readonly DraftTurn[] | undefined {
  const isList = Array.isArray(value) && value.length > 0 && value.every(isObject);
  return isList ? readTurns(value, "") : undefined;
}

/** Texts beside a whole conversation count as used if they repeat it. */
function usePrompt(fields: RowFields, turns: readonly DraftTurn[]): void {
  for (const name of PROMPTS) {
    if (turns.some(({ content }) => content === fields.peek(name))) fields.use(name);
  }
  fields.use("messages");
}

/** Reads ms-swift's form: messages with the chosen response, and the rejected one beside them. */
function readSwift(fields: RowFields): Shape {
  const { prompt, last } = readPrompt(fields);
  if (last.length === 0)
    return fields.fail("messages", "messages that end with the chosen response");
  const whole = [...prompt, ...last];
  const given = fields.get("rejected_messages");
  if (given !== undefined) {
    const other = readTurns(given, `${fields.where}, rejected_messages`);
    const shared = commonTurns(whole, other);
    const responses = [whole.slice(shared), other.slice(shared)];
    if (responses.some((turns) => turns.length === 0)) {
      return fields.fail("rejected_messages", "another response than messages has");
    }
    const turns = whole.slice(0, shared);
    return { ...NOTHING, prompt: turns, responses, rightCount: 1, marksResponses: true };
  }
  const texts = listResponses(fields.get("rejected_response"));
  const rejected = texts.map((one, i) =>
    readAnswer(one, `${fields.where}, rejected_response[${i}]`),
  );
  return {
    ...NOTHING,
    prompt,
    responses: [last, ...rejected],
    rightCount: 1,
    marksResponses: true,
  };
}

/** Reads an arena's battle: two whole conversations, and which won. */
function readBattle(fields: RowFields): Shape {
  const [a, b] = ["a", "b"].map((side) =>
    readTurns(fields.get(`conversation_${side}`), `${fields.where}, conversation_${side}`),
  ) as [readonly DraftTurn[], readonly DraftTurn[]];
  const shared = commonTurns(a, b);
  const responses = [a.slice(shared), b.slice(shared)];
  if (responses.some((turns) => turns.length === 0)) {
    return fields.fail("conversation_b", "another response than conversation_a has");
  }
  const order = orderOf(readWinner(fields));
  return {
    ...NOTHING,
    ...order,
    prompt: a.slice(0, shared),
    responses: order.isSwapped ? responses.toReversed() : responses,
    marksResponses: false,
  };
}

type Winner = "a" | "b" | "tie" | undefined;

function readWinner(fields: RowFields): Winner {
  const winner = fields.optionalText("winner")?.toLowerCase().trim();
  if (winner !== undefined) {
    if (["model_a", "a", "left"].includes(winner)) return "a";
    if (["model_b", "b", "right"].includes(winner)) return "b";
    if (/^(?:tie|both|draw|neither)/.test(winner)) return "tie";
    return fields.fail("winner", "model_a, model_b or tie");
  }
  const flags = ["winner_model_a", "winner_model_b", "winner_tie"] as const;
  const values = flags.map((name) => Number(fields.get(name) ?? 0) === 1);
  const at = values.indexOf(true);
  return at < 0 ? undefined : (["a", "b", "tie"] as const)[at];
}

function orderOf(winner: Winner): Pick<Shape, "rightCount" | "isSwapped" | "isTie"> {
  const rightCount = winner === "a" || winner === "b" ? 1 : undefined;
  return { rightCount, isSwapped: winner === "b", isTie: winner === "tie" };
}
