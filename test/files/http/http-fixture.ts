/** A file on a server that answers as a test wants, and the ways to read it. */
import { afterEach } from "vitest";
import type { RetryLimits } from "../../../src/files/http/http-retry.ts";
import { httpSource } from "../../../src/files/http/http-source.ts";
import type { HttpSourceOptions } from "../../../src/files/http/http-source.ts";
import type { Source } from "../../../src/files/source.ts";
import { faultyServer, reply, replyRange } from "../../../testing/files/faulty-server.ts";
import type { Answer, FaultyServer } from "../../../testing/files/faulty-server.ts";

/** Larger than the 64 KiB that opening reads. */
export const FILE: Uint8Array<ArrayBuffer> = Uint8Array.from(
  { length: 300_000 },
  (_, i) => (i * 31 + (i >> 8)) & 0xff,
);
export const RETRY: RetryLimits = { tries: 3, firstPauseMs: 2, maxPauseMs: 2000, stallMs: 250 };

/** The test's own. */
export let server: FaultyServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

export async function serve(answer: Answer): Promise<FaultyServer> {
  server = await faultyServer(answer);
  return server;
}

export async function source(answer: Answer, options: HttpSourceOptions = {}): Promise<Source> {
  const { url } = await serve(answer);
  return httpSource(url, { retry: RETRY, name: "m", ...options });
}

/** Opens "w" rightly, and leaves the reads after it to `answer`. */
export const afterOpening =
  (answer: Answer): Answer =>
  (socket, request) =>
    request.range?.begin === 0
      ? replyRange(socket, request, FILE, { etag: '"1"' })
      : answer(socket, request);

export const right: Answer = (socket, request) =>
  replyRange(socket, request, FILE, { etag: '"1"' });
export const silent: Answer = () => {};
export const busy: Answer = (socket) => reply(socket, "503 Busy", { "retry-after": "2" });
export const busyOnce: Answer = (socket, request) => {
  if (request.index > 0) right(socket, request);
  else reply(socket, "429 Too Many Requests", { "retry-after": "1" });
};

/** Reads [begin, end) of "w" and gives the bytes. */
export async function readPart(
  answer: Answer,
  begin = 100_000,
  end = 250_000,
): Promise<Uint8Array> {
  const file = await (await source(answer)).open("w");
  const into = new Uint8Array(end - begin);
  await file?.read(begin, into);
  return into;
}

/** The same bytes from front to back: one, some, and the rest. */
export async function readSequence(
  answer: Answer,
  begin = 100_000,
  end = 250_000,
): Promise<Uint8Array> {
  const file = await (await source(answer)).open("w");
  const into = new Uint8Array(end - begin);
  const sequence = file?.sequence?.(begin, end);
  for (const [from, to] of [
    [0, 1],
    [1, 70_001],
    [70_001, into.byteLength],
  ]) {
    await sequence?.read(into.subarray(from, to));
  }
  sequence?.close();
  return into;
}

export const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** The headers of an answer of the range. */
export function rangeHeaders(range: { begin: number; end: number } = { begin: 0, end: 0 }): {
  "content-range": string;
  "content-length": string;
} {
  const end = Math.min(range.end, FILE.byteLength);
  return {
    "content-range": `bytes ${range.begin}-${end - 1}/${FILE.byteLength}`,
    "content-length": `${end - range.begin}`,
  };
}
