/**
 * Serves a model's files to pages by ranges, as slowly as a test wants, and counts what it gives.
 */
import type { Plugin } from "vite";

export interface ModelServer {
  readonly plugin: Plugin;
  /** The folder's path under the server's address. */
  readonly path: string;
  /** Bytes given so far. */
  served: number;
  /** Pause before each answer, and before each piece of 32 KiB of it. */
  pauseMs: number;
  /** Answers 404 to all. */
  isGone: boolean;
}

/** The largest piece of a response. */
const PIECE_BYTES = 32_768;

export function modelServer(path: string, files: ReadonlyMap<string, Uint8Array>): ModelServer {
  const server: ModelServer = {
    path,
    served: 0,
    pauseMs: 0,
    isGone: false,
    plugin: {
      name: path,
      configureServer({ middlewares }) {
        middlewares.use(`/${path}/`, (request, response) => {
          const bytes = server.isGone ? undefined : files.get((request.url ?? "").slice(1));
          if (bytes === undefined)
            return void response.writeHead(404, { "content-length": 0 }).end();
          const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? [];
          const begin = Number(first);
          const end = Math.min(Number(last) + 1, bytes.byteLength);
          response.writeHead(206, {
            "content-length": end - begin,
            "content-range": `bytes ${begin}-${end - 1}/${bytes.byteLength}`,
            etag: '"1"',
          });
          const pour = (at: number): void => {
            if (response.destroyed) return;
            const to = Math.min(end, at + PIECE_BYTES);
            server.served += to - at;
            response.write(bytes.subarray(at, to));
            if (to === end) response.end();
            else setTimeout(() => pour(to), server.pauseMs);
          };
          setTimeout(() => pour(begin), server.pauseMs);
        });
      },
    },
  };
  return server;
}
