/**
 * The page's end of the line to the worker that holds the engine.
 *
 * Each call gets an id; an `AbortSignal` becomes an `abort` message with that id. A worker that
 * dies (a script that does not load, an uncaught error) fails all calls that wait, so that no
 * promise stays pending.
 */
import type { Explanation } from "../../src/explain/types.ts";
import type { Progress } from "../../src/types.ts";
import { EngineFault } from "../base/faults.ts";
import type { PageFault } from "../base/faults.ts";
import type { Call, CallName, Reply, Requests, Results } from "./protocol.ts";

/** The part of `Worker` that the client needs. */
export type WorkerPort = Pick<
  Worker,
  "postMessage" | "addEventListener" | "removeEventListener" | "terminate"
>;

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Conversations, bytes or pairs that are done, of all. */
  readonly onDone?: ((done: number, total: number) => void) | undefined;
  readonly onFound?: ((found: Explanation) => void) | undefined;
}

/**
 * How long a worker may be silent after it was asked to stop. Decoding a large picture keeps it
 * from hearing for a second or two; an endless loop in what a checkpoint or a file computes, for
 * good.
 */
export const SILENCE_MS = 10_000;

interface Waiting {
  readonly options: CallOptions;
  settle(result: Results[CallName]): void;
  fail(fault: PageFault): void;
}

export class EngineClient {
  readonly #port: WorkerPort;
  readonly #waiting = new Map<number, Waiting>();
  /** Called with warnings after the answer: a loaded model warns as long as it lives. */
  readonly #warned = new Map<number, CallOptions["onWarning"]>();
  readonly #onHang: (() => void) | undefined;
  #lastId = 0;
  /** Counts messages of the worker: one that speaks does not hang. */
  #heard = 0;

  /** @param onHang called after a worker was ended because it did not stop when asked */
  constructor(port: WorkerPort, onHang?: () => void) {
    this.#port = port;
    this.#onHang = onHang;
    port.addEventListener("message", (event) => this.#hear(event.data as Reply));
    port.addEventListener("error", (event) => {
      const message = event.message || "The engine's worker could not be started.";
      this.#failAll({ code: "defect", message });
    });
    port.addEventListener("messageerror", () => {
      this.#failAll({ code: "defect", message: "The engine's worker sent what cannot be read." });
    });
  }

  /** Ends the worker and with it the model; calls that wait fail as aborted. */
  destroy(): void {
    this.#port.terminate();
    this.#failAll({ code: "aborted", message: "The engine was stopped." });
  }

  /** Asks the worker; an `abort` of the signal is passed on, and the worker's word decides. */
  call<K extends CallName>(
    call: K,
    request: Requests[K],
    options: CallOptions = {},
  ): Promise<Results[K]> {
    const id = (this.#lastId += 1);
    const { signal } = options;
    return new Promise<Results[K]>((resolve, reject) => {
      const abort = (): void => {
        this.#port.postMessage({ id, call: "abort" } satisfies Call);
        this.#endIfSilent(id);
      };
      const finish = (): void => {
        this.#waiting.delete(id);
        signal?.removeEventListener("abort", abort);
      };
      if (signal?.aborted) {
        reject(new EngineFault({ code: "aborted", message: "Stopped before it began." }));
        return;
      }
      this.#waiting.set(id, {
        options,
        settle: (result) => {
          finish();
          this.#warned.set(id, options.onWarning);
          resolve(result as Results[K]);
        },
        fail: (fault) => (finish(), reject(new EngineFault(fault))),
      });
      signal?.addEventListener("abort", abort);
      try {
        this.#port.postMessage({ id, call, ...request });
      } catch (error) {
        finish();
        reject(new EngineFault({ code: "defect", message: String(error) }));
      }
    });
  }

  /** Ends the worker if it says nothing while an aborted call still waits. */
  #endIfSilent(id: number): void {
    const heard = this.#heard;
    setTimeout(() => {
      if (!this.#waiting.has(id)) return;
      if (this.#heard !== heard) {
        this.#endIfSilent(id);
        return;
      }
      this.destroy();
      this.#onHang?.();
    }, SILENCE_MS);
  }

  #hear(reply: Reply): void {
    this.#heard += 1;
    const waiting = this.#waiting.get(reply.id);
    // Drop replies to an aborted call: they could overwrite newer state.
    const listener = waiting?.options.signal?.aborted === true ? undefined : waiting?.options;
    switch (reply.reply) {
      case "progress":
        listener?.onProgress?.(reply.progress);
        break;
      case "done":
        listener?.onDone?.(reply.done, reply.total);
        break;
      case "found":
        listener?.onFound?.(reply.found);
        break;
      case "warning":
        (listener?.onWarning ?? this.#warned.get(reply.id))?.(reply.message);
        break;
      case "result":
        waiting?.settle(reply.result);
        break;
      case "error":
        waiting?.fail(reply.fault);
        break;
    }
  }

  #failAll(fault: PageFault): void {
    for (const waiting of this.#waiting.values()) {
      waiting.fail(fault);
    }
  }
}
