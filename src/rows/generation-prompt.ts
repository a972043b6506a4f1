// Tested by: test/rows/generation-prompt.test.ts
/**
 * Finds the prompt that a picture was made from, in the texts that the program wrote into it.
 *
 *   parameters           Stable Diffusion web UI, Forge, Fooocus: text, or JSON with `prompt`
 *   prompt               ComfyUI: the nodes of the workflow; other programs: the text itself
 *   invokeai_metadata    InvokeAI: JSON with `positive_prompt`
 *   Description          NovelAI and others: the text itself
 */
import { isObject } from "../base/json.ts";
import type { JsonObject } from "../base/json.ts";
import { InputError } from "../errors.ts";

/** Inputs of ComfyUI's nodes that hold a text, those of one prompt in several encoders too. */
const TEXT_INPUTS = [
  ["text", "prompt", "positive_prompt", "string", "value"],
  ["text_g", "text_l", "t5xxl", "clip_l", "clip_g"],
].flat();

/**
 * Returns the prompt; undefined if no text has one.
 * @param texts by keyword, as `pngTexts` returns them
 * @throws InputError if a workflow has several prompts, and nothing says which one counts
 */
export function generationPrompt(
  texts: ReadonlyMap<string, string>,
  where: string,
): string | undefined {
  const parameters = texts.get("parameters");
  if (parameters !== undefined) {
    const json = objectIn(parameters);
    const text = json === undefined ? positivePart(parameters) : textOf(json["prompt"]);
    if (text !== undefined) return text;
  }
  const prompt = texts.get("prompt");
  if (prompt !== undefined) {
    const nodes = objectIn(prompt);
    if (nodes === undefined) return textOf(prompt);
    const found = workflowPrompts(nodes);
    if (found.size > 1) {
      const shown = [...found].map((one) => JSON.stringify(one.slice(0, 40))).join(", ");
      throw new InputError({
        where,
        what: "its workflow has several prompts",
        got: shown,
        todo: "Write the prompt into a file beside it: the same name with .txt",
      });
    }
    const [only] = found;
    if (only !== undefined) return only;
  }
  const invoke = texts.get("invokeai_metadata") ?? texts.get("sd-metadata");
  const metadata = invoke === undefined ? undefined : objectIn(invoke);
  return textOf(metadata?.["positive_prompt"]) ?? textOf(texts.get("Description"));
}

/** Returns what stands before the negative prompt and the settings. */
function positivePart(parameters: string): string | undefined {
  const lines = parameters.split(/\r?\n/);
  const end = lines.findIndex((line) => /^(?:Negative prompt:|Steps: \d)/.test(line));
  return textOf((end < 0 ? lines : lines.slice(0, end)).join("\n"));
}

/** Returns the texts that the samplers' positive inputs lead to. */
function workflowPrompts(nodes: JsonObject): Set<string> {
  const found = new Set<string>();
  for (const node of Object.values(nodes)) {
    const inputs = inputsOf(node);
    const positive = inputs["positive"] ?? inputs["guider"];
    if (Array.isArray(positive))
      for (const text of textsAt(nodes, positive, new Set())) found.add(text);
  }
  return found;
}

/** Follows a link [node, output] to the texts behind it. Each node is asked once: of a loop too. */
function textsAt(nodes: JsonObject, link: readonly unknown[], asked: Set<string>): string[] {
  const name = String(link[0]);
  if (asked.has(name)) return [];
  asked.add(name);
  const inputs = inputsOf(nodes[name]);
  const own = TEXT_INPUTS.flatMap((input) => {
    const value = inputs[input];
    if (Array.isArray(value)) return textsAt(nodes, value, asked);
    const text = textOf(value);
    return text === undefined ? [] : [text];
  });
  if (own.length > 0) return [...new Set(own)];
  // Nodes between pass conditioning on; another model's negative side does not count.
  return Object.entries(inputs).flatMap(([input, value]) =>
    Array.isArray(value) && /^(?:conditioning|cond|guider|positive)/i.test(input)
      ? textsAt(nodes, value, asked)
      : [],
  );
}

function inputsOf(node: unknown): JsonObject {
  const inputs = isObject(node) ? node["inputs"] : undefined;
  return isObject(inputs) ? inputs : {};
}

function objectIn(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  const json = parsed(text) ?? parsed(withoutNan(text));
  return isObject(json) ? json : undefined;
}

/** Python writes NaN, which JSON does not have. What is inside texts stays. */
function withoutNan(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)/g, (found) =>
    found.startsWith('"') ? found : "null",
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
