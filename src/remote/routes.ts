// Tested by: test/remote/remote-reward-model.test.ts
/**
 * What the servers' routes take and give.
 *
 *   vLLM     POST /classify  {input: [[id]] | messages} → {data: [{index, probs: [x],
 *   num_classes}], usage}
 *            POST /pooling   the same, task "classify"  → {data: [{index, data: [x]}], usage}
 *   SGLang   POST /classify  {input_ids: [[id]]}        → [{embedding: [x]}]
 *
 * `use_activation: false` asks vLLM for the raw score; by default it gives a sigmoid of it.
 * SGLang's /v1/classify, of the same name in OpenAI's form, is a softmax over one number, 1.0 for
 * everything: it is not used.
 */
import { UnsupportedError } from "../errors.ts";
import { excerpt } from "./request.ts";

export type Route = "vllm-classify" | "vllm-pooling" | "sglang-classify";

/** One request: a few token sequences, or one conversation in OpenAI's form. */
export type RemoteInput =
  | { readonly ids: readonly Uint32Array[] }
  | { readonly messages: readonly OpenAiMessage[] };

export interface OpenAiMessage {
  readonly role: string;
  readonly content?: string | readonly OpenAiPart[];
  /** `tool_calls`, `name` and the like, for the server's template. */
  readonly [field: string]: unknown;
}

export type OpenAiPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image_url"; readonly image_url: { readonly url: string } };

/** A score as the server gave it. */
export interface RemoteValue {
  readonly value: number;
  /** Tokens of the conversation, if the server says. */
  readonly tokens: number | undefined;
}

export function pathOf(route: Route): string {
  return route === "vllm-pooling" ? "/pooling" : "/classify";
}

/** Returns the body of a request. `useActivation` is true only to learn what the server does. */
export function bodyOf(
  route: Route,
  model: string,
  input: RemoteInput,
  useActivation = false,
): Record<string, unknown> {
  if (route === "sglang-classify") {
    if ("ids" in input) return { model, input_ids: input.ids.map((ids) => [...ids]) };
    throw new UnsupportedError({
      where: "SGLang",
      what: "its /classify takes texts that went through the chat template, and no pictures",
      expected: "the model's tokenizer and template here; pictures: vLLM",
      todo: "Give the model's folder (tokenizer; --model on the command line)",
    });
  }
  const common = {
    model,
    use_activation: useActivation,
    add_special_tokens: false,
    ...(route === "vllm-pooling" ? { task: "classify", encoding_format: "float" } : {}),
  };
  if ("ids" in input) return { ...common, input: input.ids.map((ids) => [...ids]) };
  return { ...common, messages: input.messages, add_generation_prompt: false };
}

/**
 * Returns the scores in an answer, in the order of the request.
 * @throws UnsupportedError if it is not what the route promises
 */
export function valuesIn(
  route: Route,
  where: string,
  answer: unknown,
  wanted: number,
): RemoteValue[] {
  const bad = (what: string, got: unknown, asked: string | number): never => {
    const shown = typeof got === "number" ? got : excerpt(JSON.stringify(got) ?? "nothing");
    const todo = "Check the server's version and its log";
    throw new UnsupportedError({ where, what, got: shown, expected: asked, todo });
  };
  const entries = entriesIn(route, answer) ?? bad("an answer of another form", answer, form(route));
  if (entries.length !== wanted) {
    return bad("another number of scores than conversations", entries.length, wanted);
  }
  const usage = fieldOf(fieldOf(answer, "usage"), "prompt_tokens");
  const tokens = wanted === 1 && typeof usage === "number" ? usage : undefined;
  const values: RemoteValue[] = [];
  for (const [at, entry] of entries.entries()) {
    const index = route === "sglang-classify" ? at : fieldOf(entry, "index");
    const isPlace = Number.isInteger(index) && Number(index) < wanted && Number(index) >= 0;
    if (!isPlace || values[Number(index)] !== undefined)
      bad("indices are no order", index, form(route));
    const numbers = fieldOf(entry, FIELD[route]);
    if (!Array.isArray(numbers)) return bad("an entry of another form", entry, form(route));
    if (numbers.length !== 1) throw severalNumbers(where, numbers);
    const value: unknown = numbers[0];
    if (typeof value !== "number" || !Number.isFinite(value)) {
      return bad("a score is not a finite number", value, "a number");
    }
    values[Number(index)] = { value, tokens };
  }
  return values;
}

const FIELD = {
  "vllm-classify": "probs",
  "vllm-pooling": "data",
  "sglang-classify": "embedding",
} as const;

function form(route: Route): string {
  if (route === "sglang-classify") return '[{"embedding": [score]}]';
  return `{"data": [{"index", "${FIELD[route]}": [score]}]}`;
}

function entriesIn(route: Route, answer: unknown): readonly unknown[] | undefined {
  if (route !== "sglang-classify") {
    const entries = fieldOf(answer, "data");
    return Array.isArray(entries) ? entries : undefined;
  }
  // One text alone comes without the list.
  const isOne = fieldOf(answer, "embedding") !== undefined;
  return Array.isArray(answer) ? answer : isOne ? [answer] : undefined;
}

function severalNumbers(where: string, numbers: readonly unknown[]): UnsupportedError {
  const isEachToken = Array.isArray(numbers[0]);
  return new UnsupportedError({
    where,
    what: isEachToken
      ? "the server pools each token by itself, a reward model scores the last one"
      : "the server gives a probability for each of several labels, a reward model has one score",
    got: numbers.length,
    expected: 1,
    todo: isEachToken
      ? `Start vLLM with --pooler-config '{"seq_pooling_type": "LAST"}' and --convert classify`
      : `Put "num_labels": 1 into config.json, or start vLLM with --hf-overrides ` +
        `'{"num_labels": 1}'; for a value head, vl-reward export --for vllm`,
  });
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}
