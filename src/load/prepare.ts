/**
 * Turns conversations into what a pass takes: reads and checks them, decodes the pictures, resizes
 * those that the GPU does not, templates and tokenises the text, and counts positions.
 */
import { at } from "../base/at.ts";
import { InputError } from "../errors.ts";
import { decodeImage } from "../image/decode/decode.ts";
import { patchGrid } from "../image/config.ts";
import type { ImageConfig } from "../image/config.ts";
import type { Pixels } from "../image/decode/pixels.ts";
import { resizeBicubicYielding } from "../image/resize/resize.ts";
import type { EncodeTurns, Prompt, PromptEnding } from "../text/prompt.ts";
import type { TextProcessor } from "../text/text-processor.ts";
import { imagePartsOf, readConversations } from "../text/template/conversation.ts";
import { takesInputs } from "../text/template/prompt-record.ts";
import type { PromptRecord } from "../text/template/prompt-record.ts";
import type { EmbeddingTable } from "../checkpoint/embedding-table.ts";
import type {
  Conversation,
  ConversationInput,
  ImageInput,
  ImagePart,
  PixelBudget,
} from "../types.ts";
import type { ModelConfig } from "../model/config.ts";
import type { RewardRecord } from "../model/heads/head.ts";
import { readPositions } from "../model/heads/read-position.ts";
import { linearPositions } from "../model/positions.ts";
import { imageOf } from "./picture-rules.ts";
import type { PictureChoice } from "./picture-rules.ts";
import type { Picture, PictureMemory } from "./picture-memory.ts";

/** The labels of a question, and their rows of the output embedding. */
export interface LabelRows {
  readonly labels: readonly string[];
  readonly ids: readonly number[];
  readonly rows: readonly Float32Array[];
}

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
  const { image, text, reward, decodedBytes, pictureChoice } = model;
  const begin = performance.now();
  const drafts = await draftsOf(model, given);
  // Passes may prepare the same picture in their own ways; those that do not share it.
  const kinds = new Map<string, Pictures>();
  const stores = reward.passes.map(({ prompt }) => {
    const own = imageOf(image, prompt.pictures, pictureChoice);
    const key = JSON.stringify(own);
    const store = kinds.get(key) ?? new Pictures(own, key, signal, memory);
    kinds.set(key, store);
    return store;
  });
  const room = { bytes: decodedBytes, count: 0 };
  const shown: Picture[][] = [];
  const name = (i: number): string => (given.length > 1 ? `conversations[${i}], ` : "");
  for (const { images, pass, owner } of drafts) {
    const own: Picture[] = [];
    for (const part of images) {
      const loading = at(stores, pass).load(part, room);
      own.push(await loading.catch((error: unknown) => rethrow(error, name(owner))));
    }
    shown.push(own);
  }
  const decoded = performance.now();
  const prepared: Prepared[] = [];
  for (const [i, { encode, pass, owner, labels }] of drafts.entries()) {
    const own = at(shown, i);
    try {
      const encoded = encode(own.map(({ grid }) => grid.tokens));
      const rows = await labelRows(model, pass, labels, signal);
      const one = prepareOne(model, encoded.prompt, own);
      const { ids } = encoded.prompt;
      const reads = encoded.reads ?? readsOf(model, text, ids, encoded.ends);
      prepared.push({ ...one, pass, reads, labels: rows });
    } catch (error) {
      rethrow(error, name(owner));
    }
  }
  const owners = drafts.map(({ owner }) => owner);
  return { prepared, owners, imagesMs: decoded - begin, textMs: performance.now() - decoded };
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
        const where = cases.length > 1 ? `conversations[${owner}], inputs` : "inputs";
        drafts.push({
          ...common,
          ...(await filled(text, prompt, one.inputs, where, model.config)),
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

/** Returns a prompt of the model's own with a case's fields in it. */
async function filled(
  text: TextProcessor,
  prompt: PromptRecord,
  inputs: unknown,
  where: string,
  { vision }: ModelConfig,
): Promise<Pick<Draft, "images" | "encode">> {
  if (!takesInputs(prompt)) {
    throw new InputError({
      where,
      what: "this model has no prompt of its own",
      expected: "messages",
      todo: "Give the conversation, or a reward.json whose prompt names the fields",
    });
  }
  const { fillPrompt } = await import("../text/template/fill-prompt.ts");
  const made = fillPrompt(prompt, inputs, where);
  if ("pieces" in made) {
    const { pieces } = made;
    const encode = (): Encoded => {
      const encoded = text.encodePieces(pieces);
      const places = separatorsOf(prompt, inputs, encoded.ends);
      return { prompt: encoded, ends: places };
    };
    return { images: [], encode };
  }
  const images = made.turns.flatMap(({ content }) =>
    content.filter(({ type }) => type === "image"),
  );
  if (images.length > 0 && vision === undefined) {
    throw new InputError({ where, what: "this model reads text only", got: "pictures" });
  }
  return {
    images: images as readonly ImagePart[],
    encode: turnsWith(text.encode, made, endingOf(prompt)),
  };
}

/** Returns the last token of each separator: every second piece of a list's. */
function separatorsOf(
  { pieces = [], defaults }: PromptRecord,
  inputs: unknown,
  ends: readonly number[],
): readonly number[] {
  const fields = { ...defaults, ...(inputs as Readonly<Record<string, unknown>>) };
  const places: number[] = [];
  let next = 0;
  for (const piece of pieces) {
    if (typeof piece === "string") next += 1;
    else {
      const list = fields[piece.each];
      for (let i = 0; i < (Array.isArray(list) ? list.length : 0); i++) {
        places.push(at(ends, next + 1));
        next += 2;
      }
    }
  }
  return places;
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

/** Returns the rows of a case's labels, or of the head's. @throws InputError for other labels */
async function labelRows(
  { reward, text, outputRows }: Preparation,
  pass: number,
  given: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<LabelRows | undefined> {
  const { head } = at(reward.passes, pass);
  if (head.kind !== "labels") {
    if (given === undefined) return undefined;
    throw new InputError({
      where: "labels",
      what: "the head of this model has no labels",
      todo: "Leave them out",
    });
  }
  if (outputRows === undefined) return undefined;
  const labels = given ?? head.labels;
  const ids = labels.map((label, i) => {
    const id = typeof label === "string" ? text.tokenId(label) : undefined;
    if (id !== undefined) return id;
    const tokens = typeof label === "string" ? text.encodeText(label).length : 0;
    throw new InputError({
      where: `labels[${i}]`,
      what: `the label ${JSON.stringify(label)?.slice(0, 60)} is not one token`,
      got: `${tokens} tokens`,
      expected: "texts of one token each, such as yes, no, A, B, 0, 1",
    });
  });
  if (ids.length === 0 || new Set(ids).size < ids.length) {
    throw new InputError({
      where: "labels",
      expected: "one label or more, all different tokens",
      got: labels.join(", ").slice(0, 80) || "none",
    });
  }
  return { labels, ids, rows: await outputRows.floats(ids, signal) };
}

/** Resizes as qwen_vl_utils does: by Pillow first, and then by the model's processor. */
async function resizeAsAsked(
  pixels: Pixels,
  budget: PixelBudget,
  image: ImageConfig,
  signal: AbortSignal | undefined,
): Promise<Pixels> {
  const { sizeInBudget } = await import("../image/resize/pixel-budget.ts");
  const { width, height } = sizeInBudget(pixels, budget, image);
  const arithmetic = image.resize === "pillow13" ? "pillow13" : "pillow";
  return await resizeBicubicYielding(pixels, width, height, arithmetic, signal);
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

/** What the pictures of a call share. */
interface Room {
  /** Decoded bytes that there is still room for on the GPU. */
  bytes: number;
  /** Pictures so far. */
  count: number;
}

/** The pictures of a call. Each is decoded once for every budget that it is shown with. */
class Pictures {
  readonly #known = new Map<ImageInput, Map<string, Picture>>();
  readonly #image: ImageConfig;
  /** The rules by which pictures are prepared, as JSON. */
  readonly #rules: string;
  readonly #signal: AbortSignal | undefined;
  readonly #memory: PictureMemory | undefined;

  constructor(
    image: ImageConfig,
    rules: string,
    signal: AbortSignal | undefined,
    memory: PictureMemory | undefined,
  ) {
    this.#image = image;
    this.#rules = rules;
    this.#signal = signal;
    this.#memory = memory;
  }

  async load(part: ImagePart, room: Room): Promise<Picture> {
    this.#signal?.throwIfAborted();
    const { type: _type, image, ...budget } = part;
    const sizes = this.#known.get(image) ?? new Map<string, Picture>();
    this.#known.set(image, sizes);
    const key = JSON.stringify(budget) + this.#rules;
    const picture =
      sizes.get(key) ?? this.#memory?.find(image, key) ?? (await this.#decode(part, key, room));
    sizes.set(key, picture);
    return picture;
  }

  async #decode(part: ImagePart, key: string, room: Room): Promise<Picture> {
    const { type: _type, image: input, ...budget } = part;
    const index = this.#memory?.nextIndex() ?? room.count++;
    const named = { index, input, budget: key };
    const image = this.#image;
    const signal = this.#signal;
    const seen = await decodeImage(input, signal, image.orientation, image.alpha);
    const hasBudget = Object.keys(budget).length > 0;
    const decoded = hasBudget ? await resizeAsAsked(seen, budget, image, signal) : seen;
    const { width, height } = decoded;
    const grid = patchGrid(width, height, image);
    const { resizedWidth, resizedHeight, tokens } = grid;
    const sides = { width: seen.width, height: seen.height };
    const scored = { ...sides, resizedWidth, resizedHeight, tokens };
    // The larger of the uploaded bytes and what the resize stores between its two passes.
    const bytes = 4 * height * Math.max(width, resizedWidth);
    if (bytes <= room.bytes) {
      room.bytes -= bytes;
      return { ...named, pixels: decoded, grid, scored };
    }
    const { resize } = image;
    const pixels = await resizeBicubicYielding(
      decoded,
      resizedWidth,
      resizedHeight,
      resize,
      signal,
    );
    return { ...named, pixels, grid, scored };
  }
}
