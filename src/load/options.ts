/** What a caller chooses when a model is loaded. */
import type { ModelStore } from "../store/model-store.ts";
import type { KernelMemory, Progress, Residency, WeightForm } from "../types.ts";

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
