/**
 * Turns conversations into what a pass takes: reads and checks them, decodes the pictures, resizes
 * those that the GPU does not, templates and tokenises the text, and counts positions.
 */
import { at } from "../base/at.ts";
import { InputError } from "../errors.ts";
import type { ImageConfig } from "../image/config.ts";
import type { EncodeTurns, Prompt, PromptEnding } from "../text/prompt.ts";
import type { TextProcessor } from "../text/text-processor.ts";
import { imagePartsOf, readConversations } from "../text/template/conversation.ts";
import type { PromptRecord } from "../text/template/prompt-record.ts";
import type { EmbeddingTable } from "../checkpoint/embedding-table.ts";
import type { Conversation, ConversationInput, ImagePart } from "../types.ts";
import type { ModelConfig } from "../model/config.ts";
import type { RewardRecord } from "../model/heads/head.ts";
import { readPositions } from "../model/heads/read-position.ts";
import { linearPositions } from "../model/positions.ts";
import type { LabelRows } from "./cases/own-prompt.ts";
import type { Pictures } from "./cases/pictures.ts";
import { imageOf } from "./picture-rules.ts";
import type { PictureChoice } from "./picture-rules.ts";
import type { Picture, PictureMemory } from "./picture-memory.ts";

/** One conversation that is computed: a case has one for each pass of the reward's record. */
export interface Prepared {
  readonly prompt: Prompt;
  /** [tokens, axes] */
  readonly positions: Uint32Array;
  readonly pictures: readonly Picture[];
  /**
   * The tokens, a picture's marked by which picture they are: equal keys mean equal computations.
   */
  readonly key: Uint32Array;
  /** The pass of the record, whose head reads it. */
  readonly pass: number;
  /** The tokens that the head is read at. */
  readonly reads: readonly number[];
  readonly labels: LabelRows | undefined;
}

/** A case as a call gives it, its form known. */
export type Case =
  | {
      readonly messages: ConversationInput;
      readonly labels?: readonly string[] | undefined;
      /** How the prompt ends, if not as the record says. */
      readonly ending?: PromptEnding | undefined;
    }
  | { readonly inputs: unknown; readonly labels?: readonly string[] | undefined }
  /** Tokens that another part of the engine made, and those that are read. */
  | { readonly ids: Uint32Array; readonly reads: readonly number[] };

export interface Preparation {
  readonly config: ModelConfig;
  readonly reward: RewardRecord;
  readonly image: ImageConfig;
  /** What the caller chose in place of the record's rules. */
  readonly pictureChoice: PictureChoice;
  readonly text: TextProcessor;
  /** The output embedding, for heads of labels. */
  readonly outputRows: EmbeddingTable | undefined;
  /** What pictures may take as decoded, to be resized by the GPU. */
  readonly decodedBytes: number;
}

/** What comes of the cases of one call; times are of all of them together. */
export interface PreparedCases {
  /** Those of a case follow each other. */
  readonly prepared: readonly Prepared[];
  /** The case of each. */
  readonly owners: readonly number[];
  readonly imagesMs: number;
  readonly textMs: number;
}

/** A case whose pictures are known and not yet loaded. */
interface Draft {
  readonly owner: number;
  readonly pass: number;
  readonly labels: readonly string[] | undefined;
  readonly images: readonly ImagePart[];
  readonly encode: (imageTokens: readonly number[]) => Encoded;
}

type Encoded = Pick<Prepared, "prompt"> & {
  readonly reads?: readonly number[];
  readonly ends?: readonly number[];
};

/**
 * Prepares the cases of one call.
 * @param memory pictures of earlier calls
 */
export async function prepare(
  model: Preparation,
  given: readonly Case[],
  signal?: AbortSignal,
  memory?: PictureMemory,
): Promise<PreparedCases> {
  const { text } = model;
  const begin = performance.now();
  const drafts = await draftsOf(model, given);
  const shown = await picturesOf(model, drafts, given.length, signal, memory);
  const decoded = performance.now();
  const prepared: Prepared[] = [];
  for (const [i, { encode, pass, owner, labels }] of drafts.entries()) {
    const own = at(shown, i);
    try {
      const encoded = encode(own.map(({ grid }) => grid.tokens));
      const rows = await rowsOf(model, pass, labels, signal);
      const one = prepareOne(model, encoded.prompt, own);
      const { ids } = encoded.prompt;
      const reads = encoded.reads ?? readsOf(model, text, ids, encoded.ends);
      prepared.push({ ...one, pass, reads, labels: rows });
    } catch (error) {
      rethrow(error, nameOf(owner, given.length));
    }
  }
  const owners = drafts.map(({ owner }) => owner);
  return { prepared, owners, imagesMs: decoded - begin, textMs: performance.now() - decoded };
}

/**
 * Returns the tokens of each case, of its longest pass. Cases that are too long for the model are
 * counted too.
 */
export async function measure(
  model: Preparation,
  given: readonly Case[],
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const drafts = await draftsOf(model, given);
  const shown = await picturesOf(model, drafts, given.length, signal);
  const longest = given.map(() => 0);
  for (const [i, { encode, owner }] of drafts.entries()) {
    try {
      const { prompt } = encode(at(shown, i).map(({ grid }) => grid.tokens));
      longest[owner] = Math.max(at(longest, owner), prompt.ids.length);
    } catch (error) {
      rethrow(error, nameOf(owner, given.length));
    }
  }
  return longest;
}

/** Returns what errors call a case by, if there are several. */
function nameOf(owner: number, count: number): string {
  return count > 1 ? `conversations[${owner}], ` : "";
}

/** Loads the pictures of each draft. */
async function picturesOf(
  { image, reward, decodedBytes, pictureChoice }: Preparation,
  drafts: readonly Draft[],
  count: number,
  signal?: AbortSignal,
  memory?: PictureMemory,
): Promise<readonly (readonly Picture[])[]> {
  const hasPictures = drafts.some(({ images }) => images.length > 0);
  const code = hasPictures ? await import("./cases/pictures.ts") : undefined;
  // Passes may prepare the same picture in their own ways; those that do not share it.
  const kinds = new Map<string, Pictures>();
  const stores = reward.passes.flatMap(({ prompt }) => {
    if (code === undefined) return [];
    const own = imageOf(image, prompt.pictures, pictureChoice);
    const key = JSON.stringify(own);
    const store = kinds.get(key) ?? new code.Pictures(own, key, signal, memory);
    kinds.set(key, store);
    return [store];
  });
  const room = { bytes: decodedBytes, count: 0 };
  const shown: Picture[][] = [];
  for (const { images, pass, owner } of drafts) {
    const own: Picture[] = [];
    for (const part of images) {
      const loading = at(stores, pass).load(part, room);
      own.push(await loading.catch((error: unknown) => rethrow(error, nameOf(owner, count))));
    }
    shown.push(own);
  }
  return shown;
}

/** Returns what each case becomes, one for each pass. */
async function draftsOf(
  { text, reward, ...model }: Preparation,
  cases: readonly Case[],
): Promise<Draft[]> {
  const conversations = await conversationsOf(cases, reward);
  const drafts: Draft[] = [];
  for (const [owner, one] of cases.entries()) {
    if ("ids" in one) {
      drafts.push({ owner, pass: 0, labels: undefined, images: [], encode: () => tokensOf(one) });
      continue;
    }
    for (const [pass, { prompt }] of reward.passes.entries()) {
      const common = { owner, pass, labels: one.labels };
      const ending = "ending" in one && one.ending ? one.ending : endingOf(prompt);
      const conversation = conversations[owner];
      if (conversation) {
        const encode = turnsWith(text.encode, conversation, ending);
        drafts.push({ ...common, images: imagePartsOf(conversation), encode });
      } else if ("inputs" in one) {
        const { filled } = await import("./cases/own-prompt.ts");
        const where = cases.length > 1 ? `conversations[${owner}], inputs` : "inputs";
        drafts.push({
          ...common,
          ...filled(text, prompt, one.inputs, where, model.config),
        });
      }
    }
  }
  return drafts;
}

function tokensOf({ ids, reads }: { ids: Uint32Array; reads: readonly number[] }): Encoded {
  const response = { begin: ids.length, end: ids.length };
  return { prompt: { text: "", ids, images: [], response }, reads };
}

function turnsWith(
  encode: EncodeTurns,
  turns: Parameters<EncodeTurns>[0],
  ending: PromptEnding,
): Draft["encode"] {
  return (imageTokens) => ({ prompt: encode(turns, imageTokens, ending) });
}

function endingOf({ generationPrompt, suffix }: PromptRecord): PromptEnding {
  return { generationPrompt, suffix };
}

/** Reads the conversations among the cases; undefined for cases of another form. */
async function conversationsOf(
  cases: readonly Case[],
  { passes, origin, isGenerative }: RewardRecord,
): Promise<readonly (Conversation | undefined)[]> {
  const isConversation = cases.map((one) => "messages" in one);
  const given = cases.flatMap((one) => ("messages" in one ? [one.messages] : []));
  const [first] = passes;
  const isFree = passes.every(
    ({ head, prompt }) => prompt.generationPrompt || prompt.suffix !== "" || head.kind === "labels",
  );
  // Questions bring the end of their prompt with them.
  const isAsked = cases.every((one) => "ending" in one);
  if (given.length > 0 && !isAsked && passes.some(({ prompt }) => prompt.pieces !== undefined)) {
    throw new InputError({
      where: "messages",
      what: `the prompt of this model is its own, and takes inputs (${origin})`,
      todo: "Give { inputs: { … } } with the fields of its prompt",
    });
  }
  if (given.length > 0 && first?.head.kind === "pointer") {
    throw new InputError({
      where: "messages",
      what: "this model answers questions about a state, and scores no conversations",
      todo: "Call decide({ state, questions })",
    });
  }
  const read = await readConversations(given, isFree || isAsked ? "any" : "assistant");
  const isJudged = isGenerative && read.some((one) => one.at(-1)?.role === "assistant");
  if (isJudged) {
    throw new InputError({
      where: "messages",
      what: "this model has no reward head, and judges no response",
      expected: "a conversation that ends with a question to answer by yes or no",
      todo: "Ask it with decide(), or load a reward model; its head may be a file that is missing",
    });
  }
  const rest = read.values();
  return isConversation.map((is) => (is ? rest.next().value : undefined));
}

function readsOf(
  { reward, config }: Preparation,
  text: TextProcessor,
  ids: Uint32Array,
  separators: readonly number[] = [],
): readonly number[] {
  const { read } = reward;
  const markerId = "token" in read ? text.tokenId(read.token) : undefined;
  return readPositions(read, { ids, padTokenId: config.padTokenId, markerId, separators });
}

/** Returns the rows of labels, for a case or a head that has any. @throws InputError */
async function rowsOf(
  model: Preparation,
  pass: number,
  given: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<LabelRows | undefined> {
  const { head } = at(model.reward.passes, pass);
  if (head.kind !== "labels" && given === undefined) return undefined;
  const { labelRows } = await import("./cases/own-prompt.ts");
  return await labelRows(model, pass, given, signal);
}

/** Throws the error again, with the name of the conversation that it is about. */
function rethrow(error: unknown, name: string): never {
  if (!(error instanceof InputError) || name === "") throw error;
  const { where, what, got, expected, todo } = error;
  throw new InputError({ where: name + where, what, got, expected, todo, cause: error.cause });
}

function prepareOne(
  { config, image, reward }: Preparation,
  prompt: Prompt,
  pictures: readonly Picture[],
): Pick<Prepared, "prompt" | "positions" | "pictures" | "key"> {
  const { ids } = prompt;
  const { maxPositionEmbeddings } = config.decoder;
  if (ids.length > maxPositionEmbeddings) {
    throw new InputError({
      where: "conversation",
      what: "is longer than the model was made for",
      got: `${ids.length.toLocaleString("en-US")} tokens`,
      expected: `${maxPositionEmbeddings.toLocaleString("en-US")} at most`,
      todo: "Shorten the text, or use fewer or smaller pictures",
    });
  }
  const placed = prompt.images.map(({ begin }, i) => ({
    begin,
    grid: at(pictures, i).grid,
  }));
  const key = ids.slice();
  for (const [i, { begin, tokens }] of prompt.images.entries()) {
    key.fill(0x8000_0000 + at(pictures, i).index, begin, begin + tokens);
  }
  const { axes } = config.decoder.rope;
  const scheme = reward.positions === "1d" ? linearPositions : config.positions;
  const positions = scheme(ids.length, placed, image.mergeSize, axes);
  return { prompt, positions, pictures, key };
}
