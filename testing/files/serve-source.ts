/** Serves a source to pages of any origin, by ranges, until it is closed. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Source, SourceFile } from "../../src/files/source.ts";

export interface ServedSource {
  readonly url: string;
  close(): void;
}

const PIECE_BYTES = 2 ** 20;

const HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "content-range",
  "cache-control": "no-store",
};

export async function serveSource(source: Source): Promise<ServedSource> {
  const server = createServer((request, response) => {
    answer(source, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  source: Source,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const file = await source.open((request.url ?? "/").slice(1));
  if (!file) return void response.writeHead(404, HEADERS).end();
  const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? [];
  const begin = Number(first ?? 0);
  const end = Math.min(Number(last ?? Infinity) + 1, file.byteLength);
  response.writeHead(first === undefined ? 200 : 206, {
    ...HEADERS,
    "content-length": end - begin,
    ...(first === undefined
      ? {}
      : { "content-range": `bytes ${begin}-${end - 1}/${file.byteLength}` }),
  });
  // A client may close the connection in the middle: that is not a failure.
  await pipeline(Readable.from(pieces(file, begin, end)), response).catch(() => {});
}

async function* pieces(file: SourceFile, begin: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = begin; at < end; at += PIECE_BYTES) {
    // The response keeps a piece until it is sent: each has memory of its own.
    const piece = new Uint8Array(Math.min(PIECE_BYTES, end - at));
    await file.read(at, piece);
    yield piece;
  }
}
