/**
 * Reads a folder on an HTTP server by Range requests.
 *
 * Opening a file asks for its first 64 KiB: that says whether it exists and how long it is, and
 * holds all of a small file and most headers. Other bytes go from the response into the caller's
 * buffer. A read that breaks off is resumed where it stopped. A server that ignores Range can serve
 * files of up to 16 MB: of a larger one it would send everything again for each piece.
 */
import { isObject } from "../../base/json.ts";
import {
  checkOptions,
  isAnything,
  isCount,
  isDuration,
  isFunction,
  isPositive,
  isText,
  show,
} from "../../base/options.ts";
import type { Rules } from "../../base/options.ts";
import { InputError } from "../../errors.ts";
import { ask, PROGRESS_BYTES } from "./http-ask.ts";
import type { AskedFile, Opened, Server } from "./http-ask.ts";
import { chunksOf } from "./http-body.ts";
import { openFile } from "./http-open.ts";
import type { Doubts } from "./http-open.ts";
import { endsEarly } from "./http-faults.ts";
import { retryLimits, tryWatched } from "./http-retry.ts";
import type { RetryLimits, Try } from "./http-retry.ts";
import { httpSequence } from "./http-sequence.ts";
import { isPackaged, packagedFetch } from "./packaged-files.ts";
import { checkRange, isInside } from "../source.ts";
import type { Source, SourceFile } from "../source.ts";

export interface HttpSourceOptions {
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `fetch` by default. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** How errors name the folder; its URL by default. */
  readonly name?: string | undefined;
  /** What to do if the server refuses access, for the error. */
  readonly cure?: string | undefined;
  readonly retry?: Partial<RetryLimits> | undefined;
}

const RETRY_RULES: Rules<RetryLimits> = {
  tries: isCount,
  firstPauseMs: isDuration,
  maxPauseMs: isDuration,
  stallMs: isPositive,
};
const RULES: Rules<HttpSourceOptions> = {
  headers: { expected: "an object of texts", fits: isTexts },
  fetch: isFunction,
  name: isText,
  cure: isText,
  retry: isAnything,
};

/**
 * Returns whether a value is a plain object of texts. `Headers` and lists of pairs would lose their
 * content when spread.
 */
function isTexts(value: unknown): boolean {
  return (
    isObject(value) &&
    !(value instanceof Headers) &&
    Object.values(value).every((text) => typeof text === "string")
  );
}

/** Servers that answer unknown paths with their start page do so only if HTML is accepted. */
const ACCEPT = "application/octet-stream, application/json, text/plain";

/**
 * Returns a folder at an address as a source.
 * @param url the folder; a query is kept on every file
 */
export function httpSource(url: string | URL, options: HttpSourceOptions = {}): Source {
  checkOptions("httpSource", options, RULES);
  checkOptions("httpSource, retry", options.retry, RETRY_RULES);
  const server = makeServer(parse(url), options);
  return {
    name: server.name,
    async open(path, signal) {
      if (!isInside(path)) return undefined;
      const address = fileUrl(server.base, path);
      const where = `${server.name}, ${path}`;
      const doubts: Doubts = { part: false, isWholeGiven: false };
      const opened = await tryWatched(where, server.limits, signal, (one) =>
        openFile(server, address, where, doubts, one),
      );
      return opened && httpFile(server, address, path, opened);
    },
  };
}

function parse(url: string | URL): URL {
  try {
    return new URL(url);
  } catch (cause) {
    const todo = "Give the whole address, beginning with https://";
    const got = show(url);
    throw new InputError({ where: "httpSource", expected: "an address", got, todo, cause });
  }
}

function makeServer(url: URL, options: HttpSourceOptions): Server {
  const base = new URL(url);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  // Extensions and apps have schemes of their own, which `fetch` reads. One letter is a drive.
  const isUseless = /^(?:file|data|blob|javascript|about|.):$/.test(base.protocol);
  if (isUseless || !base.pathname.endsWith("/")) {
    throw new InputError({
      where: options.name ?? withoutQuery(base),
      what: "cannot be fetched",
      got: url.protocol,
      expected: "http: or https:, or a scheme of an app or extension",
      todo: "Serve the folder over HTTP, or pass its files",
    });
  }
  if (base.username !== "" || base.password !== "") {
    throw new InputError({
      where: options.name ?? withoutQuery(base),
      what: "the address holds a user's name or password, which browsers do not send",
      todo: "Pass it as a header: httpSource(url, { headers: { authorization } })",
    });
  }
  // `fetch` must not be called as a method of something else than the window.
  const own = options.fetch ?? ((...args) => fetch(...args));
  const request = isPackaged(base.protocol) ? packagedFetch(own) : own;
  const headers = { accept: ACCEPT, ...options.headers };
  return {
    base,
    name: options.name ?? withoutQuery(base),
    cure: options.cure ?? "Sign in to the server, or pass the headers that it wants",
    limits: { ...retryLimits, ...options.retry },
    get: (file, range, cache, signal) =>
      request(file, { headers: range ? { ...headers, range } : headers, cache, signal }),
  };
}

/** Passwords and signed queries are nothing for messages. */
function withoutQuery({ protocol, host, pathname }: URL): string {
  return `${protocol}${host === "" ? "" : "//"}${host}${pathname}`;
}

function fileUrl(base: URL, path: string): string {
  const url = new URL(base);
  url.pathname += path.split("/").map(encodeURIComponent).join("/");
  return String(url);
}

function httpFile(server: Server, url: string, path: string, opened: Opened): SourceFile {
  const { byteLength, first } = opened;
  const where = `${server.name}, ${path}`;
  // Chrome's cache lets the ranges of one address wait for each other, and may keep old ones.
  const asked: AskedFile = { server, url, where, opened, cache: "no-store" };
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
      await tryWatched(where, server.limits, signal, async (one) => {
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

/** Reads as many of the bytes as one response gives; calls `advance` as they arrive. */
async function readPiece(
  asked: AskedFile,
  one: Try,
  begin: number,
  into: Uint8Array,
  advance: (bytes: number) => void,
): Promise<void> {
  const { response, end } = await ask(asked, begin, begin + into.byteLength, one.signal, one);
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
