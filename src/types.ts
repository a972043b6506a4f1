/**
 * The types that a user of the library meets: conversations in, scores and progress out.
 *
 * Messages have the form of transformers' chat templates.
 */

import type { ModelStore } from "./weights/store/model-store.ts";

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

export interface LoadOptions {
  /** `stored` (exact, the default), `q8` or `q4`. */
  readonly weights?: WeightForm;
  readonly residency?: Residency;
  /**
   * Which kernels run, by the name of a profile in `src/kernels/profile.ts`. By default what suits the adapter: a GPU that is
   * new times a few, for a second at most, while the model loads. `timed` makes software adapters do so too. Kernels in f16
   * (`half`, `matrix`) run only where they pass a test of their numbers; where not, others do, with a warning.
   */
  readonly kernelProfile?: string;
  /** Where it is remembered which kernels were fastest; by default in the browser's Cache Storage. */
  readonly kernelMemory?: KernelMemory;
  /** Access token of the hub, for gated and private models. */
  readonly token?: string;
  /** The hub, `https://huggingface.co` by default. */
  readonly endpoint?: string;
  /** Where downloaded models are kept, so that the next visit reads them from disk: `await ModelStore.open()`. */
  readonly store?: ModelStore;
  /** Whether the store also keeps the weights as q8 or q4 has them, for the next visit to read; true by default. */
  readonly keepQuantised?: boolean;
  /** GPU bytes that weights and activations together may take. */
  readonly memoryBudgetBytes?: number;
  /** Whose arithmetic resizes pictures; by default that of the checkpoint's own image processor in transformers 5. */
  readonly resize?: "torchvision" | "pillow";
  /** Where pictures are resized, to the same bytes: by default on GPUs, but not on adapters that are software themselves. */
  readonly resizeOn?: "cpu" | "gpu";
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Things worth knowing that are no errors: unexpected tensors, a software adapter. */
  readonly onWarning?: (message: string) => void;
  /** The GPU to use; `navigator.gpu` by default. */
  readonly gpu?: GPU;
}
