/**
 * The text side of a checkpoint: its tokenizer and chat template, loaded, and what they make of
 * conversations.
 */
import { WeightsError } from "../errors.ts";
import type { Conversation } from "../types.ts";
import type { Source } from "../files/source.ts";
import { readText } from "../files/text-file.ts";
import { createChatTemplate, readOlderTemplate } from "./template/chat-template.ts";
import { createControlTokens } from "./template/control-tokens.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import { readObject } from "./json.ts";
import { decodePieces } from "./tokenizer/pieces.ts";
import { createPrompter, type Prompt } from "./prompt.ts";
import { createTokenizer } from "./tokenizer/tokenizer.ts";

export interface TextProcessor {
  /**
   * @param imageTokens how many tokens each picture of the conversation takes, in its order
   * @throws InputError for a conversation that cannot be scored, or another number of pictures
   */
  encode(messages: Conversation, imageTokens: readonly number[]): Prompt;
  /** The text of each token; see `decodePieces`. */
  pieces(ids: Iterable<number>): readonly string[];
}

const IMAGE_PAD = "<|image_pad|>";

/** What the files of a checkpoint's text side hold. */
export interface TextFiles {
  readonly tokenizer: JsonObject;
  readonly template: string;
  /** `bos_token` and its like, which templates name. */
  readonly specialTokens: Readonly<Record<string, string>>;
}

/**
 * Reads the tokenizer and the chat template of a checkpoint.
 * @param imageTokenId see `createTextProcessor`
 * @throws WeightsError for a missing or damaged file, UnsupportedError for another kind of
 *   tokenizer
 */
export async function loadTextProcessor(
  source: Source,
  signal?: AbortSignal,
  imageTokenId?: number | null,
): Promise<TextProcessor> {
  const { tokenizer, template, specialTokens } = await readTextFiles(source, signal);
  return createTextProcessor(tokenizer, template, specialTokens, imageTokenId);
}

/** @throws WeightsError for a missing or damaged file */
export async function readTextFiles(source: Source, signal?: AbortSignal): Promise<TextFiles> {
  // All at once: over HTTP it is answers that take the time.
  const [config = {}, jinja, tokenizer] = await Promise.all([
    readObject(source, "tokenizer_config.json", signal),
    readText(source, "chat_template.jinja", { signal }),
    readObject(source, "tokenizer.json", signal),
  ]);
  const template = jinja ?? (await readOlderTemplate(source, config, signal));
  if (tokenizer === undefined) {
    throw new WeightsError({
      where: source.name,
      what: "the model has no tokenizer.json",
      todo: "Add the file that the model was published with",
    });
  }
  return { tokenizer, template, specialTokens: specialTokensOf(config) };
}

/**
 * A processor from the contents of the files.
 * @param imageTokenId the configuration's `image_token_id`; null for a text-only model, which
 *   refuses pictures; by default that of `<|image_pad|>`
 * @param appended control tokens that follow what the template made
 * @throws UnsupportedError for another kind of tokenizer, WeightsError if it lacks a token to append
 */
export function createTextProcessor(
  tokenizerJson: JsonObject,
  template: string,
  specialTokens: Readonly<Record<string, string>> = {},
  imageTokenId?: number | null,
  appended: readonly string[] = [],
): TextProcessor {
  const tokenizer = createTokenizer(tokenizerJson);
  const { addedTokens } = tokenizer;
  for (const token of appended) {
    if (addedTokens.get(token) !== undefined) continue;
    throw new WeightsError({
      where: "tokenizer.json",
      what: `lacks the token ${token}, which the model reads after each conversation`,
      todo: "Use the tokenizer that was published with the weights",
    });
  }
  const encode = createPrompter({
    tokenizer,
    control: createControlTokens(addedTokens),
    template: createChatTemplate(template, specialTokens),
    imagePad: imageTokenId === undefined ? addedTokens.get(IMAGE_PAD) : (imageTokenId ?? undefined),
    appended: appended.join(""),
  });
  return {
    encode,
    pieces: (ids) => decodePieces(ids, (id) => tokenizer.bytes(id)),
  };
}

/**
 * `bos_token` and its like, which templates name: strings, or objects with the string as `content`.
 */
function specialTokensOf(config: JsonObject): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const [key, value] of Object.entries(config)) {
    if (!key.endsWith("_token")) continue;
    const content = isObject(value) ? value["content"] : value;
    if (typeof content === "string") tokens[key] = content;
  }
  return tokens;
}
