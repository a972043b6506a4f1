/**
 * A session as one file:
 *
 *     vl-reward-session VERSION HEADER_BYTES SHA256 \n header in JSON, then the bytes of its files
 *
 * The hash is of all that follows the first line. A file of the header is {"$file": its number}.
 */
import { isObject } from "../../src/base/json.ts";
import { streamingSha256 } from "../../src/base/sha256.ts";
import { InputError } from "../../src/errors.ts";
import type { KeptResult, WholeWork } from "../store/work-sessions.ts";

const MAGIC = "vl-reward-session";
const VERSION = 1;
/** No first line is longer. */
const LINE_BYTES = 200;
const PIECE_BYTES = 2 ** 22;
const PARTS: readonly string[] = ["draft", "verdict", "rank", "table", "look"];

interface FileEntry {
  readonly size: number;
  readonly type: string;
  /** Undefined for bytes without a name. */
  readonly name: string | undefined;
}

/** Returns a session as a file. */
export async function sessionFile({ record, parts, results }: WholeWork): Promise<Blob> {
  const blobs: Blob[] = [];
  const packed = pack({ name: record.name, changed: record.changed, parts, results }, blobs);
  const files = blobs.map((blob): FileEntry => ({
    size: blob.size,
    type: blob.type,
    name: blob instanceof File ? blob.name : undefined,
  }));
  const header = new TextEncoder().encode(JSON.stringify({ files, session: packed }));
  const body = new Blob([header, ...blobs]);
  return new Blob([`${MAGIC} ${VERSION} ${header.length} ${await hashOf(body)}\n`, body]);
}

/**
 * Reads a session from a file; it gets an id of its own.
 * @throws InputError for another file, a newer version, or one that is damaged
 */
export async function readSessionFile(file: File): Promise<WholeWork> {
  const where = file.name;
  const head = await file.slice(0, LINE_BYTES).text();
  const [line = ""] = head.split("\n", 1);
  const [magic, version = "", length = "", hash] = line.split(" ");
  if (magic !== MAGIC || !/^\d+$/.test(version)) {
    throw new InputError({ where, expected: "a session that this page has saved" });
  }
  if (Number(version) > VERSION) {
    throw new InputError({
      where,
      what: "is of a newer version of this page",
      expected: `${VERSION} at most`,
      got: version,
      todo: "Load this page again to get the new one",
    });
  }
  const body = file.slice(line.length + 1);
  const damaged = (): never => {
    const todo = "Save the session again where it came from";
    throw new InputError({ where, what: "is damaged, or not whole", todo });
  };
  if ((await hashOf(body)) !== hash) return damaged();
  const headerBytes = Number(length);
  let header: unknown;
  try {
    header = JSON.parse(await body.slice(0, headerBytes).text());
  } catch {
    return damaged();
  }
  if (!isObject(header) || !Array.isArray(header["files"])) return damaged();
  const blobs: Blob[] = [];
  let begin = headerBytes;
  for (const entry of header["files"] as readonly FileEntry[]) {
    const { size, type, name } = entry;
    const part = body.slice(begin, begin + size, type);
    begin += size;
    // Bytes of their own: the chosen file may go.
    const own = await part.arrayBuffer();
    blobs.push(name === undefined ? new Blob([own], { type }) : new File([own], name, { type }));
  }
  if (begin !== body.size) return damaged();
  return checked(unpack(header["session"], blobs)) ?? damaged();
}

async function hashOf(blob: Blob): Promise<string> {
  const hash = streamingSha256();
  for (let at = 0; at < blob.size; at += PIECE_BYTES) {
    hash.update(new Uint8Array(await blob.slice(at, at + PIECE_BYTES).arrayBuffer()));
  }
  return hash.hex();
}

/** Replaces files by their numbers. */
function pack(value: unknown, blobs: Blob[]): unknown {
  if (value instanceof Blob) return { $file: blobs.push(value) - 1 };
  if (Array.isArray(value)) return value.map((one) => pack(one, blobs));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, pack(one, blobs)]));
}

function unpack(value: unknown, blobs: readonly Blob[]): unknown {
  if (Array.isArray(value)) return value.map((one) => unpack(one, blobs));
  if (!isObject(value)) return value;
  if (typeof value["$file"] === "number") return blobs[value["$file"]];
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, unpack(one, blobs)]));
}

/** Returns the session if it is one. A file may come from anyone. */
function checked(value: unknown): WholeWork | undefined {
  if (!isObject(value)) return undefined;
  const { name, changed, parts, results } = value;
  const isWhole =
    typeof name === "string" &&
    typeof changed === "string" &&
    !Number.isNaN(Date.parse(changed)) &&
    isObject(parts) &&
    Object.keys(parts).every((one) => PARTS.includes(one)) &&
    isDraft(parts["draft"]) &&
    isVerdict(parts["verdict"]) &&
    isRank(parts["rank"]) &&
    isTable(parts["table"]) &&
    Array.isArray(results) &&
    results.every(isResult);
  if (!isWhole) return undefined;
  const record = { id: crypto.randomUUID(), kind: "work", name, isNamed: true, changed } as const;
  return { record, parts, results: results as readonly KeptResult[] };
}

function isDraft(value: unknown): boolean {
  return value === undefined || (isObject(value) && isAsked(value));
}

function isAsked(draft: Readonly<Record<string, unknown>>): boolean {
  const { prompt, responses, picture, context } = draft;
  return (
    typeof prompt === "string" &&
    (picture === undefined || isPicture(picture)) &&
    isContext(context) &&
    isTexts(responses) &&
    responses.length > 0
  );
}

function isPicture(value: unknown): boolean {
  return isObject(value) && value["blob"] instanceof Blob;
}

function isContext(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value)) return false;
  const { system, isTextFirst, exchanges, morePictures } = value;
  const isPictures = (list: unknown): boolean => Array.isArray(list) && list.every(isPicture);
  const isExchange = (one: unknown): boolean =>
    isObject(one) &&
    isTexts([one["user"], one["assistant"]]) &&
    typeof one["isTextFirst"] === "boolean" &&
    isPictures(one["pictures"]);
  return (
    typeof system === "string" &&
    typeof isTextFirst === "boolean" &&
    isPictures(morePictures) &&
    Array.isArray(exchanges) &&
    exchanges.every(isExchange)
  );
}

function isVerdict(value: unknown): boolean {
  return (
    value === undefined ||
    (isObject(value) &&
      isObject(value["draft"]) &&
      isAsked(value["draft"]) &&
      isScores(value["scores"]))
  );
}

function isRank(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value) || typeof value["text"] !== "string") return false;
  const { result } = value;
  return (
    result === undefined ||
    (isObject(result) && isTexts(result["responses"]) && isNumbers(result["values"]))
  );
}

function isTable(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value)) return false;
  const { files, fetched } = value;
  const isPairs = (list: unknown): boolean =>
    Array.isArray(list) &&
    list.every((one) => Array.isArray(one) && typeof one[0] === "string" && one[1] instanceof Blob);
  return isPairs(files) && isPairs(fetched);
}

function isResult(value: unknown): boolean {
  if (!isObject(value) || !Number.isInteger(value["number"]) || !isObject(value["result"]))
    return false;
  const { scores, fault } = value["result"];
  return typeof fault === "string" || isScores(scores);
}

function isScores(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (one) => isObject(one) && Number.isFinite(one["value"]) && Array.isArray(one["steps"]),
    )
  );
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => Number.isFinite(one));
}
