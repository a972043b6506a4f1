// Tested by: test/store/store.browser.test.ts
/**
 * Writes to the origin private file system from a page, through a worker.
 *
 * A page itself could only write by `createWritable`, which copies the whole file and loses all of
 * it when the tab is closed. The worker is made from the text of `serve`, so that the library stays
 * one file.
 */
import type { StoreFile } from "./directory.ts";
import type { SyncAccessHandle, WorkerFileHandle } from "./sync-access.ts";

export interface OpfsWriter {
  create(name: string): Promise<StoreFile>;
  close(): void;
}

type Operation = "open" | "byteLength" | "read" | "write" | "truncate" | "flush" | "close";

interface Call {
  readonly id: number;
  readonly operation: Operation;
  readonly file: number;
  readonly directory: string;
  readonly name: string;
  readonly at: number;
  readonly byteLength: number;
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}

interface Answer {
  readonly id: number;
  readonly value?: number | Uint8Array<ArrayBuffer> | undefined;
  readonly error?: { readonly name: string; readonly message: string };
}

/** The worker's program. It is copied as text, so it can use nothing outside of itself. */
function serve(): void {
  const files = new Map<
    number,
    { readonly folder: FileSystemDirectoryHandle; readonly handle: SyncAccessHandle }
  >();
  const open = async ({ directory, name, file }: Call): Promise<undefined> => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(directory, { create: true });
    const found = (await folder.getFileHandle(name, { create: true })) as WorkerFileHandle;
    files.set(file, { folder, handle: await found.createSyncAccessHandle() });
  };
  const work = async (call: Call): Promise<number | Uint8Array<ArrayBuffer> | undefined> => {
    if (call.operation === "open") return await open(call);
    const file = files.get(call.file);
    if (file === undefined) throw new Error("the file is closed");
    const { folder, handle } = file;
    if (call.operation === "byteLength") return handle.getSize();
    if (call.operation === "truncate") handle.truncate(call.byteLength);
    if (call.operation === "flush") handle.flush();
    if (call.operation === "close") {
      files.delete(call.file);
      // As in `opfs-directory.ts`: throws if the file was deleted, because closing it would never
      // end.
      await folder.getFileHandle(call.name);
      handle.close();
    }
    if (call.operation === "write" && call.bytes !== undefined) {
      const written = handle.write(call.bytes, { at: call.at });
      if (written !== call.bytes.byteLength) {
        throw new DOMException("disk full", "QuotaExceededError");
      }
    }
    if (call.operation !== "read") return undefined;
    const bytes = new Uint8Array(call.byteLength);
    const read = handle.read(bytes, { at: call.at });
    if (read !== call.byteLength) throw new Error(`ends at byte ${call.at + read}`);
    return bytes;
  };
  self.addEventListener("message", (event: MessageEvent<Call>) => {
    const call = event.data;
    work(call).then(
      (value) => self.postMessage({ id: call.id, value }),
      ({ name, message }: Error) => self.postMessage({ id: call.id, error: { name, message } }),
    );
  });
}

const NO_WORKER =
  "this page may start no worker of its own: allow `worker-src blob:` (and with Trusted Types " +
  "`trusted-types vl-reward`) in its Content-Security-Policy, or load the model in a worker";

/** The part of Trusted Types that this needs; TypeScript's types do not have them. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): {
    createScriptURL(url: string): string;
  };
}

let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

/** Returns a URL in the form that a page with Trusted Types accepts, if its policy allows ours. */
function trustUrl(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  try {
    policy ??= trustedTypes?.createPolicy("vl-reward", { createScriptURL: (own) => own });
  } catch {
    // The page does not allow the policy. It may not require Trusted Types either.
  }
  return policy?.createScriptURL(url) ?? url;
}

/**
 * Starts the worker.
 * @throws Error if the page may start no worker: a policy or a sandbox forbids it
 */
function startWorker(url: string): Worker {
  try {
    return new Worker(trustUrl(url));
  } catch (cause) {
    throw new Error(NO_WORKER, { cause });
  }
}

/** Starts the worker. If the page may start none, every call fails. */
export function opfsWriter(directory: string): OpfsWriter {
  const url = URL.createObjectURL(
    new Blob([`(${serve.toString()})()`], { type: "text/javascript" }),
  );
  const worker = startWorker(url);
  const waiting = new Map<
    number,
    { resolve(value: Answer["value"]): void; reject(e: Error): void }
  >();
  let calls = 0;
  let files = 0;
  let failure: Error | undefined;
  const failAll = (why: string): void => {
    failure = new Error(why);
    for (const call of waiting.values()) call.reject(failure);
    waiting.clear();
  };
  worker.addEventListener("message", (event: MessageEvent<Answer>) => {
    const { id, value, error } = event.data;
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new DOMException(error.message, error.name));
  });
  worker.addEventListener("error", (event) => {
    failAll(event.message || NO_WORKER);
  });
  const ask = (
    operation: Operation,
    file: number,
    rest: Partial<Call> = {},
  ): Promise<Answer["value"]> =>
    new Promise((resolve, reject) => {
      if (failure !== undefined) return reject(failure);
      const id = calls++;
      waiting.set(id, { resolve, reject });
      const none = { directory, name: "", at: 0, byteLength: 0, bytes: undefined };
      worker.postMessage({ ...none, ...rest, id, operation, file } satisfies Call);
    });
  return {
    async create(name) {
      const file = files++;
      await ask("open", file, { name });
      return workerFile((operation, rest) => ask(operation, file, { ...rest, name }));
    },
    close() {
      worker.terminate();
      URL.revokeObjectURL(url);
      failAll("the store is closed");
    },
  };
}

function workerFile(
  ask: (operation: Operation, rest?: Partial<Call>) => Promise<Answer["value"]>,
): StoreFile {
  const end = async (operation: Operation, rest?: Partial<Call>): Promise<void> => {
    await ask(operation, rest);
  };
  return {
    byteLength: async () => Number(await ask("byteLength")),
    async read(at, into) {
      const bytes = await ask("read", { at, byteLength: into.byteLength });
      into.set(bytes as Uint8Array);
    },
    // Messages copy whole buffers: send only the view's own bytes.
    write: (at, bytes) => end("write", { at, bytes: bytes.slice() }),
    truncate: (byteLength) => end("truncate", { byteLength }),
    flush: () => end("flush"),
    close: () => end("close"),
  };
}
