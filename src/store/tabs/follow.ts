// Tested by: test/store/read/stored-source.test.ts
/** Shows tabs that wait for another tab's download how far it is. */

/** The progress of a download. */
export interface Standing {
  readonly loadedBytes: number;
  readonly totalBytes: number;
  /** Bytes that came from the network since the download was started or resumed. */
  readonly netBytes: number;
  readonly file: string;
}

const CHANNEL = "vl-reward store";
/** The shortest time between two messages to other tabs. */
const EVERY_MS = 100;

/** Reports a download to other tabs; `end` must be called. */
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

/** Listens to another tab that downloads the same source. Call the result to stop. */
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
