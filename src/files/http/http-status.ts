// Tested by: test/files/http/http-faults.test.ts
/**
 * What a server's answer means: bytes, no such file, a fault that may pass, or an error with its
 * cure.
 */
import { WeightsError } from "../../errors.ts";
import { PassingFault, retryAfterMs } from "../../base/retry.ts";

/** The part of a file that a response holds. */
export interface Piece {
  readonly begin: number;
  /** Undefined if the server does not say. */
  readonly end: number | undefined;
  /** Bytes of the whole file; undefined if the server does not say. */
  readonly totalBytes: number | undefined;
}

/** Statuses of servers that are overloaded or restarted: 408, 425, 429 and all of the fives. */
const PASSING = new Set([408, 425, 429]);

/**
 * Throws unless the status is 200, 206, 404, 410 or 416, which the caller handles.
 * @param cure what to do about a refusal (401, 403)
 */
export function checkStatus(response: Response, where: string, cure: string): void {
  const { status } = response;
  if ([200, 206, 404, 410, 416].includes(status)) {
    refuseUnknownRepository(response, where);
    return;
  }
  const got = `HTTP ${status}${response.statusText ? ` ${response.statusText}` : ""}`;
  if (status === 401 || status === 403) {
    throw new WeightsError({ where, what: "the server refuses access", got, todo: cure });
  }
  if (PASSING.has(status) || status >= 500) {
    const pauseMs = retryAfterMs(response);
    const wait = pauseMs === undefined ? "later" : `in ${Math.ceil(pauseMs / 1000)} s`;
    const what = status === 429 ? "the server wants fewer requests" : "the server failed";
    throw new PassingFault({ where, what, got, todo: `Try again ${wait}` }, pauseMs);
  }
  const todo = "Check the address";
  throw new WeightsError({ where, what: "the server's answer is not a file", got, todo });
}

/**
 * Refuses if the whole repository is missing: the hub says in a header whether it is that or the
 * file.
 */
function refuseUnknownRepository(response: Response, where: string): void {
  const code = response.headers.get("x-error-code");
  if (code !== "RepoNotFound" && code !== "RevisionNotFound") return;
  const what = code === "RepoNotFound" ? "there is no such model" : "there is no such revision";
  throw new WeightsError({ where, what, todo: "Check the name; a private one needs a token" });
}

/**
 * Returns the range in the file that a 200 or 206 holds.
 * @throws WeightsError if the answer is to another range
 */
export function pieceOf(response: Response, begin: number, where: string): Piece {
  if (response.status !== 206) {
    const totalBytes = contentLength(response);
    return { begin: 0, end: totalBytes, totalBytes };
  }
  const range = response.headers.get("content-range");
  // Not every server lets a page of another origin see this header.
  if (range === null && !response.headers.get("content-type")?.startsWith("multipart/")) {
    const length = contentLength(response);
    return { begin, end: length === undefined ? undefined : begin + length, totalBytes: undefined };
  }
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range ?? "") ?? [];
  if (first === undefined || Number(first) !== begin) {
    throw new WeightsError({
      where,
      what: "the server sent another part of the file than requested",
      got: range ?? "several parts",
      expected: `bytes from ${begin.toLocaleString("en-US")}`,
      todo: "Use a server that answers Range requests",
    });
  }
  return { begin, end: Number(last) + 1, totalBytes: total === "*" ? undefined : Number(total) };
}

/** Returns the bytes of the body; undefined if the server does not say, or of a compressed body. */
function contentLength(response: Response): number | undefined {
  const length = response.headers.get("content-length");
  return length === null || isCompressed(response) ? undefined : Number(length);
}

/** Returns whether the body came compressed, if the page may see that. */
export function isCompressed({ headers }: Response): boolean {
  return (headers.get("content-encoding") ?? "identity") !== "identity";
}

/** Returns a value that changes when the file does: its ETag, or else its date. */
export function versionOf({ headers }: Response): string | undefined {
  const etag = headers.get("etag")?.replace(/^W\//, "");
  return etag ?? headers.get("last-modified") ?? undefined;
}

/** Returns whether the server says that the body is a page. */
export function isTypedAsPage(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/html") ?? false;
}

/**
 * Returns whether the body is a page: servers answer wrong addresses and missing logins with one.
 */
export function isPage(response: Response, firstBytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(firstBytes.subarray(0, 256));
  return isTypedAsPage(response) && /^\s*</.test(text);
}
