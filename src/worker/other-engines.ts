// Tested by: test/worker/worker.browser.test.ts
/** Starts the engine where a plain worker of this site does not do: sealed, shared, from afar. */
import type { CallLine } from "./call-line.ts";
import type { EngineRequests } from "./protocol.ts";
import { scriptUrl } from "./script-url.ts";
import { SealedPort } from "./sealed-port.ts";
import type { StartedEngine, StartOptions } from "./started-engine.ts";

/**
 * Starts it.
 * @param base the address of the page: what is relative is relative to it
 */
export function startOther(
  url: URL,
  base: string,
  { sealed, shared }: StartOptions,
  round: number,
): StartedEngine {
  if (sealed === true) {
    const port = new SealedPort({
      script: async () => await textOf(url),
      loader: openWorker(url),
      setUp: { base },
    });
    return { port, isReplaceable: true, end: () => port.terminate() };
  }
  if (shared === true && typeof SharedWorker === "function") {
    const name = `vl-reward ${round}`;
    const { port } = new SharedWorker(scriptUrl(url.href), { type: "module", name });
    port.postMessage({ base });
    return { port, isReplaceable: true, isStarted: true, onLine: watch, end: () => port.close() };
  }
  const port = openWorker(url);
  port.postMessage({ base });
  return { port, isReplaceable: true, end: () => port.terminate() };
}

/** Starts a worker of an address. One of another site is imported by a script of this one. */
function openWorker(url: URL): Worker {
  if (url.origin === globalThis.origin) return new Worker(scriptUrl(url.href), { type: "module" });
  // Chrome starts no module worker of a blob in a sandboxed frame, whose origin is null.
  const isModule = globalThis.origin !== "null";
  const script = JSON.stringify(url.href);
  const text = isModule ? `import ${script};` : `importScripts(${script});`;
  const blob = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  // A worker fetches its script after this call.
  setTimeout(() => URL.revokeObjectURL(blob), 60_000);
  return new Worker(scriptUrl(blob), isModule ? { type: "module" } : {});
}

async function textOf(url: URL): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href}: HTTP status ${response.status}`);
  return await response.text();
}

let held: Promise<string> | undefined;

/** Tells a shared worker of a lock that this page holds as long as it lives. */
function watch(line: CallLine): void {
  const { locks } = navigator as { readonly locks?: LockManager };
  if (!locks) return;
  held ??= new Promise((resolve) => {
    const lock = `vl-reward page ${crypto.randomUUID()}`;
    void locks.request(lock, async () => {
      resolve(lock);
      await new Promise(() => {});
    });
  });
  void held.then(async (lock) => {
    // A worker that fails meanwhile has freed its models.
    const request: EngineRequests["watch"] = { call: "watch", lock };
    await line.call(request).catch(() => {});
  });
}
