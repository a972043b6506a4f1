// Tested by: test/files/http/http-browsers.test.ts
/**
 * Opens a file on a server: its first bytes say whether it exists and how long it is.
 */
import { PassingFault } from "../../base/retry.ts";
import { RewardError } from "../../errors.ts";
import { readAtMost } from "./http-body.ts";
import type { Opened, Server } from "./http-ask.ts";
import { compressesParts, endsEarly, hidesLength, ignoresRange, page } from "./http-faults.ts";
import { WHOLE_FILE_BYTES } from "./http-faults.ts";
import type { Try } from "./http-retry.ts";
import { checkStatus, isCompressed, isPage, pieceOf, versionOf } from "./http-status.ts";

/** Bytes of a file that opening asks for and keeps. */
export const FIRST_BYTES: number = 64 * 1024;

/** What the failed tries of opening a file have shown about its server. */
export interface Doubts {
  /** The connection failed while a part was read. */
  part: boolean;
  /** True if the server can send the whole file. */
  isWholeGiven: boolean;
}

/**
 * Opens a file by its start. Returns undefined if there is no such file.
 *
 * A browser cannot decode a part of a compressed file, and says only that the connection failed.
 * So the second try asks for the whole file.
 */
export async function openFile(
  server: Server,
  url: string,
  where: string,
  doubts: Doubts,
  one: Try,
): Promise<Opened | undefined> {
  if (doubts.part && !doubts.isWholeGiven) {
    doubts.part = false;
    const whole = await openBy(server, url, where, undefined, one);
    if (whole !== "compressed") return whole;
    doubts.isWholeGiven = true;
  }
  try {
    const opened = await openBy(server, url, where, `bytes=0-${FIRST_BYTES - 1}`, one);
    if (opened !== "compressed") return opened;
  } catch (error) {
    if (error instanceof RewardError || error instanceof PassingFault) throw error;
    if (!doubts.isWholeGiven) {
      doubts.part = true;
      throw error;
    }
  }
  doubts.part = true;
  throw compressesParts(where);
}

/**
 * Opens by one request.
 * @returns "compressed" if the part was cut from a compressed file, or if the whole file is too
 *   large
 */
async function openBy(
  server: Server,
  url: string,
  where: string,
  range: string | undefined,
  one: Try,
): Promise<Opened | undefined | "compressed"> {
  // What the browser has cached may be of an older version, so it must ask the server.
  const response = await server.get(url, range, "no-cache", one.signal);
  checkStatus(response, where, server.cure);
  const { status } = response;
  if (status === 404 || status === 410) return undefined;
  const version = versionOf(response);
  // No range of an empty file can be given.
  if (status === 416) return { byteLength: 0, version, first: new Uint8Array() };
  const { end, totalBytes } = pieceOf(response, 0, where);
  const isWhole = status === 200;
  const tooLarge = (): "compressed" => {
    if (range !== undefined) throw ignoresRange(where, totalBytes);
    response.body?.cancel().catch(() => {});
    return "compressed";
  };
  if (isWhole && (totalBytes ?? 0) > WHOLE_FILE_BYTES) return tooLarge();
  const first = await readAtMost(response, isWhole ? WHOLE_FILE_BYTES : FIRST_BYTES, one);
  if (first === undefined) return isWhole ? tooLarge() : "compressed";
  if (isPage(response, first)) throw page(where);
  if (!isWhole && end !== undefined && first.byteLength !== end) {
    // The part was cut from the compressed file: it is of another length, once decoded.
    if (first.byteLength > end || isCompressed(response)) return "compressed";
  }
  if (end !== undefined && first.byteLength < end) throw endsEarly(where, first.byteLength, end);
  // The length of the received body counts: the header may give that of the compressed form.
  if (isWhole) return { byteLength: first.byteLength, version, first };
  const byteLength = totalBytes ?? (first.byteLength < FIRST_BYTES ? first.byteLength : undefined);
  if (byteLength === undefined) throw hidesLength(where);
  return { byteLength, version, first };
}
