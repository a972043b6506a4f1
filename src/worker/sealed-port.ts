// Tested by: test/worker/sealed.browser.test.ts
/**
 * Two workers as one port:
 *
 *   loader   may use the network: fetches a model's files; sees no picture and no text
 *   engine   sealed: scores; it asks the loader for files until the model is loaded
 *
 * A call that brings pictures or texts waits until the loader has closed its gate.
 */
import { startSealedWorker } from "../sealed/sealed-worker.ts";
import type { SealedWorker } from "../sealed/sealed-worker.ts";
import type { CallPort } from "./call-line.ts";

interface LineCall {
  readonly id: number;
  readonly call: string;
}

interface Heard {
  readonly id: number;
  readonly reply: string;
}

export interface SealedParts {
  /** The text of the engine's classic script. */
  readonly script: () => Promise<string>;
  readonly loader: Worker;
  /** Called when the workers have been ended. */
  readonly onEnd?: (() => void) | undefined;
  /** Told to the engine before all else. */
  readonly setUp?: object | undefined;
}

/** These bring nothing private. The answer to the first closes the gate. */
const OPEN_CALLS: readonly string[] = ["load", "abort", "ping", "watch"];

export class SealedPort extends EventTarget implements CallPort {
  readonly #loader: Worker;
  readonly #starting: Promise<SealedWorker>;
  #loading: number | undefined;
  #isEnded = false;
  readonly #onEnd: (() => void) | undefined;
  /** Settled once the gate is closed. */
  readonly #sealed = Promise.withResolvers<void>();

  constructor({ script, loader, onEnd, setUp = {} }: SealedParts) {
    super();
    this.#loader = loader;
    this.#onEnd = onEnd;
    loader.addEventListener("message", ({ data }: MessageEvent<object>) => {
      if ("sealed" in data) this.#sealed.resolve();
    });
    this.#passFailures(loader);
    this.#starting = this.#start(script, setUp);
    this.#starting.catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      this.dispatchEvent(new ErrorEvent("error", { message }));
    });
  }

  async #start(script: SealedParts["script"], setUp: object): Promise<SealedWorker> {
    const started = await startSealedWorker(await script());
    if (this.#isEnded) started.end();
    const { port1, port2 } = new MessageChannel();
    this.#loader.postMessage({ servePort: port1 }, [port1]);
    started.worker.postMessage({ fetchPort: port2, ...setUp }, [port2]);
    // The end of loading closes the gate before anyone hears of it.
    started.worker.addEventListener("message", ({ data }: MessageEvent<Heard>) => {
      if (data.id === this.#loading && data.reply === "result") {
        this.#loader.postMessage({ seal: true });
      }
      this.dispatchEvent(new MessageEvent("message", { data }));
    });
    this.#passFailures(started.worker);
    return started;
  }

  #passFailures(worker: Worker): void {
    worker.addEventListener("error", ({ message }) => {
      this.dispatchEvent(new ErrorEvent("error", { message }));
    });
    worker.addEventListener("messageerror", () => {
      this.dispatchEvent(new MessageEvent("messageerror"));
    });
  }

  postMessage(message: unknown): void {
    const call = message as LineCall;
    if (call.call === "load") this.#loading = call.id;
    // What cannot be cloned must fail here, where the caller sees it.
    const copy = structuredClone(call);
    void this.#send(copy, !OPEN_CALLS.includes(call.call));
  }

  async #send(call: LineCall, isPrivate: boolean): Promise<void> {
    const started = await this.#starting.catch(() => undefined);
    if (isPrivate) await this.#sealed.promise;
    if (!this.#isEnded) started?.worker.postMessage(call);
  }

  terminate(): void {
    this.#isEnded = true;
    this.#loader.terminate();
    this.#onEnd?.();
    this.#starting.then(
      (started) => started.end(),
      () => {},
    );
  }
}
