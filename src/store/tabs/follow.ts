// Tested by: test/store/read/stored-source.test.ts
/**
 * Tabs that wait for another one to download a model see how far it is.
 */

/** How far a download is. */
export interface Standing {
  readonly loadedBytes: number;
  readonly totalBytes: number;
  /** Bytes that came from the network since the download was begun or resumed. */
  readonly netBytes: number;
  readonly file: string;
}

const CHANNEL = "vl-reward store";
/** Other tabs are told so often at most. */
const EVERY_MS = 100;

/** Tells other tabs of a download; `end` must be called. */
export function announce(source: string): { tell(standing: Standing): void; end(): void } {
  const channel = open();
  let told = -Infinity;
  return {
    tell(standing) {
      const now = performance.now();
      if (now - told < EVERY_MS) return;
      told = now;
      channel?.postMessage({ source, standing });
    },
    end: () => channel?.close(),
  };
}

/** Listens to another tab that downloads the same source, until what it returns is called. */
export function follow(source: string, onStanding: (standing: Standing) => void): () => void {
  const channel = open();
  channel?.addEventListener("message", (event: MessageEvent<unknown>) => {
    // Only `announce`, of this origin, posts here.
    const heard = event.data as { source: string; standing: Standing };
    if (heard.source === source) onStanding(heard.standing);
  });
  return () => channel?.close();
}

function open(): BroadcastChannel | undefined {
  return typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(CHANNEL);
}
