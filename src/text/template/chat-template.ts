// Tested by: test/text/text-processor.test.ts
/**
 * The chat template of a checkpoint, rendered as transformers renders it: see `../jinja`.
 */
import { InputError, UnsupportedError, WeightsError } from "../../errors.ts";
import type { JsonObject } from "../../base/json.ts";
import { failed, TemplateFault } from "../jinja/fault.ts";
import { compileTemplate, type Template } from "../jinja/template.ts";

/** How a rendered conversation ends, and what a template may ask. */
export interface TemplateOptions {
  /** Whether the assistant's turn is opened at the end; false by default. */
  readonly generationPrompt?: boolean | undefined;
  /** What the template reads as `enable_thinking`; undefined by default. */
  readonly enableThinking?: boolean | undefined;
}

/** Renders messages of plain data. */
export interface ChatTemplate {
  (messages: readonly JsonObject[], options?: TemplateOptions): string;
  /** All texts that the template spells. */
  readonly literals: string;
}

const WHERE = "chat template";

/**
 * Returns a function that renders conversations.
 * @param specialTokens what the template may name: `bos_token`, `eos_token` and others
 * @throws WeightsError if the template does not parse
 */
export function createChatTemplate(
  source: string,
  specialTokens: Readonly<Record<string, string>>,
): ChatTemplate {
  const template = parsed(source);
  const render = (messages: readonly JsonObject[], options?: TemplateOptions): string => {
    try {
      return renderWith(template, specialTokens, messages, options);
    } catch (cause) {
      const isBroken = isMissing(cause) && failsAlways(template, specialTokens);
      throw renderError(isBroken ? failed(messageOf(cause)) : cause);
    }
  };
  return Object.assign(render, { literals: template.literals });
}

function renderWith(
  template: Template,
  specialTokens: Readonly<Record<string, string>>,
  messages: readonly JsonObject[],
  { generationPrompt = false, enableThinking }: TemplateOptions = {},
): string {
  const chat = {
    messages,
    tools: null,
    documents: null,
    add_generation_prompt: generationPrompt,
    ...(enableThinking !== undefined && { enable_thinking: enableThinking }),
  };
  return template.render({ ...chat, ...specialTokens });
}

function isMissing(cause: unknown): boolean {
  return cause instanceof TemplateFault && cause.kind === "missing";
}

/** The plainest conversation, in two forms; a template takes at least one. */
const PLAINEST = [
  (text: string): unknown => text,
  (text: string): unknown => [{ type: "text", text }],
];

/** Returns whether the template misses a value in the plainest conversation: it is at fault. */
function failsAlways(template: Template, specialTokens: Readonly<Record<string, string>>): boolean {
  return PLAINEST.every((form) => {
    const messages = [
      { role: "user", content: form("a") },
      { role: "assistant", content: form("b") },
    ];
    try {
      renderWith(template, specialTokens, messages);
      return false;
    } catch (cause) {
      return isMissing(cause);
    }
  });
}

function parsed(source: string): Template {
  try {
    return compileTemplate(source);
  } catch (cause) {
    if (cause instanceof TemplateFault && cause.kind === "unsupported") throw renderError(cause);
    throw new WeightsError({
      where: WHERE,
      what: `it cannot be parsed: ${messageOf(cause)}`,
      todo: "Download chat_template.jinja or tokenizer_config.json again",
      cause,
    });
  }
}

function renderError(cause: unknown): Error {
  const kind = cause instanceof TemplateFault ? cause.kind : "failed";
  const message = messageOf(cause);
  if (kind === "raised" || kind === "missing") {
    return new InputError({
      where: WHERE,
      what: `it refuses this conversation: ${message}`,
      todo: "Give the roles and turns that this model was trained on",
      cause,
    });
  }
  if (kind === "unsupported") {
    return new UnsupportedError({
      where: WHERE,
      what: `it uses ${message}, which is not supported`,
      todo: "Render the conversation with transformers, or use another template",
      cause,
    });
  }
  return new WeightsError({
    where: WHERE,
    what: `it fails: ${message}`,
    todo: "Use the template that the model was published with",
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
