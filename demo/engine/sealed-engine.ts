/**
 * The two workers of the page, as one line:
 *
 *   library   may use the network: finds, fetches and keeps models; sees no picture and no text
 *   engine    sealed: scores; it asks the library for a model's files until the model is loaded
 *
 * A call that brings pictures or texts waits until the library has closed its gate.
 */
import { startSealedWorker } from "../../src/sealed/sealed-worker.ts";
import type { SealedWorker } from "../../src/sealed/sealed-worker.ts";
// oxlint-disable-next-line import/default -- Vite makes it: the address of one file
import engineUrl from "../worker.ts?worker&url";
import { noteRequests } from "../base/requests.ts";
import type { MadeRequest } from "../base/requests.ts";
import type { WorkerPort } from "./client.ts";
import type { Call, Reply } from "./protocol.ts";

/** Calls that the library answers. All others are the engine's. */
const LIBRARY: readonly string[] = [
  "inspect",
  "kept",
  "verify",
  "repair",
  "remove",
  "publishedHead",
  "fetchPicture",
];

/** What the page tells the library besides calls, and its answer. */
export type LibraryMessage = { readonly serve: MessagePort } | { readonly seal: true };
export type LibrarySealed = { readonly sealed: true };
/** What the library says unasked: requests that it made. */
export type LibraryRequests = { readonly requests: readonly MadeRequest[] };
type Said = Reply | LibrarySealed | LibraryRequests;

let script: Promise<string> | undefined;

/** Fetches the engine's script once: each engine is made of its text. */
async function engineScript(): Promise<string> {
  script ??= fetch(engineUrl).then(async (response) => {
    if (!response.ok) throw new Error(`the engine's script: status ${response.status}`);
    return await response.text();
  });
  script.catch(() => (script = undefined));
  return await script;
}

export class SealedEngine extends EventTarget implements WorkerPort {
  readonly #library: Worker;
  readonly #starting: Promise<SealedWorker>;
  #loading: number | undefined;
  #isEnded = false;
  /** Settled once the gate is closed. */
  #sealed = Promise.withResolvers<void>();

  constructor() {
    super();
    this.#library = new Worker(new URL("../library.ts", import.meta.url), { type: "module" });
    this.#listen(this.#library);
    this.#library.addEventListener("message", ({ data }: MessageEvent<Said>) => {
      if ("sealed" in data) this.#sealed.resolve();
      if ("requests" in data) noteRequests(data.requests);
    });
    this.#starting = this.#start();
    this.#starting.catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      this.dispatchEvent(new ErrorEvent("error", { message }));
    });
  }

  async #start(): Promise<SealedWorker> {
    const started = await startSealedWorker(await engineScript());
    if (this.#isEnded) started.end();
    const { port1, port2 } = new MessageChannel();
    this.#library.postMessage({ serve: port1 } satisfies LibraryMessage, [port1]);
    started.worker.postMessage({ fetchPort: port2 }, [port2]);
    this.#listen(started.worker);
    return started;
  }

  /** Passes on what a worker says; the end of loading closes the gate first. */
  #listen(worker: Worker): void {
    worker.addEventListener("message", ({ data }: MessageEvent<Said>) => {
      if ("sealed" in data || "requests" in data) return;
      if (data.id === this.#loading && data.reply === "result") {
        this.#library.postMessage({ seal: true } satisfies LibraryMessage);
      }
      this.dispatchEvent(new MessageEvent("message", { data }));
    });
    worker.addEventListener("error", ({ message }) => {
      this.dispatchEvent(new ErrorEvent("error", { message }));
    });
    worker.addEventListener("messageerror", () => {
      this.dispatchEvent(new MessageEvent("messageerror"));
    });
  }

  postMessage(call: Call): void {
    if (LIBRARY.includes(call.call)) {
      this.#library.postMessage(call);
      return;
    }
    if (call.call === "abort") this.#library.postMessage(call);
    if (call.call === "load") this.#loading = call.id;
    const isPrivate = call.call !== "load" && call.call !== "abort";
    // What cannot be cloned must fail here, where the caller sees it.
    const copy = structuredClone(call);
    void this.#send(copy, isPrivate);
  }

  async #send(call: Call, isPrivate: boolean): Promise<void> {
    const started = await this.#starting.catch(() => undefined);
    if (isPrivate) await this.#sealed.promise;
    if (!this.#isEnded) started?.worker.postMessage(call);
  }

  terminate(): void {
    this.#isEnded = true;
    this.#library.terminate();
    this.#starting.then(
      (started) => started.end(),
      () => {},
    );
  }
}
