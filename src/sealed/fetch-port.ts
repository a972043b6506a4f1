// Tested by: test/sealed/fetch-port.test.ts
/**
 * `fetch` over a message port: a sealed worker asks, and a worker beside it that may use the
 * network
 * answers while a model is loaded. Afterwards the gate is closed: only the files that were read
 * before are read again, by ranges of their bytes.
 */

/** What the sealed side asks. Bodies are never sent. */
type Ask =
  | {
      readonly id: number;
      readonly ask: "fetch";
      readonly url: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly cache: RequestCache | undefined;
    }
  | { readonly id: number; readonly ask: "pull" | "cancel" };

/** What comes back. */
type Tell =
  | {
      readonly id: number;
      readonly tell: "head";
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
      readonly url: string;
      readonly redirected: boolean;
    }
  | { readonly id: number; readonly tell: "bytes"; readonly bytes: Uint8Array }
  | { readonly id: number; readonly tell: "end" }
  | { readonly id: number; readonly tell: "failed"; readonly message: string };

/** The part of a MessagePort that is used here. */
export type Port = Pick<MessagePort, "postMessage" | "addEventListener" | "start">;

const NO_BODY = [204, 205, 304];

interface Waiting {
  head(response: Response): void;
  fail(error: Error): void;
  stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  pulled: (() => void) | undefined;
}

/** Returns a `fetch` that asks through the port. It sends GET requests without a body. */
export function fetchThrough(port: Port): typeof fetch {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  port.addEventListener("message", ({ data }: MessageEvent<Tell>) => {
    const one = waiting.get(data.id);
    if (one) hear(data, one, () => waiting.delete(data.id), send);
  });
  port.start();
  const send = (ask: Ask): void => port.postMessage(ask);

  return async (input, init = {}) => {
    const { signal } = init;
    signal?.throwIfAborted();
    const url = typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
    const method = init.method ?? "GET";
    if (method !== "GET" || (init.body !== undefined && init.body !== null)) {
      throw new TypeError(`a sealed worker sends no ${method} request`);
    }
    const id = (lastId += 1);
    return await new Promise<Response>((resolve, reject) => {
      const one: Waiting = {
        head: resolve,
        fail(error) {
          reject(error);
          one.stream?.error(error);
          waiting.delete(id);
        },
        stream: undefined,
        pulled: undefined,
      };
      waiting.set(id, one);
      signal?.addEventListener("abort", () => {
        if (!waiting.has(id)) return;
        send({ id, ask: "cancel" });
        one.fail(signal.reason as Error);
        one.pulled?.();
      });
      send({ id, ask: "fetch", url, headers: [...new Headers(init.headers)], cache: init.cache });
    });
  };
}

function hear(tell: Tell, one: Waiting, done: () => void, send: (ask: Ask) => void): void {
  const { id } = tell;
  switch (tell.tell) {
    case "head": {
      const hasBody = !NO_BODY.includes(tell.status);
      const body = new ReadableStream<Uint8Array>(
        {
          start: (stream) => void (one.stream = stream),
          pull: () =>
            new Promise((resolve) => {
              one.pulled = resolve;
              send({ id, ask: "pull" });
            }),
          cancel() {
            send({ id, ask: "cancel" });
            done();
          },
        },
        { highWaterMark: 0 },
      );
      const { status, url, redirected } = tell;
      const response = new Response(hasBody ? body : null, {
        status,
        headers: tell.headers.map(([name, value]): [string, string] => [name, value]),
      });
      // A response that a script makes has no address of its own.
      Object.defineProperties(response, { url: { value: url }, redirected: { value: redirected } });
      if (!hasBody) done();
      one.head(response);
      break;
    }
    case "bytes":
      one.stream?.enqueue(tell.bytes);
      one.pulled?.();
      break;
    case "end":
      one.stream?.close();
      one.pulled?.();
      done();
      break;
    case "failed":
      one.fail(new TypeError(tell.message));
      one.pulled?.();
      break;
  }
}

/** The side with the network. */
export interface FetchGate {
  /** Closes the gate: from now on only known files are read, nothing else is requested. */
  seal(): void;
}

const RANGE = /^bytes=\d+-\d*$/;

/** Answers a sealed worker's requests until the gate is closed. */
export function serveFetch(
  port: Port,
  request: typeof fetch = (...args) => fetch(...args),
): FetchGate {
  /** The headers with which each address was asked for, but for its range. */
  const known = new Map<string, readonly (readonly [string, string])[]>();
  const running = new Map<number, Running>();
  let isClosed = false;
  port.addEventListener("message", ({ data }: MessageEvent<Ask>) => {
    if (data.ask === "fetch") void answer(data);
    else if (data.ask === "pull") void running.get(data.id)?.pull();
    else {
      running.get(data.id)?.abort.abort();
      running.delete(data.id);
    }
  });
  port.start();
  const tell = (message: Tell, transfer: Transferable[] = []): void =>
    port.postMessage(message, transfer);

  async function answer({ id, url, headers, cache }: Ask & { ask: "fetch" }): Promise<void> {
    const range = headers.filter(([name]) => name.toLowerCase() === "range");
    const others = headers.filter(([name]) => name.toLowerCase() !== "range");
    const before = known.get(url);
    if (isClosed && (before === undefined || !range.every(([, value]) => RANGE.test(value)))) {
      tell({ id, tell: "failed", message: "the network is closed: the model is loaded" });
      return;
    }
    if (!isClosed) known.set(url, others);
    // What the sealed side adds once the gate is closed could carry a text out.
    const sent = [...((isClosed ? before : others) ?? []), ...range];
    const one = new Running(id, tell, () => running.delete(id));
    running.set(id, one);
    try {
      const { signal } = one.abort;
      const response = await request(url, {
        headers: sent.map(([name, value]): [string, string] => [name, value]),
        ...(cache === undefined ? {} : { cache }),
        credentials: "same-origin",
        signal,
      });
      one.reader = response.body?.getReader();
      const { status, url: address, redirected } = response;
      tell({ id, tell: "head", status, headers: [...response.headers], url: address, redirected });
    } catch (error) {
      running.delete(id);
      tell({ id, tell: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  }

  return { seal: () => void (isClosed = true) };
}

class Running {
  readonly abort = new AbortController();
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #id: number;
  readonly #tell: (message: Tell, transfer?: Transferable[]) => void;
  readonly #done: () => void;

  constructor(
    id: number,
    tell: (message: Tell, transfer?: Transferable[]) => void,
    done: () => void,
  ) {
    this.#id = id;
    this.#tell = tell;
    this.#done = done;
  }

  async pull(): Promise<void> {
    const id = this.#id;
    try {
      const read = await this.reader?.read();
      if (read?.value === undefined) {
        this.#done();
        this.#tell({ id, tell: "end" });
        return;
      }
      const { value: bytes } = read;
      const isWhole = bytes.byteLength === bytes.buffer.byteLength;
      this.#tell({ id, tell: "bytes", bytes }, isWhole ? [bytes.buffer as ArrayBuffer] : []);
    } catch (error) {
      this.#done();
      this.#tell({
        id,
        tell: "failed",
        message: error instanceof Error ? error.message : "failed",
      });
    }
  }
}
