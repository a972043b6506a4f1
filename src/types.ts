/**
 * The types that a user of the library meets: conversations in, scores and progress out.
 *
 * Messages have the form of transformers' chat templates.
 */

/** Pixels: rows from the top, four bytes each (red, green, blue, alpha not premultiplied). */
export interface RawPixels {
  readonly width: number;
  readonly height: number;
  /** [height * width * 4] */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** sRGB if it is left out. */
  readonly colorSpace?: "srgb" | "display-p3";
}

/**
 * Decodes a picture file in place of the browser: `sharpDecoder` of `vl-reward/node`, or one's own.
 * Orientation, alpha and animations are the engine's: it gives files without Exif.
 * @param file the whole file
 * @param type its media type, by its bytes: `image/jpeg`
 * @returns the first picture, RGBA as stored: not turned, alpha not premultiplied, no colour
 *   management
 */
export type PictureDecoder = (
  file: Uint8Array<ArrayBuffer>,
  type: string,
  signal?: AbortSignal,
) => Promise<RawPixels>;

/**
 * A picture: a file, its bytes or its address, what a page can draw, or pixels as they are. An
 * image element is read again from its address, as a file.
 */
export type ImageInput =
  | ImageBitmapSource
  | SVGImageElement
  | RawPixels
  | ArrayBuffer
  | ArrayBufferView
  | Response
  | URL
  | string;

export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

/**
 * How large one picture is scored, as qwen_vl_utils reads it: the picture is resized by Pillow's
 * arithmetic first, and then as the model's processor does.
 */
export interface PixelBudget {
  /** Area after resizing, in pixels. */
  readonly min_pixels?: number;
  readonly max_pixels?: number;
  /** Sides after resizing, rounded to whole tokens. Given together, they take the area's place. */
  readonly resized_height?: number;
  readonly resized_width?: number;
}

export interface ImagePart extends PixelBudget {
  readonly type: "image";
  readonly image: ImageInput;
}

/**
 * One turn. Fields beside these two (`reasoning_content`, `tool_calls`, `name` …) are passed to the
 * chat template, which also decides which roles exist. A field that is null counts as absent.
 */
export interface Message {
  readonly role: string;
  /** An empty list if the message has none: a call of a tool. */
  readonly content: string | readonly (TextPart | ImagePart)[];
  readonly [field: string]: unknown;
}

/** A conversation whose last turn is the assistant's: the response that is judged. */
export type Conversation = readonly Message[];

/** Bytes of a picture file, or base64 of them, and where they came from. */
export interface PictureFile {
  readonly bytes: Uint8Array | ArrayBuffer | readonly number[] | string;
  readonly path?: string | null;
}

/** A picture in any of the forms in use; base64 is recognised by its first bytes. */
export type PictureInput = ImageInput | Uint8Array | ArrayBuffer | PictureFile;

/** A part of a content in any of the forms in use. A type may be left out. */
export type PartInput =
  | string
  | TextPart
  | { readonly type: "input_text" | "output_text"; readonly text: string }
  | ({ readonly type?: "image"; readonly image: PictureInput } & PixelBudget)
  | ({ readonly type?: "image"; readonly url: string | URL } & PixelBudget)
  | ({ readonly type?: "image"; readonly path: string } & PixelBudget)
  | ({ readonly type?: "image"; readonly base64: string } & PixelBudget)
  | ({ readonly type?: "image" } & PictureFile & PixelBudget)
  | ({
      readonly type?: "image_url" | "input_image";
      readonly image_url: string | URL | { readonly url: string | URL; readonly detail?: string };
    } & PixelBudget);

/** A turn, in a form that `score`, `rank` and `compare` accept. */
export interface MessageInput {
  readonly role: string;
  readonly content?: string | readonly PartInput[] | null;
  readonly [field: string]: unknown;
}

/** A conversation, in a form that `score`, `rank` and `compare` accept. */
export type ConversationInput = readonly MessageInput[];

/** A conversation with what belongs to it: labels take the place of the model's own. */
export interface ConversationCase {
  readonly messages: ConversationInput;
  /** Texts of one token each, for a model that is read at label tokens. */
  readonly labels?: readonly string[] | undefined;
}

/**
 * The fields that a model's own prompt names: `prompt`, `image`, `question`, `steps`, `query`,
 * `document`, `source`, `edited`, `instruction` …
 */
export interface InputsCase {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly labels?: readonly string[] | undefined;
}

/** What `score` takes: a conversation, or a case. */
export type ScoreInput = ConversationInput | ConversationCase | InputsCase;

/** Responses to one prompt. */
export interface RankRequest {
  /** The conversation up to the response: it ends in a turn that is not the assistant's. */
  readonly messages: ConversationInput;
  readonly responses: readonly string[];
}

/** Candidates for one field of a model's own prompt: documents to a query, pictures to a prompt. */
export interface RankInputsRequest {
  /** The fields that all candidates share. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** One field, and a value of it for each candidate. */
  readonly candidates: Readonly<Record<string, readonly unknown[]>>;
}

/** Pictures made for one prompt, for a model that judges those: HPSv3. */
export interface RankImagesRequest {
  readonly prompt: string;
  readonly images: readonly PictureInput[];
}

/** A question with a solution in steps, for a process reward model. */
export interface StepsRequest {
  readonly question: string;
  readonly steps: readonly string[];
}

export interface MeasureOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ScoreOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each pass with the conversations done and the number of all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Whether each score has the features that it was made from; false by default. */
  readonly features?: boolean | undefined;
}

export interface OutputOptions extends ScoreOptions {
  /**
   * Whether the labels' share of the whole vocabulary is computed too; false by default. The first
   * time, all rows of the output embedding are read.
   */
  readonly labelMass?: boolean | undefined;
}

/** A question, in the form of `/v1/systemone`. */
export type DecideQuestion =
  | {
      readonly type: "noul";
      readonly instructions: unknown;
      readonly criteria?: { readonly true?: unknown; readonly false?: unknown } | null;
    }
  | {
      readonly type: "choice";
      readonly instructions: unknown;
      /** Options by name, with a description or null. */
      readonly criteria: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: "score";
      readonly instructions: unknown;
      /** Levels from 0. */
      readonly criteria: readonly unknown[];
    };

/** A question of a list: OpenAI's form. */
export interface ListedQuestion {
  readonly type: "predicate" | "choice" | "score";
  readonly instructions: unknown;
  readonly name?: string;
  readonly choices?: readonly (
    | string
    | { readonly value: string; readonly description?: unknown }
  )[];
  readonly levels?: readonly (
    | string
    | { readonly label: string; readonly description?: unknown }
  )[];
}

/** Questions about a state and pictures. */
export type DecideRequest =
  | {
      /** A text, or any plain data. */
      readonly state: unknown;
      readonly images?: readonly PictureInput[];
      readonly questions: Readonly<Record<string, DecideQuestion>>;
      readonly model?: string;
    }
  | {
      readonly input: unknown;
      readonly images?: readonly PictureInput[];
      readonly questions: readonly ListedQuestion[];
      readonly model?: string;
    };

export interface DecideOptions extends ScoreOptions {
  /** Divides the logits of the options; 1 by default. `fitLabelTemperature` finds it. */
  readonly temperature?: number | undefined;
  /** Whether the labels' share of the whole vocabulary is computed; true by default. */
  readonly labelMass?: boolean | undefined;
  /** Whether the answer has the tokens of state and questions; false by default. */
  readonly tokenIds?: boolean | undefined;
}

export interface CompareOptions extends ScoreOptions {
  /**
   * T of P(a over b) = σ((a − b) / T), 1 by default; `fitTemperature` finds it from labelled pairs.
   */
  readonly temperature?: number | undefined;
}

/** What happened to one picture before the vision transformer saw it. */
export interface ScoredImage {
  /** Pixels as a person sees the picture (EXIF applied). */
  readonly width: number;
  readonly height: number;
  /** Pixels after `smart_resize`. */
  readonly resizedWidth: number;
  readonly resizedHeight: number;
  /** Tokens that the picture takes in the conversation. */
  readonly tokens: number;
}

/**
 * Milliseconds of each stage of a scoring. Stages that were shared by a batch count whole in each
 * score.
 */
export interface StageTimesMs {
  /** Decoding pictures, and resizing those that the CPU resizes. */
  readonly images: number;
  /** Template and tokenizer. */
  readonly text: number;
  /**
   * Recording, encoding and running the passes on the GPU, pictures resized there among them, to
   * the read-back of the scores.
   */
  readonly gpu: number;
  readonly total: number;
}

/** What a head said, beside the score. */
export interface ScoreOutputs {
  /** The tokens that the head was read at. */
  readonly readAt?: readonly number[];
  /**
   * The head's outputs there, before they became a score; the labels' logits. A list for each of
   * several places.
   */
  readonly outputs?: readonly number[] | readonly (readonly number[])[];
  /** Names of the outputs, if the model's record has them. */
  readonly outputNames?: readonly string[];
  /** Labels, their tokens, and their probabilities among each other. */
  readonly labels?: readonly string[];
  readonly labelIds?: readonly number[];
  readonly probabilities?: Readonly<Record<string, number>>;
  /** The sum of i · p of the labels, from 0. */
  readonly expectedLevel?: number;
  /** The labels' share of all tokens, together and each, if it was asked for. */
  readonly labelMass?: number;
  readonly vocabularyProbabilities?: Readonly<Record<string, number>>;
  /** A value for each step, and what they come to. */
  readonly stepValues?: readonly number[];
  readonly aggregates?: Readonly<Record<"min" | "product" | "last" | "mean", number>>;
}

/** One of several prompts by which a model judges a case. */
export interface PassOutputs extends ScoreOutputs {
  readonly value: number;
  readonly tokenIds: Uint32Array;
  readonly tokenValues: Float32Array;
}

/**
 * States of the input after the decoder's last norm, `[hidden]` f32: whether it is a known kind.
 */
export interface InputFeatures {
  /** At the last token before the response. */
  readonly question: Float32Array;
  /** The mean over tokens of the pictures, 32 at most; undefined without a picture. */
  readonly picture: Float32Array | undefined;
}

/** The answer to one case. */
export interface Score extends ScoreOutputs {
  /** The reward: unbounded, uncalibrated; only differences for the same prompt mean something. */
  readonly value: number;
  /** Token ids of the whole templated conversation. */
  readonly tokenIds: Uint32Array;
  /**
   * The value head at every token: how the score came about. The last one is `value`, unless it is
   * padding.
   */
  readonly tokenValues: Float32Array;
  /**
   * The state that the head read, `[hidden]` f32 after the decoder's last norm; of heads that read
   * several tokens one row each. Only if `features` asked for it.
   */
  readonly features?: Float32Array;
  /** What the model made of the input, apart from the response. Only if `features` asked for it. */
  readonly inputFeatures?: InputFeatures;
  /** Tokens of the judged response, `[begin, end)` in `tokenIds`. */
  readonly response: { readonly begin: number; readonly end: number };
  readonly images: readonly ScoredImage[];
  readonly timesMs: StageTimesMs;
  /** Each prompt by itself, for a model that has several: EditReward. */
  readonly passes?: readonly PassOutputs[];
}

/** Progress of one stage of loading. */
export interface StageProgress {
  readonly stage: "resolve" | "download" | "verify" | "upload" | "quantise" | "compile" | "ready";
  readonly loadedBytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
  /** Seconds left in this stage; undefined before a rate is known. */
  readonly secondsLeft: number | undefined;
  /** The file that is being read, if there is one. */
  readonly file?: string;
  /** True if the bytes come from this machine. */
  readonly cached?: boolean;
}

/** Progress of loading. Bytes are of the current stage. */
export interface Progress extends StageProgress {
  /** How far loading is as a whole, 0 to 1. It never falls, and is 1 once the model is ready. */
  readonly overall: number;
}

/**
 * How the matrices of the decoder are held on the GPU; with `q4` those of the vision tower as `q8`.
 */
export type WeightForm = "stored" | "q8" | "q4";

/** Whether all weights stay on the GPU, or pass through it layer by layer. */
export type Residency = "auto" | "resident" | "streamed";

/** Keeps short texts by key. What it fails to keep is found out again. */
export interface KernelMemory {
  read(key: string): Promise<string | undefined>;
  write(key: string, value: string): Promise<void>;
}

/**
 * Which kernels run, by the names of profiles and tunings in `src/kernels/`, and who chose them.
 */
export interface Kernels {
  readonly profile: string;
  readonly matmul: string;
  readonly matmulQuantised: string;
  readonly attention: string;
  /**
   * The caller (`given`), what is known of the `adapter`, or timing: now (`timed`) or at another
   * time (`remembered`).
   */
  readonly chosen: "given" | "adapter" | "timed" | "remembered";
}
