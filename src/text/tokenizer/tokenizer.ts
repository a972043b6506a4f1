/**
 * A byte-level BPE tokenizer, as a tokenizer.json describes it.
 *
 *     run of text ─ normalise ─ words ─ UTF-8 bytes ─ merges ─ token ids
 *
 * It never looks for added tokens: which of them a conversation has is the template's business
 * (`control-tokens.ts`).
 */
import { UnsupportedError, WeightsError } from "../../errors.ts";
import { createBpe, type Bpe } from "./bpe.ts";
import { BYTE_CHARACTERS, bytesOfToken } from "./byte-level.ts";
import { isObject, type JsonObject } from "../../base/json.ts";
import { listAddedTokens, type AddedToken } from "./token-files.ts";
import { createNormalizer, createWordSplitter } from "./pre-tokenizer.ts";

/** A tokenizer of plain text. */
export interface Tokenizer {
  /**
   * Returns the token ids of one run of text, tokenised whole; nothing in it becomes a control
   * token.
   */
  encode(text: string): number[];
  /** Returns the text as the tokens spell it: Unicode-normalised. */
  normalise(text: string): string;
  /** Returns the id of an added token, or of an entry of the vocabulary as the file spells it. */
  idOf(token: string): number | undefined;
  /** Returns the UTF-8 bytes of a token; none for an id without a token. */
  bytes(id: number): Uint8Array;
  /** The tokens beside the vocabulary: control tokens, `<tool_call>` … */
  readonly addedTokens: readonly AddedToken[];
}

/** Words up to this length are remembered with their ids. */
const MAX_CACHED_WORD = 64;
const MAX_CACHED_WORDS = 50_000;

/**
 * Creates a tokenizer.
 * @param json the content of tokenizer.json
 * @throws UnsupportedError for another model than byte-level BPE
 * @throws WeightsError for a damaged file
 */
export function createTokenizer(json: JsonObject): Tokenizer {
  const model = checkModel(json["model"]);
  const vocabulary = readVocabulary(model["vocab"]);
  const addedTokens = listAddedTokens(json);
  const byteIds = readByteIds(vocabulary);
  const bpe = createBpe(byteIds, vocabulary, readMerges(model["merges"]));
  const normalise = createNormalizer(json["normalizer"]);
  const words = createWordSplitter(json["pre_tokenizer"]);
  const whole = model["ignore_merges"] === true ? vocabulary : undefined;
  const encodeWord = createWordEncoder(bpe, whole);
  const tokens = new Map<number, string>();
  for (const [token, id] of vocabulary) tokens.set(id, token);
  const added = new Map<number, string>();
  for (const { content, id } of addedTokens) added.set(id, content);
  const addedIds = new Map(addedTokens.map(({ content, id }) => [content, id]));
  return {
    addedTokens,
    normalise,
    encode(text) {
      const ids: number[] = [];
      for (const word of words(normalise(text))) encodeWord(word, ids);
      return ids;
    },
    idOf: (token) => addedIds.get(token) ?? vocabulary.get(token),
    bytes(id) {
      const content = added.get(id);
      if (content !== undefined) return new TextEncoder().encode(content);
      return bytesOfToken(tokens.get(id) ?? "") ?? new Uint8Array(0);
    },
  };
}

function createWordEncoder(
  bpe: Bpe,
  whole: ReadonlyMap<string, number> | undefined,
): (word: string, ids: number[]) => void {
  const encoder = new TextEncoder();
  const cache = new Map<string, readonly number[]>();
  let bytes = new Uint8Array(1024);
  return (word, ids) => {
    const known = cache.get(word);
    if (known !== undefined) {
      for (const id of known) ids.push(id);
      return;
    }
    // One UTF-16 unit takes three bytes at most.
    if (bytes.length < 3 * word.length) bytes = new Uint8Array(6 * word.length);
    const { written } = encoder.encodeInto(word, bytes);
    const begin = ids.length;
    // `ignore_merges`: a word that is a token is that token, even if the merges would split it.
    const id = whole?.get(characters(bytes, written));
    if (id === undefined) bpe.encode(bytes, written, ids);
    else ids.push(id);
    if (word.length > MAX_CACHED_WORD) return;
    if (cache.size >= MAX_CACHED_WORDS) cache.clear();
    cache.set(word, ids.slice(begin));
  };
}

function characters(bytes: Uint8Array, count: number): string {
  let text = "";
  for (let i = 0; i < count; i++) text += BYTE_CHARACTERS[bytes[i] ?? 0];
  return text;
}

/** Fields of a BPE model that change its result, with the only values that this tokenizer knows. */
const PLAIN_FIELDS: Readonly<Record<string, readonly unknown[]>> = {
  dropout: [null, 0],
  continuing_subword_prefix: [null, ""],
  end_of_word_suffix: [null, ""],
  byte_fallback: [false, null],
};

function checkModel(model: unknown): JsonObject {
  const type = isObject(model) ? (model["type"] ?? "BPE") : undefined;
  if (!isObject(model) || type !== "BPE") {
    throw new UnsupportedError({
      where: "tokenizer.json, model",
      what: "this kind of tokenizer is not supported",
      got: typeof type === "string" ? type : JSON.stringify(type),
      expected: "BPE",
    });
  }
  for (const [field, allowed] of Object.entries(PLAIN_FIELDS)) {
    if (field in model && !allowed.includes(model[field])) {
      throw new UnsupportedError({
        where: `tokenizer.json, model.${field}`,
        what: "this setting is not supported",
        got: JSON.stringify(model[field]),
        expected: JSON.stringify(allowed[0]),
      });
    }
  }
  return model;
}

function readVocabulary(vocab: unknown): ReadonlyMap<string, number> {
  if (!isObject(vocab)) throw damaged("model.vocab is not an object");
  const vocabulary = new Map<string, number>();
  const owners = new Map<number, string>();
  for (const token of Object.keys(vocab)) {
    const id = vocab[token];
    if (!isTokenId(id)) throw damaged(`the id of ${JSON.stringify(token)} is not a token id`);
    const owner = owners.get(id);
    if (owner !== undefined) {
      const both = `${JSON.stringify(owner)} and ${JSON.stringify(token)}`;
      throw damaged(`two tokens have the id ${id}: ${both}`);
    }
    vocabulary.set(token, id);
    owners.set(id, token);
  }
  return vocabulary;
}

function readMerges(merges: unknown): readonly (string | readonly string[])[] {
  const isMerge = (merge: unknown): merge is string | readonly string[] =>
    typeof merge === "string" || (Array.isArray(merge) && merge.length === 2);
  if (!Array.isArray(merges) || !merges.every(isMerge))
    throw damaged("model.merges is not a list of pairs");
  return merges;
}

function readByteIds(vocabulary: ReadonlyMap<string, number>): Int32Array {
  return Int32Array.from(BYTE_CHARACTERS, (character, byte) => {
    const id = vocabulary.get(character);
    if (id === undefined) throw damaged(`the vocabulary has no token for byte ${byte}`);
    return id;
  });
}

function isTokenId(id: unknown): id is number {
  return typeof id === "number" && Number.isInteger(id) && id >= 0 && id < 2 ** 31;
}

function damaged(what: string): WeightsError {
  return new WeightsError({ where: "tokenizer.json", what, todo: "Download the file again" });
}
