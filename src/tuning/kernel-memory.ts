// Tested by: test/tuning/choose-kernels.gpu.test.ts
/**
 * Remembers which kernels were fastest on an adapter: in this process, and in the browser's Cache
 * Storage. A site's pages and workers share it, and it stores small things without a schema.
 */
import type { KernelMemory } from "../types.ts";

const CACHE = "vl-reward kernels";

const inProcess = new Map<string, string>();

/**
 * A browser without storage (a private window, Node) costs a second of timing at the next visit,
 * and no error.
 */
export const kernelMemory: KernelMemory = {
  async read(key) {
    const kept = inProcess.get(key);
    if (kept !== undefined || typeof caches === "undefined") {
      return kept;
    }
    try {
      const found = await (await caches.open(CACHE)).match(address(key));
      return await found?.text();
    } catch {
      return undefined;
    }
  },

  async write(key, value) {
    inProcess.set(key, value);
    if (typeof caches !== "undefined") {
      const cache = await caches.open(CACHE).catch(() => undefined);
      await cache?.put(address(key), new Response(value)).catch(() => {});
    }
  },
};

/** Returns the URL that names an entry; nothing is fetched from it. */
function address(key: string): string {
  return `/vl-reward-kernels?${encodeURIComponent(key)}`;
}
