/**
 * The text side of a checkpoint: its tokenizer and chat template, loaded, and what they make of
 * conversations.
 */
import { WeightsError } from "../errors.ts";
import type { Source } from "../files/source.ts";
import { readText } from "../files/text-file.ts";
import { createChatTemplate } from "./template/chat-template.ts";
import { createControlTokens } from "./template/control-tokens.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import { readObject } from "./json.ts";
import {
  chooseTemplate,
  readTemplateFiles,
  type TemplateFiles,
} from "./template/template-files.ts";
import { decodePieces } from "./tokenizer/pieces.ts";
import { createPrompter, encodePieces, type EncodeTurns, type Prompt } from "./prompt.ts";
import type { Span } from "./template/fill-prompt.ts";
import { mergeTokens } from "./tokenizer/token-files.ts";
import { createTokenizer } from "./tokenizer/tokenizer.ts";

export interface TextProcessor {
  /**
   * Encodes a conversation.
   * @param imageTokens how many tokens each picture of the conversation takes, in its order
   * @throws InputError for a conversation that cannot be scored, or another number of pictures
   */
  readonly encode: EncodeTurns;
  /** Encodes texts one by one; `ends` has the place of the last token of each. */
  encodePieces(pieces: readonly (readonly Span[])[]): Prompt & { readonly ends: readonly number[] };
  /** Returns the ids of a plain text, in which nothing becomes a control token. */
  encodeText(text: string): readonly number[];
  /** Returns the one token that a text is; undefined if it is none or several. */
  tokenId(text: string): number | undefined;
  /** The id of the marker, if the tokenizer lacked it: it was appended as the next id. */
  readonly appendedId: number | undefined;
  /** Returns the text of each token; see `decodePieces`. */
  pieces(ids: Iterable<number>): readonly string[];
}

const IMAGE_PAD = "<|image_pad|>";

/** What the files of a checkpoint's text side hold. */
export interface TextFiles {
  /** tokenizer.json, with the added tokens of all files. */
  readonly tokenizer: JsonObject;
  readonly templates: TemplateFiles;
  /** `bos_token` and the like, which templates name. */
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
  const { tokenizer, templates, specialTokens } = await readTextFiles(source, { signal });
  const template = chooseTemplate(templates, imageTokenId !== null);
  return createTextProcessor(tokenizer, template, specialTokens, imageTokenId);
}

/** What a caller of `readTextFiles` chooses. */
export interface TextFileChoice {
  readonly signal?: AbortSignal | undefined;
  /** The name of a chat template other than the default one. */
  readonly chatTemplate?: string | undefined;
  /** The text of processor_config.json, if the caller reads it as well. */
  readonly processorConfig?: Promise<string | undefined>;
}

/** Reads the files of the text side. @throws WeightsError for a missing or damaged file */
export async function readTextFiles(
  source: Source,
  { signal, chatTemplate, ...given }: TextFileChoice,
): Promise<TextFiles> {
  // Request all files together: over HTTP, latency dominates.
  const reading = readObject(source, "tokenizer_config.json", signal);
  const processorConfig =
    given.processorConfig ?? readText(source, "processor_config.json", { signal });
  const [config = {}, tokenizer, templates] = await Promise.all([
    reading,
    readObject(source, "tokenizer.json", signal),
    readTemplateFiles(source, {
      tokenizerConfig: reading,
      processorConfig,
      name: chatTemplate,
      signal,
    }),
  ]);
  if (tokenizer === undefined) {
    throw new WeightsError({
      where: source.name,
      what: "the model has no tokenizer.json",
      todo: "Add the file that the model was published with",
    });
  }
  const isOlder = config["added_tokens_decoder"] === undefined;
  const [specialTokens, addedTokens] = isOlder
    ? await Promise.all([
        readObject(source, "special_tokens_map.json", signal),
        readObject(source, "added_tokens.json", signal),
      ])
    : [];
  const files = { where: source.name, tokenizer, config, specialTokens, addedTokens };
  return { ...mergeTokens(files), templates };
}

/**
 * Creates a processor from the contents of the files.
 * @param tokenizerJson tokenizer.json, with the added tokens of all files
 * @param imageTokenId the configuration's `image_token_id`; null for a text-only model, which
 *   refuses pictures; by default that of `<|image_pad|>`
 * @param more tokens to append, and who is warned
 * @throws UnsupportedError for another kind of tokenizer, WeightsError if it lacks a token to
 *   append
 */
export function createTextProcessor(
  tokenizerJson: JsonObject,
  template: string,
  specialTokens: Readonly<Record<string, string>> = {},
  imageTokenId?: number | null,
  {
    appended = [],
    marker,
    onWarning,
  }: Partial<Pick<TextChoice, "appended" | "marker" | "onWarning">> = {},
): TextProcessor {
  const plain = createTokenizer(tokenizerJson);
  const isLacking = marker !== undefined && plain.idOf(marker) === undefined;
  const appendedId = isLacking ? nextId(tokenizerJson) : undefined;
  const tokenizer =
    appendedId === undefined
      ? plain
      : createTokenizer(withToken(tokenizerJson, String(marker), appendedId));
  const { addedTokens } = tokenizer;
  const pad = addedTokens.find(({ content }) => content === IMAGE_PAD)?.id;
  for (const token of appended) {
    if (addedTokens.some(({ content }) => content === token)) continue;
    throw new WeightsError({
      where: "tokenizer.json",
      what: `lacks the token ${token}, which the model reads after each conversation`,
      todo: "Use the tokenizer that was published with the weights",
    });
  }
  const isPad = imageTokenId == null || addedTokens.some(({ id }) => id === imageTokenId);
  if (!isPad) {
    throw new WeightsError({
      where: "config.json",
      what: "image_token_id is not among the special tokens of tokenizer.json",
      expected: pad ?? "the id of one",
      got: imageTokenId,
      todo: "Use the files that were published together",
    });
  }
  const normalise = (text: string): string => tokenizer.normalise(text);
  const chat = createChatTemplate(template, specialTokens);
  const literals = [chat.literals, ...appended, ...(marker === undefined ? [] : [marker])];
  const control = createControlTokens(addedTokens, literals.join("\0"), normalise);
  const encode = createPrompter({
    tokenizer,
    control,
    template: chat,
    imagePad: imageTokenId === undefined ? pad : (imageTokenId ?? undefined),
    appended: appended.join(""),
    onWarning,
  });
  return {
    encode,
    encodePieces: (pieces) => encodePieces({ tokenizer, control }, pieces),
    encodeText: (text) => tokenizer.encode(text),
    tokenId(text) {
      const id = tokenizer.idOf(text);
      if (id !== undefined && addedTokens.some((token) => token.id === id)) return id;
      const [first, ...more] = tokenizer.encode(text);
      return more.length === 0 ? first : undefined;
    },
    appendedId,
    pieces: (ids) => decodePieces(ids, (id) => tokenizer.bytes(id)),
  };
}

/** Returns the id that transformers' `add_special_tokens` would give the next token. */
function nextId(tokenizerJson: JsonObject): number {
  const { model, added_tokens: added } = tokenizerJson;
  const vocab = isObject(model) && isObject(model["vocab"]) ? Object.values(model["vocab"]) : [];
  const listed: readonly unknown[] = Array.isArray(added) ? added : [];
  const ids = [...vocab, ...listed.map((token) => (isObject(token) ? token["id"] : undefined))];
  return ids.reduce<number>((last, id) => Math.max(last, Number(id ?? -1)), -1) + 1;
}

function withToken(tokenizerJson: JsonObject, content: string, id: number): JsonObject {
  const { added_tokens: added } = tokenizerJson;
  const token = { id, content, special: true, normalized: false };
  return { ...tokenizerJson, added_tokens: [...(Array.isArray(added) ? added : []), token] };
}

/** What a processor is made with, besides the files. */
export interface TextChoice {
  readonly hasPictures: boolean;
  readonly imageTokenId: number | null;
  readonly chatTemplate: string | undefined;
  /** Control tokens that follow what the template made. */
  readonly appended: readonly string[] | undefined;
  /** The token that a head is read at; one that the tokenizer lacks is appended to it. */
  readonly marker?: string | undefined;
  readonly onWarning: ((message: string) => void) | undefined;
}

/** Returns the processor of a folder's files. @throws as `createTextProcessor`, `chooseTemplate` */
export function openTextProcessor(files: TextFiles, choice: TextChoice): TextProcessor {
  const { tokenizer, templates, specialTokens } = files;
  const { hasPictures, imageTokenId, chatTemplate } = choice;
  const template = chooseTemplate(templates, hasPictures, chatTemplate);
  return createTextProcessor(tokenizer, template, specialTokens, imageTokenId, choice);
}
