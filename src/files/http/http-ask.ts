// Tested by: test/files/http/http-browsers.test.ts
/**
 * Asks a server for a part of a file that was opened, and checks that the answer is that part of
 * that file.
 */
import { readAtMost } from "./http-body.ts";
import { changed, page, refusesMidway, sendsWhole, WHOLE_FILE_BYTES } from "./http-faults.ts";
import type { RetryLimits, Try } from "./http-retry.ts";
import { checkStatus, isTypedAsPage, pieceOf, versionOf } from "./http-status.ts";

export interface Server {
  readonly base: URL;
  readonly name: string;
  readonly cure: string;
  readonly limits: RetryLimits;
  /**
   * Sends a request.
   * @param range the bytes to read; undefined asks for all of the file
   */
  get(
    url: string,
    range: string | undefined,
    cache: RequestCache,
    signal: AbortSignal,
  ): Promise<Response>;
}

/** What opening a file found out. */
export interface Opened {
  readonly byteLength: number;
  readonly version: string | undefined;
  /** The file's first bytes, or all. */
  readonly first: Uint8Array;
}

/** A file that was opened, with what requests for its parts need. */
export interface AskedFile {
  readonly server: Server;
  readonly url: string;
  readonly where: string;
  readonly opened: Opened;
  /** How the browser's cache is used for the next request. */
  cache: RequestCache;
  /** All of a small file, once its server has sent it instead of a part. */
  whole?: Uint8Array<ArrayBuffer> | undefined;
}

/** A try that received this much counts as progress, even if it fails later. */
export const PROGRESS_BYTES: number = 256 * 1024;

/**
 * Asks for the bytes [begin, end) of a file that was opened. The answer may end earlier, at its
 * `end`.
 */
export async function ask(
  asked: AskedFile,
  begin: number,
  wantedEnd: number,
  signal: AbortSignal,
  one: Pick<Try, "alive">,
): Promise<{ response: Response; end: number }> {
  const { server, url, where, opened, cache, whole } = asked;
  if (whole) return { response: new Response(whole.subarray(begin, wantedEnd)), end: wantedEnd };
  const response = await server.get(url, `bytes=${begin}-${wantedEnd - 1}`, cache, signal);
  const { status } = response;
  if (status === 401 || status === 403) {
    // The server has given this file before: its signed address may have expired. The next try
    // goes through the first address again, past a redirect that the browser has cached.
    asked.cache = "reload";
    throw refusesMidway(where, status);
  }
  checkStatus(response, where, server.cure);
  const version = versionOf(response);
  const isOther =
    version !== undefined && opened.version !== undefined && version !== opened.version;
  if (isOther || status === 404 || status === 410 || status === 416) throw changed(where);
  if (status === 200) {
    if (isTypedAsPage(response)) throw page(where);
    // Read as the range, the start of the file would be stored in its middle.
    if (opened.byteLength > WHOLE_FILE_BYTES) throw sendsWhole(where);
    // Chrome answered the first request for a part from its cache, for a server that knows none.
    const all = await readAtMost(response, WHOLE_FILE_BYTES, one);
    if (all?.byteLength !== opened.byteLength) throw changed(where);
    asked.whole = all;
    return await ask(asked, begin, wantedEnd, signal, one);
  }
  const { end, totalBytes } = pieceOf(response, begin, where);
  if (totalBytes !== undefined && totalBytes !== opened.byteLength) throw changed(where);
  return { response, end: Math.min(wantedEnd, end ?? Infinity) };
}
