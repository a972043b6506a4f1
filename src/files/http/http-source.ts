/**
 * A folder on an HTTP server, read by Range requests.
 *
 * Opening a file asks for its first 64 KiB: that says whether it exists and how long it is, and
 * holds all of a small file and most headers. Other bytes go from the response into the caller's
 * buffer. A read that breaks off is resumed where it stopped. A server that ignores Range can serve
 * files of up to 16 MB; from a larger one it would have to send everything anew for each piece.
 */
import { InputError } from "../../errors.ts";
import { ask, PROGRESS_BYTES } from "./http-ask.ts";
import type { AskedFile, Opened, Server } from "./http-ask.ts";
import { endsEarly, hidesLength, ignoresRange, page } from "./http-faults.ts";
import { WHOLE_FILE_BYTES } from "./http-faults.ts";
import { retryLimits, withRetries } from "./http-retry.ts";
import type { RetryLimits, Try } from "./http-retry.ts";
import { httpSequence } from "./http-sequence.ts";
import { checkStatus, isPage, pieceOf, versionOf } from "./http-status.ts";
import { checkRange, isInside } from "../source.ts";
import type { Source, SourceFile } from "../source.ts";

export interface HttpSourceOptions {
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `fetch` by default. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** How errors name the folder; its URL by default. */
  readonly name?: string | undefined;
  /** What to do where the server refuses access, for the error. */
  readonly cure?: string | undefined;
  readonly retry?: Partial<RetryLimits> | undefined;
}

/** Bytes of a file that opening it asks for, and that are kept. */
export const FIRST_BYTES: number = 64 * 1024;
/** Servers that answer unknown paths with their start page do so only where HTML is accepted. */
const ACCEPT = "application/octet-stream, application/json, text/plain";

/** @param url the folder: http or https; a query is kept on every file */
export function httpSource(url: string | URL, options: HttpSourceOptions = {}): Source {
  const server = makeServer(new URL(url), options);
  return {
    name: server.name,
    async open(path, signal) {
      if (!isInside(path)) return undefined;
      const address = fileUrl(server.base, path);
      const where = `${server.name}, ${path}`;
      const opened = await withRetries(where, server.limits, signal, (one) =>
        openFile(server, address, where, one),
      );
      return opened && httpFile(server, address, path, opened);
    },
  };
}

function makeServer(url: URL, options: HttpSourceOptions): Server {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const where = options.name ?? String(url);
    const todo = "Serve the folder over HTTP, or pass its files";
    const wanted = "http: or https:";
    throw new InputError({
      where,
      what: "cannot be fetched",
      got: url.protocol,
      expected: wanted,
      todo,
    });
  }
  const base = new URL(url);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  // `fetch` must not be called as a method of something else than the window.
  const request = options.fetch ?? ((...args) => fetch(...args));
  const headers = { accept: ACCEPT, ...options.headers };
  return {
    base,
    name: options.name ?? withoutQuery(base),
    cure: options.cure ?? "Sign in to the server, or pass the headers that it wants",
    limits: { ...retryLimits, ...options.retry },
    get: (file, range, signal) => request(file, { headers: { ...headers, range }, signal }),
  };
}

/** Passwords and signed queries are nothing for messages. */
function withoutQuery({ origin, pathname }: URL): string {
  return origin + pathname;
}

function fileUrl(base: URL, path: string): string {
  const url = new URL(base);
  url.pathname += path.split("/").map(encodeURIComponent).join("/");
  return String(url);
}

/** Asks for the start of a file. Undefined where there is no such file. */
async function openFile(
  server: Server,
  url: string,
  where: string,
  one: Try,
): Promise<Opened | undefined> {
  const response = await server.get(url, `bytes=0-${FIRST_BYTES - 1}`, one.signal);
  checkStatus(response, where, server.cure);
  const { status } = response;
  if (status === 404 || status === 410) return undefined;
  const version = versionOf(response);
  // No range of an empty file can be given.
  if (status === 416) return { byteLength: 0, version, first: new Uint8Array() };
  const { end, totalBytes } = pieceOf(response, 0, where);
  if (status === 200 && (totalBytes ?? 0) > WHOLE_FILE_BYTES) throw ignoresRange(where, totalBytes);
  const first = await readAtMost(response, status === 200 ? WHOLE_FILE_BYTES : FIRST_BYTES, one);
  if (first === undefined) throw ignoresRange(where, undefined);
  if (isPage(response, first)) throw page(where);
  if (end !== undefined && first.byteLength < end) throw endsEarly(where, first.byteLength, end);
  const isWhole = status === 200 || first.byteLength < FIRST_BYTES;
  const byteLength = totalBytes ?? (isWhole ? first.byteLength : undefined);
  if (byteLength === undefined) throw hidesLength(where);
  return { byteLength, version, first };
}

function httpFile(server: Server, url: string, path: string, opened: Opened): SourceFile {
  const { byteLength, first } = opened;
  const where = `${server.name}, ${path}`;
  const asked: AskedFile = { server, url, where, opened };
  const file: SourceFile = {
    path,
    byteLength,
    sequence(begin, end, signal) {
      checkRange(file, begin, end - begin);
      return httpSequence(asked, begin, end, signal);
    },
    async read(begin, into, signal) {
      signal?.throwIfAborted();
      checkRange(file, begin, into.byteLength);
      const held = first.subarray(begin, begin + into.byteLength);
      into.set(held);
      let done = held.byteLength;
      if (done === into.byteLength) return;
      await withRetries(where, server.limits, signal, async (one) => {
        const before = done;
        while (done < into.byteLength) {
          const rest = into.subarray(done);
          const advance = (bytes: number): void => {
            done += bytes;
            if (done - before >= PROGRESS_BYTES) one.progress();
          };
          await readPiece(asked, one, begin + done, rest, advance);
        }
      });
    },
  };
  return file;
}

/** Reads as many of the wanted bytes as one response gives; `advance` is told as they come. */
async function readPiece(
  asked: AskedFile,
  one: Try,
  begin: number,
  into: Uint8Array,
  advance: (bytes: number) => void,
): Promise<void> {
  const { response, end } = await ask(asked, begin, begin + into.byteLength, one.signal);
  const wanted = end - begin;
  let got = 0;
  for await (const chunk of chunksOf(response, one)) {
    const part = chunk.subarray(0, wanted - got);
    into.set(part, got);
    got += part.byteLength;
    advance(part.byteLength);
    if (got === wanted) return;
  }
  throw endsEarly(asked.where, begin + got, end);
}

/** The body, or undefined where it is longer than `maxBytes`. */
async function readAtMost(
  response: Response,
  maxBytes: number,
  one: Try,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of chunksOf(response, one)) {
    chunks.push(chunk);
    total += chunk.byteLength;
    if (total > maxBytes) return undefined;
  }
  const whole = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** The chunks of a body. Safari cannot iterate over a stream itself. */
async function* chunksOf(response: Response, one: Try): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    one.alive();
    yield value;
  }
}
