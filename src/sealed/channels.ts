// Tested by: test/sealed/sealed.browser.test.ts
/** Tries the ways from a worker to the network, so that a page can show that it is sealed. */

export interface TriedChannel {
  readonly name: string;
  /** False if something was sent, or might have been. */
  readonly isRefused: boolean;
}

/** A way that does not answer counts as open after this time. */
const PATIENCE_MS = 5000;

/**
 * Tries each way once. Every refusal is written into the browser's console too.
 * @param address where requests would go: one of the page's own, for an honest page
 * @param request the browser's own `fetch`
 */
export async function tryChannels(
  address: string,
  request: typeof fetch = fetch,
): Promise<readonly TriedChannel[]> {
  const socket = address.replace(/^http/, "ws");
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    fetch: () => request(address),
    "fetch, no-cors": () => request(address, { mode: "no-cors" }),
    XMLHttpRequest: () =>
      settled(() => {
        const asked = new XMLHttpRequest();
        asked.open("GET", address);
        asked.send();
        return [asked, "load"];
      }),
    WebSocket: () => settled(() => [new WebSocket(socket), "open"]),
    EventSource: () => settled(() => [new EventSource(address), "open"]),
    WebTransport: async () => await new WebTransport(address).ready,
    "import()": () => import(/* @vite-ignore */ address),
    "worker of an address": () => settled(() => [new Worker(address), "message"]),
    "Cache.add": async () => await (await caches.open("vl-reward sealed")).add(address),
    FontFace: () => new FontFace("sealed", `url("${address}")`).load(),
  };
  const tried = Object.entries(ways).map(async ([name, way]) => {
    return { name, isRefused: await isRefused(way) };
  });
  return await Promise.all(tried);
}

async function isRefused(way: () => Promise<unknown>): Promise<boolean> {
  try {
    const late = new Promise<"late">((resolve) => setTimeout(resolve, PATIENCE_MS, "late"));
    await Promise.race([way(), late]);
    return false;
  } catch {
    return true;
  }
}

/** Resolves by the event that means success, and rejects by an error. */
async function settled(start: () => readonly [EventTarget, string]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const [target, success] = start();
    target.addEventListener(success, () => resolve());
    target.addEventListener("error", () => reject(new Error("refused")));
    target.addEventListener("close", () => reject(new Error("closed")));
  });
}
