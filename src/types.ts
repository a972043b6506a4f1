/**
 * The types that a user of the library meets: conversations in, scores and progress out.
 *
 * Messages have the form of transformers' chat templates.
 */

/** A picture: anything a browser can decode, pixels as they are, or a URL. */
export type ImageInput = Blob | ImageBitmap | ImageData | URL | string;

export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

export interface ImagePart {
  readonly type: "image";
  readonly image: ImageInput;
}

export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string | readonly (TextPart | ImagePart)[];
}

/** A conversation whose last turn is the assistant's: the response that is judged. */
export type Conversation = readonly Message[];

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

/** Milliseconds of each stage of a scoring. Stages that were shared by a batch count whole in each score. */
export interface StageTimesMs {
  /** Decoding pictures, and resizing those that the CPU resizes. */
  readonly images: number;
  /** Template and tokenizer. */
  readonly text: number;
  /** Recording, encoding and running the passes on the GPU, pictures resized there among them, to the read-back of the scores. */
  readonly gpu: number;
  readonly total: number;
}

/** The answer to one conversation. */
export interface Score {
  /** The reward: unbounded, uncalibrated; only differences for the same prompt mean something. */
  readonly value: number;
  /** Token ids of the whole templated conversation. */
  readonly tokenIds: Uint32Array;
  /** The value head at every token: how the score came about. The last one is `value`, where it is no padding. */
  readonly tokenValues: Float32Array;
  /** Tokens of the judged response, `[begin, end)` in `tokenIds`. */
  readonly response: { readonly begin: number; readonly end: number };
  readonly images: readonly ScoredImage[];
  readonly timesMs: StageTimesMs;
}

/** Where loading stands. Bytes are of the current stage. */
export interface Progress {
  readonly stage: "resolve" | "download" | "verify" | "upload" | "quantise" | "compile" | "ready";
  readonly loadedBytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
  /** Seconds left in this stage; undefined before a rate is known. */
  readonly secondsLeft: number | undefined;
  /** The file that is being read, where there is one. */
  readonly file?: string;
  /** True where the bytes come from this machine. */
  readonly cached?: boolean;
}

/** How the matrices of the decoder are held on the GPU; with `q4` those of the vision tower as `q8`. */
export type WeightForm = "stored" | "q8" | "q4";

/** Whether all weights stay on the GPU, or pass through it layer by layer. */
export type Residency = "auto" | "resident" | "streamed";

/** Keeps short texts by key. What it fails to keep is found out again. */
export interface KernelMemory {
  read(key: string): Promise<string | undefined>;
  write(key: string, value: string): Promise<void>;
}

/** Which kernels run, by the names of profiles and tunings in `src/kernels/`, and who chose them. */
export interface Kernels {
  readonly profile: string;
  readonly matmul: string;
  readonly matmulQuantised: string;
  readonly attention: string;
  /** The caller (`given`), what is known of the `adapter`, or timing: now (`timed`) or at another time (`remembered`). */
  readonly chosen: "given" | "adapter" | "timed" | "remembered";
}
