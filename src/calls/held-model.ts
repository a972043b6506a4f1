// Tested by: test/gpu/leaks.gpu.test.ts
/**
 * A loaded model for as long as its user holds it: calls queue up, and a lost device is replaced.
 */
import { orAborted } from "../abort.ts";
import { GpuError, InputError, WeightsError } from "../errors.ts";
import type { LoadedModel } from "../load/load.ts";
import { Arena } from "../pass/arena.ts";
import type { ScoreOptions } from "../types.ts";

/** Loads again; `refused` says why the quantised copy is not to be read. */
export type Reload = (refused: WeightsError | undefined) => Promise<LoadedModel>;

/** A lost device is replaced at most MAX_RECOVERIES times in RECOVERY_WINDOW_MS. */
const MAX_RECOVERIES = 3;
const RECOVERY_WINDOW_MS = 600_000;

export class HeldModel {
  #model: LoadedModel;
  #arena: Arena;
  #queue: Promise<unknown> = Promise.resolve();
  #isDisposed = false;
  /** When the model was loaded again after its device was lost. */
  #recoveries: number[] = [];
  readonly #reload: Reload;
  /** Resolves when the quantised form is stored; undefined before that work begins. */
  #keeping: Promise<boolean> | undefined;
  #leaving = new AbortController();

  constructor(model: LoadedModel, reload: Reload) {
    this.#model = model;
    this.#arena = new Arena(model.device);
    this.#reload = reload;
  }

  /** The model now: another one after its device was lost. */
  get model(): LoadedModel {
    return this.#model;
  }

  get arena(): Arena {
    return this.#arena;
  }

  /** Waits until the store has the weights in their quantised form. @returns as `RewardModel` */
  async keepQuantised(): Promise<boolean> {
    if (this.#isDisposed) return false;
    this.#keeping ??= this.#model.keepCopy(this.#leaving.signal);
    return await this.#keeping;
  }

  /** Frees all GPU memory; calls that are queued come first, later ones are refused. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#queue.catch(() => {});
    await this.#free();
  }

  /**
   * Runs the work after earlier calls, and again on a new device if the device is lost. Aborting
   * returns immediately. The next call waits for what the aborted one still has on the GPU.
   */
  async enqueue<T>({ signal }: ScoreOptions, work: () => Promise<T>): Promise<T> {
    if (this.#isDisposed) {
      throw new InputError({
        where: this.#model.name,
        what: "the model was disposed of",
        todo: "Load it again",
      });
    }
    const result = this.#queue
      .catch(() => {})
      .then(async () => {
        signal?.throwIfAborted();
        try {
          return await work();
        } catch (error) {
          if (await this.#model.device.explains(error)) {
            await this.#recover(error);
          } else if (this.#model.isCopy && error instanceof WeightsError) {
            // Damage of the copy shows when it is read late: what it was made of is loaded.
            await this.#replaceModel(error);
          } else {
            throw error;
          }
          return await work();
        }
      });
    this.#queue = result;
    return await orAborted(signal, result);
  }

  /**
   * Loads the model again on a new device, a few times in a while: a GPU that keeps dying is left
   * alone.
   */
  async #recover(cause: unknown): Promise<void> {
    const now = performance.now();
    this.#recoveries = this.#recoveries.filter((time) => now - time < RECOVERY_WINDOW_MS);
    if (this.#recoveries.length >= MAX_RECOVERIES) {
      throw new GpuError({
        where: `GPU ${this.#model.device.adapter.name}`,
        what: `the device was lost ${MAX_RECOVERIES + 1} times in ten minutes`,
        todo: "Close other pages that use the GPU, choose q8 or q4 weights, or a smaller memory budget",
        cause,
      });
    }
    this.#recoveries.push(now);
    await this.#replaceModel();
  }

  async #replaceModel(refused?: WeightsError): Promise<void> {
    await this.#free();
    this.#model = await this.#reload(refused);
    this.#arena = new Arena(this.#model.device);
  }

  async #free(): Promise<void> {
    this.#leaving.abort();
    await this.#keeping;
    this.#keeping = undefined;
    this.#leaving = new AbortController();
    this.#arena.destroy();
    await free(this.#model);
  }
}

/** Frees what a model has on the GPU, and closes its files. */
export async function free({ holder, vocabulary, device, close }: LoadedModel): Promise<void> {
  vocabulary?.destroy();
  holder.destroy();
  device.destroy();
  await close();
}
