// Tested by: test/sealed/sealed.browser.test.ts
/**
 * Starts a worker that cannot reach the network, on any host and without headers.
 *
 *   page ─ frame without a source, with the policy SEAL ─ worker made of a blob: inherits it
 *
 * A worker that comes from an address has the policy of its own response, which static hosts do not
 * set. A worker made of a blob inherits the policy of the document that starts it.
 */
import { UnsupportedError } from "../errors.ts";

/** Nothing is loaded and nothing is connected to; WebAssembly runs, and workers made of blobs. */
export const SEAL: string = [
  "default-src 'none'",
  "script-src 'wasm-unsafe-eval'",
  "worker-src blob:",
  "form-action 'none'",
  "base-uri 'none'",
].join("; ");

export interface SealedWorker {
  readonly worker: Worker;
  /** Ends the worker and removes its frame. */
  end(): void;
}

/** The frame's own constructors: what they make has the frame's policy. */
type Realm = Window & Pick<typeof globalThis, "Blob" | "URL" | "Worker">;

/**
 * Starts the worker.
 * @param script the whole text of a classic script: it can import nothing
 * @throws UnsupportedError if the page may have no such frame or worker. A page's own policy must
 *   allow `worker-src blob:`
 */
export async function startSealedWorker(script: string): Promise<SealedWorker> {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = "sealed worker";
  const isLoaded = new Promise((resolve) => frame.addEventListener("load", resolve));
  const policy = `<meta http-equiv="Content-Security-Policy" content="${SEAL}">`;
  frame.srcdoc = trustHtml(`<!doctype html><meta charset="utf-8">${policy}`);
  document.body.append(frame);
  try {
    await isLoaded;
    const realm = frame.contentWindow as Realm | null;
    if (realm === null) throw new Error("the frame has no window");
    const blob = new realm.Blob([script], { type: "text/javascript" });
    const url = realm.URL.createObjectURL(blob);
    const worker = new realm.Worker(trustUrl(url));
    return {
      worker,
      end() {
        worker.terminate();
        frame.remove();
      },
    };
  } catch (cause) {
    frame.remove();
    throw new UnsupportedError({
      where: "sealed worker",
      what: "the page may not start one",
      got: String(cause),
      todo: "Allow frames of the same origin, and worker-src blob: in the page's policy",
      cause,
    });
  }
}

/**
 * Returns whether this worker is cut off from the network. The question is one that needs none: a
 * policy that forbids connections forbids a request for data too.
 */
export async function isSealed(request: typeof fetch = fetch): Promise<boolean> {
  try {
    await request("data:,");
    return false;
  } catch {
    return true;
  }
}

interface TrustedPolicy {
  createHTML(text: string): string;
  createScriptURL(url: string): string;
}

interface TrustedTypes {
  createPolicy(name: string, rules: TrustedPolicy): TrustedPolicy;
}

let policy: TrustedPolicy | undefined;

/** The policy `vl-reward#sealed`, for pages that require Trusted Types. */
function trusted(): TrustedPolicy {
  const rules = { createHTML: (text: string) => text, createScriptURL: (url: string) => url };
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy("vl-reward#sealed", rules) ?? rules;
  return policy;
}

function trustHtml(text: string): string {
  return trusted().createHTML(text);
}

function trustUrl(url: string): string {
  return trusted().createScriptURL(url);
}
