/**
 * Calls to a worker, and their answers, over any port.
 *
 *   page     { id, call, … }      { id, call: "abort" }       { id: 0, call: "ping" }
 *   worker   { id, reply: "result" | "error" }  { id, reply, … }  { id: 0, reply: "pong" }
 *
 * Each greeting of the worker, `hello` or `pong`, has its version: a cached script of another one
 * would compute other numbers, or none.
 *
 * While calls wait, the worker is asked now and then whether it still hears. Time is counted in
 * beats of a timer, so a page that was hidden or frozen does not take its own sleep for the
 * worker's.
 */
import { fromWire } from "./wire-error.ts";
import type { WireError } from "./wire-error.ts";

/** The part of `Worker` and `MessagePort` that is used. */
export interface CallPort {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
  start?(): void;
}

/** What comes from the worker. Others than these four are for the caller. */
export type LineReply =
  | { readonly id: number; readonly reply: "result"; readonly result: unknown }
  | { readonly id: number; readonly reply: "error"; readonly error: WireError }
  | Greeting;

export interface Greeting {
  readonly id: 0;
  readonly reply: "pong" | "hello";
  readonly version?: string | undefined;
}

export interface LineCallOptions<Reply> {
  readonly signal?: AbortSignal | undefined;
  /** Called with what the worker says before its answer, until the signal aborts. */
  readonly onReply?: ((reply: Reply) => void) | undefined;
  readonly transfer?: readonly Transferable[] | undefined;
}

/** Why a worker answers no more. */
export interface LineDeath {
  /**
   * It never started, it is of another version, it said what cannot be read, it is silent, or its
   * owner ended it.
   */
  readonly kind: "start" | "version" | "error" | "silent" | "ended";
  readonly message: string;
  /** The version that it named, if it is another; "none" if it named none. */
  readonly version?: string | undefined;
}

/** The error of calls that still waited. */
export class LineClosed extends Error {
  override readonly name = "LineClosed";
  readonly death: LineDeath;

  constructor(death: LineDeath) {
    super(death.message);
    this.death = death;
  }
}

export interface LineOptions {
  /** Called once, before the calls that wait are rejected. The port is its owner's to end. */
  readonly onDeath?: ((death: LineDeath) => void) | undefined;
  /** Called each time that no call waits any more. */
  readonly onIdle?: (() => void) | undefined;
  /** How long a worker that has spoken may be silent while a call waits: 60 s by default. */
  readonly silenceMs?: number | undefined;
  /** Called with what comes when no call waits for it: news of the worker itself. */
  readonly onNews?: ((reply: never) => void) | undefined;
  /** True if the worker may run already: it must answer, whether it has spoken or not. */
  readonly isStarted?: boolean | undefined;
  /** The version that the worker must have. Without one, none is asked for. */
  readonly version?: string | undefined;
}

/** How long a script may take to arrive and speak. */
const START_MS = 900_000;
/**
 * How long a worker may be silent after it was asked to stop. Decoding a large picture keeps it
 * from hearing for a second or two; an endless loop in what a file computes, for good.
 */
export const ABORT_SILENCE_MS = 10_000;
const SILENCE_MS = 60_000;
const BEAT_MS = 5000;
const PING = { id: 0, call: "ping" };

interface Waiting {
  readonly signal: AbortSignal | undefined;
  readonly onReply: ((reply: never) => void) | undefined;
  settle(result: unknown): void;
  fail(error: Error): void;
}

export class CallLine {
  readonly #port: CallPort;
  readonly #options: LineOptions;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #beats: ReturnType<typeof setInterval> | undefined;
  /** Beats since the worker was last heard, counted from a question that it must answer. */
  #silentBeats = 0;
  #isAsked = false;
  #hasSpoken = false;
  /** Whether it has greeted, by the right version if one is wanted. */
  #isKnown = false;
  /** What the worker's last error says, until the worker speaks again. */
  #failure: string | undefined;
  #death: LineDeath | undefined;

  constructor(port: CallPort, options: LineOptions = {}) {
    this.#port = port;
    this.#options = options;
    this.#hasSpoken = options.isStarted ?? false;
    port.addEventListener("message", (event) => {
      this.#hear((event as MessageEvent<LineReply>).data);
    });
    port.addEventListener("error", (event) => {
      const { message } = event as ErrorEvent;
      if (!this.#hasSpoken) {
        this.close({ kind: "start", message: message || "the worker could not be started" });
        return;
      }
      // An error outside of calls ends some workers, and others go on.
      this.#failure = message || "the worker failed";
      this.#isAsked = true;
      if (this.#waiting.size > 0) port.postMessage(PING, []);
    });
    port.addEventListener("messageerror", () => {
      this.close({ kind: "error", message: "the worker sent what cannot be read" });
    });
    port.start?.();
    if (options.version !== undefined) port.postMessage(PING, []);
  }

  /** Undefined while the worker answers. */
  get death(): LineDeath | undefined {
    return this.#death;
  }

  /** Calls whose answer has not come, aborted ones among them. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Asks the worker. An abort of the signal is passed on, and the worker's answer decides: it may
   * have finished before.
   * @param request the call's name and fields
   * @throws LineClosed if the worker ends before its answer, DataCloneError for what cannot be sent
   */
  call<Result, Reply>(
    request: { readonly call: string },
    { signal, onReply, transfer = [] }: LineCallOptions<Reply> = {},
  ): Promise<Result> {
    if (this.#death) return Promise.reject(new LineClosed(this.#death));
    const id = (this.#lastId += 1);
    return new Promise<Result>((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = (): void => {
        this.#isAsked = true;
        this.#port.postMessage({ id, call: "abort" }, []);
      };
      const finish = (): void => {
        this.#waiting.delete(id);
        signal?.removeEventListener("abort", abort);
        if (this.#waiting.size > 0) return;
        this.#rest();
        this.#options.onIdle?.();
      };
      // What cannot be cloned throws here, and nothing waits.
      this.#port.postMessage({ id, ...request }, [...transfer]);
      this.#waiting.set(id, {
        signal,
        onReply,
        settle: (result) => (finish(), resolve(result as Result)),
        fail: (error) => (finish(), reject(error)),
      });
      signal?.addEventListener("abort", abort);
      this.#beats ??= setInterval(() => this.#beat(), this.#beatMs);
    });
  }

  /** Ends the line: calls that wait are rejected, later ones too. */
  close(death: LineDeath): void {
    if (this.#death) return;
    this.#death = death;
    this.#rest();
    this.#options.onDeath?.(death);
    for (const one of this.#waiting.values()) one.fail(new LineClosed(death));
  }

  #greet({ version = "none" }: Greeting): void {
    const { version: wanted } = this.#options;
    this.#isKnown = true;
    if (wanted === undefined || version === wanted) return;
    // A load would go on in a worker that its owner keeps.
    for (const id of this.#waiting.keys()) this.#port.postMessage({ id, call: "abort" }, []);
    this.close({ kind: "version", message: "the worker's script is of another version", version });
  }

  #rest(): void {
    clearInterval(this.#beats);
    this.#beats = undefined;
    this.#silentBeats = 0;
    this.#isAsked = false;
  }

  get #beatMs(): number {
    return Math.min(BEAT_MS, this.#options.silenceMs ?? BEAT_MS);
  }

  #beat(): void {
    if (this.#isAsked) this.#silentBeats += 1;
    const isAborted = [...this.#waiting.values()].some(({ signal }) => signal?.aborted);
    const silenceMs = this.#options.silenceMs ?? SILENCE_MS;
    // A script may take minutes to arrive: only one that has spoken can fall silent.
    const general = this.#hasSpoken ? silenceMs : START_MS;
    const isDoubted = isAborted || this.#failure !== undefined;
    const limit = isDoubted ? Math.min(ABORT_SILENCE_MS, general) : general;
    if (this.#silentBeats * this.#beatMs >= limit) {
      const silence = `the worker was silent for ${Math.round(limit / 1000)} s`;
      // One that may have run before can hang at a call of another page.
      const isForeign = !this.#isKnown && !isDoubted && this.#options.isStarted !== true;
      this.close(
        isForeign
          ? { kind: "start", message: `${silence}, and never answered as an engine` }
          : { kind: "silent", message: this.#failure ?? silence },
      );
      return;
    }
    this.#isAsked = true;
    this.#port.postMessage(PING, []);
  }

  #hear(reply: LineReply): void {
    this.#hasSpoken = true;
    // A worker of one's own may say other things; they are not for this line.
    if (typeof (reply as Partial<LineReply> | null)?.reply !== "string") return;
    this.#silentBeats = 0;
    this.#isAsked = false;
    this.#failure = undefined;
    if (reply.reply === "pong" || reply.reply === "hello") this.#greet(reply);
    else this.#isKnown = true;
    const waiting = this.#waiting.get(reply.id);
    if (reply.reply === "result") waiting?.settle(reply.result);
    else if (reply.reply === "error") waiting?.fail(fromWire(reply.error));
    else if (!waiting) this.#options.onNews?.(reply as never);
    // What comes after an abort could overwrite newer state.
    else if (waiting.signal?.aborted !== true) waiting.onReply?.(reply as never);
  }
}
