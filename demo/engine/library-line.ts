/** The page's line to the library's worker, which is started when it is first asked. */
import { CallLine } from "../../src/worker/call-line.ts";
import type { StageProgress } from "../../src/types.ts";
import { noteRequests } from "../base/requests.ts";
import type { LibraryRequests, LibraryResults, OwnReply, RequestNews } from "./protocol.ts";

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onDone?: ((done: number, total: number) => void) | undefined;
  readonly onProgress?: ((progress: StageProgress) => void) | undefined;
}

let line: CallLine | undefined;

/** Starts a library's worker, and notes the requests that it makes. */
export function startLibrary(): Worker {
  const worker = new Worker(new URL("../library.ts", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }: MessageEvent<RequestNews | OwnReply>) => {
    if ("requests" in data) noteRequests(data.requests);
  });
  return worker;
}

/**
 * Asks the library. A worker that failed is replaced by the next call.
 * @throws what the library throws, LineClosed if it fails
 */
export async function askLibrary<K extends keyof LibraryRequests>(
  call: K,
  request: LibraryRequests[K],
  { signal, onDone, onProgress }: CallOptions = {},
): Promise<LibraryResults[K]> {
  if (line === undefined || line.death !== undefined) {
    const worker = startLibrary();
    line = new CallLine(worker, { onDeath: () => worker.terminate() });
  }
  return await line.call<LibraryResults[K], OwnReply>(
    { call, ...request },
    {
      signal,
      onReply: (reply) => {
        if (reply.reply === "done") onDone?.(reply.done, reply.total);
        if (reply.reply === "progress") onProgress?.(reply.progress);
      },
    },
  );
}
