// Tested by: test/cli/chrome/server.test.ts
/**
 * Answers a GET or HEAD for one file over HTTP, with a single Range, as the engine's reader asks.
 */

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".html": "text/html; charset=utf-8",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webp": "image/webp",
};

/** Sends a file, or a part of it: 200, 206, 304, 404 or 416. */
export async function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: string,
  isPicture = false,
): Promise<void> {
  const stats = await stat(file).catch(() => undefined);
  if (!stats?.isFile()) return refuse(response, 404);
  const etag = `"${stats.size.toString(16)}-${Math.trunc(stats.mtimeMs).toString(16)}"`;
  const headers: Record<string, string | number> = {
    "content-type": typeOf(file, isPicture),
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
    etag,
  };
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  const range = parseRange(request.headers.range, stats.size);
  if (range === "unsatisfiable") {
    response.writeHead(416, { "content-range": `bytes */${stats.size}` }).end();
    return;
  }
  const { begin, end } = range ?? { begin: 0, end: stats.size };
  headers["content-length"] = end - begin;
  if (range !== undefined) headers["content-range"] = `bytes ${begin}-${end - 1}/${stats.size}`;
  response.writeHead(range === undefined ? 200 : 206, headers);
  if (request.method === "HEAD" || end === begin) {
    response.end();
    return;
  }
  // A reader that hangs up in the middle is not a failure of ours.
  await pipeline(createReadStream(file, { start: begin, end: end - 1 }), response).catch(() => {});
}

/**
 * Returns the media type. A file that was named as a picture is never sent as a page or a script.
 */
function typeOf(file: string, isPicture: boolean): string {
  const type = types[path.extname(file).toLowerCase()] ?? "application/octet-stream";
  const isHarmless = type.startsWith("image/") && type !== "image/svg+xml";
  return isPicture && !isHarmless ? "application/octet-stream" : type;
}

/** Answers with a status and no body. */
export function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(String(status));
}

/**
 * Returns the bytes `[begin, end)` that a Range header requests of a file of `byteLength`.
 * Undefined means that the whole file is to be sent: no header, several ranges, or a form that RFC
 * 9110 says to ignore.
 */
export function parseRange(
  header: string | undefined,
  byteLength: number,
): { begin: number; end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const suffix = Math.min(Number(last), byteLength);
    return suffix === 0 ? "unsatisfiable" : { begin: byteLength - suffix, end: byteLength };
  }
  const begin = Number(first);
  const end = last === "" ? byteLength : Math.min(Number(last) + 1, byteLength);
  if (last !== "" && Number(last) < begin) return undefined;
  return begin >= byteLength ? "unsatisfiable" : { begin, end };
}

/**
 * Returns the file that a URL path names below a folder, or undefined if it leads out of it. Links
 * inside the folder are followed: the hub's cache is made of them.
 */
export function fileBelow(folder: string, urlPath: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
  const parts = decoded.split("/").filter((part) => part !== "");
  const outside = (part: string): boolean =>
    part === "." || part === ".." || /[\\\0]/.test(part) || /^[a-z]:/i.test(part);
  return parts.length === 0 || parts.some(outside) ? undefined : path.join(folder, ...parts);
}
