// Tested by: test/load/inspect.test.ts
/** What a look at a model tells, and what it is asked with. */
import type { ModelStore } from "../../store/model-store.ts";
import type { LoadAliases } from "../aliases.ts";
import type { WeightForm } from "../../types.ts";

/** What the weights of a model take on the GPU in one form. */
export interface FormNeed {
  readonly form: WeightForm;
  /** All of them together. */
  readonly totalBytes: number;
  /** The least with which they can pass through: one group computes while the next is read. */
  readonly leastBytes: number;
}

/** What is known of a model before it is loaded. */
export interface Inspection {
  readonly name: string;
  /** The name in config.json. */
  readonly architecture: string;
  /** False for text models. */
  readonly hasVision: boolean;
  readonly files: readonly { readonly path: string; readonly byteLength: number }[];
  /** True if the files are on this machine and need no download. */
  readonly isLocal: boolean;
  /** Bytes of it that the store has; undefined without a store. */
  readonly keptBytes: number | undefined;
  /** Bytes that the browser still offers to the store; undefined if it does not say. */
  readonly freeBytes: number | undefined;
  /** One for each form in which it can be loaded. */
  readonly needs: readonly FormNeed[];
  /** The most that this adapter binds; larger matrices are split by rows. */
  readonly maxBindingBytes: number;
}

export interface InspectOptions extends Pick<LoadAliases, "revision"> {
  /** Access token of the hub, for gated and private models. */
  readonly token?: string | undefined;
  /** The hub, `https://huggingface.co` by default. */
  readonly endpoint?: string | undefined;
  /** What it has is read without the network. */
  readonly store?: ModelStore | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The GPU that would load it; `navigator.gpu` by default. */
  readonly gpu?: GPU | undefined;
}
