// Tested by: test/text/template/template-globals.test.ts
/**
 * The chat template of a checkpoint: Jinja, rendered as transformers renders it (trim_blocks,
 * lstrip_blocks).
 *
 * @huggingface/jinja's `strip`, `lstrip`, `rstrip` and `trim` ignore their argument and use
 *   JavaScript's idea of white space; published templates call `.lstrip('\n')` on what a user wrote.
 *   Such calls are rewritten, in the parsed template, to functions that do as Python does.
 */
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { InputError, WeightsError } from "../../errors.ts";
import type { Source } from "../../files/source.ts";
import { isObject, type JsonObject } from "../../base/json.ts";
import { readObject } from "../json.ts";
import { TEMPLATE_GLOBALS } from "./template-globals.ts";

/** Renders messages of plain data. */
export type ChatTemplate = (messages: readonly JsonObject[]) => string;

/**
 * @param specialTokens what the template may name: `bos_token`, `eos_token` …
 * @throws WeightsError where the template does not parse
 */
export function createChatTemplate(
  template: string,
  specialTokens: Readonly<Record<string, string>>,
): ChatTemplate {
  const program = parsed(template);
  return (messages) => {
    const names = {
      ...TEMPLATE_GLOBALS,
      ...specialTokens,
      ...PYTHON_STRIPS,
      messages,
      add_generation_prompt: false,
    };
    try {
      const environment = new Environment();
      for (const [name, value] of Object.entries(names)) environment.set(name, value);
      // The value of a whole template is its text.
      return new Interpreter(environment).run(program).value as string;
    } catch (cause) {
      throw new InputError({
        where: "chat template",
        what: `it refuses this conversation: ${messageOf(cause)}`,
        todo: "Give the roles and turns that this model was trained on",
        cause,
      });
    }
  };
}

/** Not by jinja's `Template`, which would bring a formatter into every bundle. */
function parsed(template: string): ReturnType<typeof parse> {
  try {
    const program = parse(tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
    usePythonStrips(program);
    return program;
  } catch (cause) {
    throw new WeightsError({
      where: "chat template",
      what: `it cannot be parsed: ${messageOf(cause)}`,
      todo: "Download chat_template.jinja or tokenizer_config.json again",
      cause,
    });
  }
}

/**
 * The template's text where there is no chat_template.jinja: chat_template.json, else
 * `chat_template` in tokenizer_config.json.
 * @throws WeightsError where none is there
 */
export async function readOlderTemplate(
  source: Source,
  tokenizerConfig: JsonObject,
  signal?: AbortSignal,
): Promise<string> {
  const json = await readObject(source, "chat_template.json", signal);
  const template =
    defaultTemplate(json?.["chat_template"]) ?? defaultTemplate(tokenizerConfig["chat_template"]);
  if (template !== undefined) return template;
  throw new WeightsError({
    where: source.name,
    what: "the model has no chat template",
    expected: "chat_template.jinja, chat_template.json or chat_template in tokenizer_config.json",
    todo: "Add the file that the model was published with",
  });
}

/** A template is a string, or a list of named ones of which "default" counts. */
function defaultTemplate(template: unknown): string | undefined {
  if (typeof template === "string") return template;
  if (isObject(template)) return defaultTemplate(template["default"]);
  if (!Array.isArray(template)) return undefined;
  const named = (template as readonly unknown[]).find(
    (entry) => isObject(entry) && entry["name"] === "default",
  );
  return isObject(named) && typeof named["template"] === "string" ? named["template"] : undefined;
}

/**
 * What Python's `str.isspace` takes for white space; JavaScript's `trim` differs in seven
 * characters.
 */
const PYTHON_SPACE =
  "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007" +
  "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

function stripStart(text: string, characters?: string | null): string {
  const set = new Set(characters ?? PYTHON_SPACE);
  let begin = 0;
  for (const character of text) {
    if (!set.has(character)) break;
    begin += character.length;
  }
  return text.slice(begin);
}

function stripEnd(text: string, characters?: string | null): string {
  const set = new Set(characters ?? PYTHON_SPACE);
  const letters = Array.from(text);
  let end = letters.length;
  while (end > 0 && set.has(letters[end - 1] ?? "")) end--;
  return letters.slice(0, end).join("");
}

/** Method of Python's `str` → function of the text and the characters. */
const PYTHON_STRIPS = {
  "str.lstrip": stripStart,
  "str.rstrip": stripEnd,
  "str.strip": (text: string, characters?: string | null): string =>
    stripEnd(stripStart(text, characters), characters),
} as const;

/** Rewrites `x.strip(y)` to `str.strip(x, y)`, and the filter `x | trim` to `str.strip(x)`. */
function usePythonStrips(node: unknown): void {
  if (Array.isArray(node)) {
    for (const child of node) usePythonStrips(child);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  for (const child of Object.values(node)) usePythonStrips(child);
  const call = asStripCall(node as JsonObject);
  if (call === undefined) return;
  for (const key of Object.keys(node)) Reflect.deleteProperty(node, key);
  Object.assign(node, call);
}

function asStripCall(node: JsonObject): JsonObject | undefined {
  const { callee, filter } = node;
  if (node["type"] === "CallExpression" && isObject(callee)) {
    const method = isObject(callee["property"]) ? `str.${String(callee["property"]["value"])}` : "";
    const isMethod = callee["type"] === "MemberExpression" && callee["computed"] === false;
    if (!isMethod || !Object.hasOwn(PYTHON_STRIPS, method) || !Array.isArray(node["args"])) return;
    return callOf(method, [callee["object"], ...(node["args"] as readonly unknown[])]);
  }
  if (node["type"] === "FilterExpression" && isObject(filter) && filter["type"] === "Identifier") {
    return filter["value"] === "trim" ? callOf("str.strip", [node["operand"]]) : undefined;
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function callOf(name: string, args: readonly unknown[]): JsonObject {
  return { type: "CallExpression", callee: { type: "Identifier", value: name }, args };
}
