/** What a caller chooses when a model is loaded, and the check of it. */
import {
  atLeast,
  checkOptions,
  isAnything,
  isFlag,
  isFunction,
  isSignal,
  isText,
  objectWith,
  oneOf,
} from "../base/options.ts";
import type { Rule, Rules } from "../base/options.ts";
import { isObject } from "../base/json.ts";
import { DTYPES } from "./aliases.ts";
import type { LoadAliases } from "./aliases.ts";
import type { HeadFile } from "./own-head.ts";
import type { ModelStore } from "../store/model-store.ts";
import type {
  KernelMemory,
  PictureDecoder,
  Progress,
  Residency,
  StageProgress,
  WeightForm,
} from "../types.ts";

export interface LoadOptions extends LoadAliases {
  /** `stored` (exact, the default), `q8` or `q4`. */
  readonly weights?: WeightForm | undefined;
  readonly residency?: Residency | undefined;
  /**
   * Which kernels run, by the name of a profile in `src/kernels/profile.ts`. By default those that
   * suit the adapter. On an unknown GPU a few are timed, for a second at most, while the model
   * loads. `timed` does this on software adapters too. Matmuls by matrix units (`matrix-…`) run
   * only if they pass a test of their numbers; otherwise others run, with a warning.
   * @experimental the names may change in any version
   */
  readonly kernelProfile?: string | undefined;
  /** Remembers which kernels were fastest; by default in the browser's Cache Storage. */
  readonly kernelMemory?: KernelMemory | undefined;
  /**
   * What the model's reward is, in place of what its folder says: the name of a published model
   * whose record is built in, or the content of a reward.json.
   */
  readonly reward?: string | object | undefined;
  /** The name of a chat template, for a model that has several; "default" if it is left out. */
  readonly chatTemplate?: string | undefined;
  /** Access token of the hub, for gated and private models. */
  readonly token?: string | undefined;
  /** The hub, `https://huggingface.co` by default. */
  readonly endpoint?: string | undefined;
  /**
   * Keeps downloaded models, so that the next visit reads them from disk: `await
   * ModelStore.open()`.
   */
  readonly store?: ModelStore | undefined;
  /**
   * Whether the store also keeps the weights in their q8 or q4 form for the next visit; true by
   * default.
   */
  readonly keepQuantised?: boolean | undefined;
  /**
   * GPU bytes that weights and activations together may take: 64 KiB at least, 6 GiB by default.
   */
  readonly memoryBudgetBytes?: number | undefined;
  /**
   * Whose arithmetic resizes pictures; by default that of the checkpoint's own image processor in
   * transformers 5, and Pillow 13's for a prompt of the model's own that sets picture sizes.
   * `pillow` resizes rows first, as Pillow up to 12; `pillow13` in the order of Pillow 13.
   */
  readonly resize?: "torchvision" | "pillow" | "pillow13" | undefined;
  /**
   * Whether pictures are turned as their EXIF orientation says (`exif`) or not (`stored`). The
   * default is `exif`, except for a model whose card does not turn them: see `picture-rules.ts`.
   */
  readonly orientation?: "exif" | "stored" | undefined;
  /**
   * Whether transparent pictures are laid over white, or lose their transparency. The default is
   * `white`, except for a model whose own code drops it: HPSv3.
   */
  readonly alpha?: "white" | "drop" | undefined;
  /**
   * Which processor resizes pictures; the bytes are the same. By default the GPU, but not a
   * software adapter.
   */
  readonly resizeOn?: "cpu" | "gpu" | undefined;
  /**
   * A head of the user's in place of the published one: safetensors as `adapt` writes them, by
   * address or as bytes. Its tensors have the published names and shapes.
   */
  readonly head?: HeadFile | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /**
   * Called with facts worth knowing that are not errors: unexpected tensors, a software adapter.
   */
  readonly onWarning?: ((message: string) => void) | undefined;
  /**
   * Decodes picture files in place of the browser: `sharpDecoder()` of `vl-reward/node`, for
   * example.
   */
  readonly decodeImage?: PictureDecoder | undefined;
  /** The GPU to use; `navigator.gpu` by default. */
  readonly gpu?: GPU | undefined;
}

/** The options of one load in our own words; progress comes by stages. */
export type LoadRun = Omit<LoadOptions, "onProgress" | keyof LoadAliases> & {
  readonly onProgress?: ((progress: StageProgress) => void) | undefined;
};

/** The name of a record, or its content; `readRecord` checks the fields. */
const isRecord: Rule = {
  expected: "the name of a published model, or the content of a reward.json",
  fits: (value) => typeof value === "string" || isObject(value),
};

/** A smaller budget was surely given in another unit than bytes. */
const LEAST_BUDGET_BYTES = 64 * 1024;

export const LOAD_RULES: Rules<LoadOptions> = {
  weights: oneOf("stored", "q8", "q4"),
  residency: oneOf("auto", "resident", "streamed"),
  kernelProfile: isText,
  kernelMemory: objectWith("{ read, write }", "read", "write"),
  reward: isRecord,
  chatTemplate: isText,
  token: isText,
  endpoint: isText,
  store: objectWith("a ModelStore", "has", "find"),
  keepQuantised: isFlag,
  memoryBudgetBytes: atLeast(LEAST_BUDGET_BYTES, "bytes"),
  resize: oneOf("torchvision", "pillow", "pillow13"),
  orientation: oneOf("exif", "stored"),
  alpha: oneOf("white", "drop"),
  resizeOn: oneOf("cpu", "gpu"),
  head: isAnything,
  signal: isSignal,
  onProgress: isFunction,
  onWarning: isFunction,
  decodeImage: isFunction,
  gpu: objectWith("a GPU, such as navigator.gpu", "requestAdapter"),
  dtype: oneOf(...DTYPES),
  device: oneOf("webgpu"),
  revision: isText,
};

/** What other libraries call these options. */
const HABITS = {
  quantization: "weights",
  quantized: "weights",
  precision: "weights",
  progresscallback: "onProgress",
  progress: "onProgress",
  cachedir: "store",
  cache: "store",
  localfilesonly: "store",
  authtoken: "token",
  hftoken: "token",
  accesstoken: "token",
  memory: "memoryBudgetBytes",
  maxmemory: "memoryBudgetBytes",
  abortsignal: "signal",
};

/** Checks the options of a load. @throws InputError */
export function checkLoadOptions(options: LoadOptions): void {
  checkOptions("fromPretrained", options, LOAD_RULES, { meant: HABITS, warn: options?.onWarning });
}
