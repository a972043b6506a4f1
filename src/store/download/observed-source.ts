/**
 * Observes a source over HTTP through its `fetch`: the version of a file, its hash, and how far an
 * unfinished read has come.
 *
 * The store needs all three, and a `Source` reports none of them. The version tells whether a part
 * can be resumed or is of an older file. Bytes that have arrived are kept even if their request is
 * cut.
 */
import { orAborted } from "../../abort.ts";
import type { Source, SourceFile } from "../../files/source.ts";
import type { RemoteFile } from "./download.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What the answers from one address said. */
interface Seen {
  version: string | undefined;
  sha256: string | undefined;
}

/** A read in progress. */
interface Watch {
  readonly path: string;
  readonly begin: number;
  readonly byteLength: number;
  onBytes(bytes: number): Promise<void>;
}

/**
 * Bytes of one read from a body. Chrome would give a busy page 2 MiB, which are lost if the page is
 * killed.
 */
const BODY_BYTES = 2 ** 16;

/** An `ETag` of the hub for files in Git LFS is the sha256 of their content. */
const SHA256 = /^"?([0-9a-f]{64})"?$/;

/**
 * Returns a source whose files report version, hash and progress.
 * @param make makes the source with the `fetch` that it must use
 */
export function observedSource(make: (fetch: Fetch) => Source, fetch?: Fetch): Source {
  const request: Fetch = fetch ?? ((...args) => globalThis.fetch(...args));
  const seen = new Map<string, Seen>();
  const watches = new Set<Watch>();
  const source = make(async (url, init) => {
    // What the store keeps need not be in the browser's cache as well.
    const cache = init.cache === "reload" ? init.cache : "no-store";
    const response = await request(url, { ...init, cache });
    const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
    if (response.ok) note(seen, path, response.headers);
    return response.status === 206 ? observe(response, path, init, watches) : response;
  });
  return {
    name: source.name,
    async open(path, signal) {
      const file = await source.open(path, signal);
      return file && observedFile(file, () => lookUp(seen, path), watches);
    },
  };
}

function note(seen: Map<string, Seen>, path: string, headers: Headers): void {
  const linked = headers.get("x-linked-etag");
  const etag = headers.get("etag")?.replace(/^W\//, "");
  const version = linked ?? etag ?? headers.get("last-modified") ?? undefined;
  // Only the hub's own header is known to be a hash of the content.
  const sha256 = SHA256.exec(linked ?? "")?.[1];
  // The latest counts: a file that is opened again may be another one.
  seen.set(path, { version, sha256 });
}

/**
 * Finds the address that ends in the path. If two do, the shorter has no folder before the path.
 */
function lookUp(seen: ReadonlyMap<string, Seen>, path: string): Seen | undefined {
  const addresses = [...seen.keys()].filter((address) => address.endsWith(`/${path}`));
  const [address] = addresses.toSorted((a, b) => a.length - b.length);
  return address === undefined ? undefined : seen.get(address);
}

function observedFile(
  file: SourceFile,
  facts: () => Seen | undefined,
  watches: Set<Watch>,
): RemoteFile {
  const { version, sha256 } = facts() ?? {};
  return {
    path: file.path,
    byteLength: file.byteLength,
    version,
    sha256,
    async read(begin, into, signal, onBytes = () => Promise.resolve()) {
      const watch = { path: file.path, begin, byteLength: into.byteLength, onBytes };
      watches.add(watch);
      try {
        await file.read(begin, into, signal);
      } finally {
        watches.delete(watch);
      }
    },
  };
}

/**
 * Returns the response, and reports its bytes to the read that asked for them. A chunk counts only
 * when the reader asks for the next one: then it has been copied.
 */
function observe(
  response: Response,
  path: string,
  { headers, signal }: RequestInit,
  watches: ReadonlySet<Watch>,
): Response {
  const range = new Headers(headers).get("range") ?? "";
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  const begin = Number(first);
  const isAnswer = response.headers.get("content-range")?.startsWith(`bytes ${begin}-`) ?? false;
  const watch = [...watches].find(
    (one) =>
      path.endsWith(`/${one.path}`) &&
      begin >= one.begin &&
      Number(last) + 1 === one.begin + one.byteLength,
  );
  if (response.body === null || watch === undefined || !isAnswer) return response;
  let given = begin - watch.begin;
  const reader = readerOf(response.body);
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        await watch.onBytes(Math.min(given, watch.byteLength));
        // Some `fetch` functions do not end the body when they are aborted, if another reader reads
        // it.
        const { done, value } = await orAborted(signal ?? undefined, reader.read());
        if (done) return controller.close();
        given += value.byteLength;
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const { status, statusText } = response;
  return new Response(body, { status, statusText, headers: response.headers });
}

/** Returns a reader of small pieces, if the browser has one. */
function readerOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): Pick<ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>, "read" | "cancel"> {
  try {
    const reader = body.getReader({ mode: "byob" });
    return {
      read: () => reader.read(new Uint8Array(BODY_BYTES)),
      cancel: (reason) => reader.cancel(reason),
    };
  } catch {
    return body.getReader();
  }
}
