/**
 * Reads what a folder's files say about its tokens, combined as transformers 5.23 does.
 *
 *     tokenizer.json            added_tokens
 *     tokenizer_config.json     added_tokens_decoder, `eos_token` …, extra_special_tokens
 *     special_tokens_map.json   } read only if there is no added_tokens_decoder
 *     added_tokens.json         }
 *
 * transformers counts the ids of tokens itself. A folder whose ids differ from that count is
 * refused. Python: `PreTrainedTokenizerBase._from_pretrained`, `TokenizersBackend`.
 */
import { isObject, type JsonObject } from "../../base/json.ts";
import { WeightsError } from "../../errors.ts";

/** The objects in the files; undefined for a file that is not there. */
export interface TokenFiles {
  /** How errors call the folder. */
  readonly where: string;
  readonly tokenizer: JsonObject;
  readonly config: JsonObject;
  readonly specialTokens: JsonObject | undefined;
  readonly addedTokens: JsonObject | undefined;
}

/** A token beside the vocabulary, and how it is found in a text. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Takes the white space before it, and after it, into itself. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Is found only if no letter or digit touches it. */
  readonly single_word: boolean;
  /** Is looked for after the text is normalised. */
  readonly normalized: boolean;
  readonly special: boolean;
}

export interface MergedTokens {
  /** tokenizer.json with all added tokens. */
  readonly tokenizer: JsonObject;
  /** `bos_token` and the like, which templates name. */
  readonly specialTokens: Readonly<Record<string, string>>;
}

/** A token without its id, or with the id that a file states. */
type Stated = Omit<AddedToken, "id"> & { readonly id: number | undefined };

/**
 * Tokenizer classes of transformers that have tokens of their own, for byte-level BPE. Such a class
 * takes the vocabulary from tokenizer.json, but its added tokens only if the config lists none.
 */
const CLASSES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Qwen2Tokenizer: {
    unk_token: "<|endoftext|>",
    eos_token: "<|endoftext|>",
    pad_token: "<|endoftext|>",
  },
};

const NAMED = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
];

/** Returns all tokens of a folder. @throws WeightsError if two files disagree on an id */
export function mergeTokens(files: TokenFiles): MergedTokens {
  const { config, tokenizer, where } = files;
  const name = String(config["tokenizer_class"]).replace(/Fast$/, "");
  const own = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  const hasDecoder = config["added_tokens_decoder"] !== undefined;
  const said: JsonObject = hasDecoder ? config : { ...config, ...files.specialTokens };
  const special = specialTokensOf(said, own ?? {});
  const listed = own && hasDecoder ? [] : listedTokens(tokenizer, `${where}, tokenizer.json`);
  const stated = hasDecoder
    ? decoderTokens(config["added_tokens_decoder"], where)
    : legacyTokens(files.addedTokens, special, where);
  const named = [...special.values(), ...extraTokens(said)].map(plainToken);
  const added = unite([listed, stated, named], tokenizer, where);
  if (own) {
    // Such a class adds its special tokens once more, without the flags of the files.
    for (const token of named) {
      const { id } = added.get(token.content) ?? {};
      if (id !== undefined) added.set(token.content, { ...token, id });
    }
  }
  return {
    tokenizer: { ...tokenizer, added_tokens: [...added.values()] },
    specialTokens: Object.fromEntries(special),
  };
}

/** Returns the added tokens that tokenizer.json lists. @throws WeightsError for equal ids */
export function listAddedTokens(tokenizer: JsonObject): readonly AddedToken[] {
  const where = "tokenizer.json";
  return [...unite([listedTokens(tokenizer, where)], tokenizer, where).values()];
}

/** Returns the texts of `eos_token` and the like; those of the class if the files have none. */
function specialTokensOf(
  said: JsonObject,
  own: Readonly<Record<string, string>>,
): Map<string, string> {
  const tokens = new Map<string, string>();
  const extra = said["extra_special_tokens"] ?? said["additional_special_tokens"];
  const all: JsonObject = { ...own, ...said, ...(isObject(extra) ? extra : {}) };
  for (const [key, value] of Object.entries(all)) {
    const isNamed = NAMED.includes(key) || (isObject(extra) && Object.hasOwn(extra, key));
    if (!isNamed && !key.endsWith("_token")) continue;
    const content = isObject(value) ? value["content"] : value;
    if (typeof content === "string") tokens.set(key, content);
  }
  return tokens;
}

function extraTokens(said: JsonObject): string[] {
  const extra = said["extra_special_tokens"] ?? said["additional_special_tokens"];
  const list: readonly unknown[] = Array.isArray(extra) ? extra : [];
  return list.flatMap((token) => {
    const content = isObject(token) ? token["content"] : token;
    return typeof content === "string" ? [content] : [];
  });
}

/** Returns a token that a file only names: transformers treats it as a special one. */
function plainToken(content: string): Stated {
  return tokenOf({ content, special: true }, undefined);
}

function tokenOf(fields: JsonObject, id: number | undefined): Stated {
  const flag = (name: string): boolean => fields[name] === true;
  const special = flag("special");
  return {
    id,
    content: String(fields["content"]),
    lstrip: flag("lstrip"),
    rstrip: flag("rstrip"),
    single_word: flag("single_word"),
    // tokenizers' default: a special token is not normalised.
    normalized: typeof fields["normalized"] === "boolean" ? flag("normalized") : !special,
    special,
  };
}

function listedTokens(tokenizer: JsonObject, where: string): Stated[] {
  const added = tokenizer["added_tokens"] ?? [];
  if (!Array.isArray(added)) throw damaged(where, "added_tokens is not a list");
  return (added as readonly unknown[]).map((token) => {
    const { content, id } = isObject(token) ? token : {};
    if (!isObject(token) || typeof content !== "string" || content === "" || !isTokenId(id)) {
      throw damaged(where, "an added token has no content or no id");
    }
    return tokenOf(token, id);
  });
}

function decoderTokens(decoder: unknown, where: string): Stated[] {
  const place = `${where}, tokenizer_config.json`;
  if (!isObject(decoder)) throw damaged(place, "added_tokens_decoder is not an object");
  const tokens = Object.entries(decoder).map(([key, token]) => {
    const id = /^\d+$/.test(key) ? Number(key) : undefined;
    const content = isObject(token) ? token["content"] : undefined;
    if (!isObject(token) || typeof content !== "string" || content === "" || !isTokenId(id)) {
      throw damaged(place, `the added token ${JSON.stringify(key)} has no content or no id`);
    }
    return tokenOf(token, id);
  });
  return tokens.toSorted((a, b) => (a.id ?? 0) - (b.id ?? 0));
}

function legacyTokens(
  file: JsonObject | undefined,
  special: ReadonlyMap<string, string>,
  where: string,
): Stated[] {
  const named = new Set(special.values());
  const tokens = Object.entries(file ?? {}).map(([content, id]) => {
    if (!isTokenId(id)) throw damaged(`${where}, added_tokens.json`, "an id is not a number");
    return tokenOf({ content, special: named.has(content) }, id);
  });
  return tokens.toSorted((a, b) => (a.id ?? 0) - (b.id ?? 0));
}

/** Puts lists together: a token keeps its first place, and the flags of the last that states it. */
function unite(
  lists: readonly (readonly Stated[])[],
  tokenizer: JsonObject,
  where: string,
): Map<string, AddedToken> {
  const model = tokenizer["model"];
  const vocab = isObject(model) && isObject(model["vocab"]) ? model["vocab"] : {};
  const vocabulary = new Set(Object.values(vocab));
  const added = new Map<string, AddedToken>();
  const owners = new Map<number, string>();
  let next = Object.keys(vocab).length;
  for (const token of lists.flat()) {
    const { content } = token;
    const inVocabulary = Object.hasOwn(vocab, content) ? vocab[content] : undefined;
    const known = added.get(content);
    // A token that is only named changes nothing that is known.
    if (known && token.id === undefined) continue;
    const id = known?.id ?? (isTokenId(inVocabulary) ? inVocabulary : next);
    if (token.id !== undefined && token.id !== id) {
      throw new WeightsError({
        where,
        what: `the added token ${JSON.stringify(content)} has another id than its place gives it`,
        got: token.id,
        expected: id,
        todo: "Use the tokenizer files that the model was published with, of one revision",
      });
    }
    const owner = owners.get(id);
    const isTaken = vocabulary.has(id) && inVocabulary !== id;
    if ((owner !== undefined && owner !== content) || isTaken) {
      throw new WeightsError({
        where,
        what: `two tokens have the id ${id}, one of them ${JSON.stringify(content)}`,
        todo: "Use the tokenizer files that the model was published with, of one revision",
      });
    }
    owners.set(id, content);
    added.set(content, { ...token, id });
    next = Math.max(next, id + 1);
  }
  return added;
}

function isTokenId(id: unknown): id is number {
  return typeof id === "number" && Number.isInteger(id) && id >= 0 && id < 2 ** 31;
}

function damaged(where: string, what: string): WeightsError {
  return new WeightsError({ where, what, todo: "Download the file again" });
}
