// Tested by: test/decide/prompts.test.ts
/**
 * How questions are put to a model: as a turn that asks for a label, or as the tokens of a pointer
 * head. Python: vLLM 0.33, NextTokenStrategy; kev's encoding.py.
 */
import { isObject } from "../base/json.ts";
import { InputError } from "../errors.ts";
import type { TextProcessor } from "../text/text-processor.ts";
import type { Conversation, ImageInput } from "../types.ts";
import type { Question } from "./questions.ts";

/** A question as a turn, and the labels of its options in their order. */
export interface VerbalQuestion {
  readonly messages: Conversation;
  readonly labels: readonly string[];
}

/** Options have one letter each. */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** @throws InputError for more options than there are letters */
export function verbalQuestion(
  state: unknown,
  images: readonly ImageInput[],
  { id, type, instructions, options }: Question,
): VerbalQuestion {
  if (type === "choice" && options.length > LETTERS.length) {
    throw new InputError({
      where: `decide, questions.${id}`,
      expected: `${LETTERS.length} options at most: each has a letter`,
      got: options.length,
      todo: "Ask a question of fewer options first, or use a model with a pointer head",
    });
  }
  const aboutOf = (about: unknown): string => (about === null ? "" : asText(about));
  const described = (name: string, about: unknown, between: string): string =>
    aboutOf(about) === "" ? name : `${name}${between}${aboutOf(about)}`;
  const forms = {
    // The model is asked yes first.
    noul: () => ({
      labels: ["no", "yes"],
      lines: options.toReversed().map(({ name, about }) => described(name ?? "", about, ": ")),
      reply: "Answer with yes or no only.",
    }),
    choice: () => ({
      labels: options.map((_, i) => LETTERS.charAt(i)),
      lines: options.map(
        ({ name, about }, i) => `${LETTERS.charAt(i)}: ${described(name ?? "", about, " - ")}`,
      ),
      reply: "Answer with the letter of one option only.",
    }),
    score: () => ({
      labels: options.map((_, i) => String(i)),
      lines: options.map(({ about }, i) => `${i}: ${aboutOf(about)}`),
      reply: "Answer with the number of one level only.",
    }),
  };
  const { labels, lines, reply } = forms[type]();
  const question = `Question: ${asText(instructions)}\n${lines.join("\n")}\n${reply}`;
  const text = `${asText(state)}\n\n${question}`;
  const pictures = images.map((image) => ({ type: "image", image }) as const);
  const content = pictures.length > 0 ? [...pictures, { type: "text", text } as const] : text;
  return { messages: [{ role: "user", content }], labels };
}

/** Returns a text as it is, other data as JSON. */
function asText(value: unknown): string {
  return typeof value === "string" ? value : pythonJson(value);
}

/** Returns plain data as Python's `json.dumps(value, ensure_ascii=False)` writes it. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value);
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}: ${pythonJson(one)}`).join(", ")}}`;
}

/** A question as tokens, and the places that a pointer head reads. */
export interface PointerQuestion {
  readonly ids: Uint32Array;
  /** The end of each option, then the place of the decision. */
  readonly reads: readonly number[];
}

/** Returns the tokens that all questions about a state begin with. */
export function pointerPrefix(text: TextProcessor, state: unknown): number[] {
  return [control(text, "<|fim_prefix|>"), ...words(text, state)];
}

export function pointerQuestion(
  text: TextProcessor,
  prefix: readonly number[],
  { instructions, options }: Question,
): PointerQuestion {
  const ids = [...prefix, control(text, "<|fim_middle|>"), ...words(text, instructions)];
  const [begin, end] = [control(text, "<|box_start|>"), control(text, "<|box_end|>")];
  const reads: number[] = [];
  for (const { name, about } of options) {
    const isBare = about === null || about === "";
    const shown = name === undefined ? about : isBare ? name : `${name}: ${rendered(about)}`;
    ids.push(begin, ...words(text, shown), end);
    reads.push(ids.length - 1);
  }
  ids.push(control(text, "<|fim_suffix|>"));
  reads.push(ids.length - 1);
  return { ids: Uint32Array.from(ids), reads };
}

function control(text: TextProcessor, token: string): number {
  const id = text.tokenId(token);
  if (id !== undefined) return id;
  throw new InputError({
    where: "decide",
    what: `the tokenizer lacks ${token}, which the head is read by`,
    todo: "Use the tokenizer that was published with the model",
  });
}

/** Returns the tokens of plain data. A text that spells a control token stays text. */
function words(text: TextProcessor, value: unknown): readonly number[] {
  const plain = rendered(value).replaceAll(/<\|([A-Za-z0-9_]+)\|>/g, "<\u00a6$1\u00a6>");
  return [...text.encodePieces([[{ text: plain, isGiven: false }]]).ids];
}

/** Returns plain data as indented lines. Python: kev's `render`. */
function rendered(value: unknown, indent = 0): string {
  const pad = "  ".repeat(indent);
  if (Array.isArray(value)) {
    return value.map((one) => `${pad}- ${rendered(one, indent + 1).trimStart()}`).join("\n");
  }
  if (isObject(value)) {
    return Object.entries(value)
      .map(([name, one]) =>
        typeof one === "object" && one !== null
          ? `${pad}${name}:\n${rendered(one, indent + 1)}`
          : `${pad}${name}: ${rendered(one)}`,
      )
      .join("\n");
  }
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "string" ? value : JSON.stringify(value);
}
