// Tested by: test/store/download/observed-source.test.ts
/**
 * The journal of an unfinished download: which pieces have landed, and their hashes.
 *
 *   0      header: its length in 4 bytes, JSON, and 32 bytes of its hash
 *   8192   one record of 36 bytes for each piece: its hash, and 4 bytes that bind it to header and
 *          index
 *
 * Records have fixed offsets, so that they can be written in any order and twice. A record that a
 * crash tore fails its check and counts as missing. The piece's bytes are written before its
 * record, and checked against it again before the file is committed.
 */
import type { StoreFile } from "./directory.ts";
import { isSame, sha256Now, toHex } from "../../base/sha256.ts";

/** What is downloaded. A journal with another header is of another file, and is started again. */
export interface JournalHeader {
  /** Names for people: of the source and of the file in it. */
  readonly source: string;
  readonly path: string;
  readonly byteLength: number;
  readonly pieceBytes: number;
  /** Changes when the file does: its sha256 or ETag; empty if neither is known. */
  readonly identity: string;
}

export interface Journal {
  readonly pieceBytes: number;
  /** The hash of each piece that has landed, 32 bytes. */
  readonly hashes: (Uint8Array | undefined)[];
  /** Whether nothing of the file was there before. */
  readonly isNew: boolean;
  put(piece: number, hash: Uint8Array): Promise<void>;
  /** Drops a piece that turned out to be damaged. */
  drop(piece: number): Promise<void>;
}

const RECORDS_AT = 8192;
const HASH_BYTES = 32;
const CHECK_BYTES = 4;
const RECORD_BYTES = HASH_BYTES + CHECK_BYTES;
/** A header must fit before the records: addresses can be long. */
const NAME_LENGTH = 500;

/** Returns how many chunks or pieces of `unitBytes` a file has. */
export function unitCount(byteLength: number, unitBytes: number): number {
  return Math.ceil(byteLength / unitBytes);
}

/** Resumes a journal, or starts it if it is new or of another file. */
export async function openJournal(file: StoreFile, header: JournalHeader): Promise<Journal> {
  const wanted = encodeHeader(header);
  const found = new Uint8Array(wanted.byteLength);
  const isThere = (await file.byteLength()) >= wanted.byteLength;
  if (isThere) await file.read(0, found);
  const isNew = !isThere || !isSame(found, wanted);
  if (isNew) {
    await file.truncate(0);
    await file.write(0, wanted);
    await file.flush();
  }
  const head = sha256Now(wanted);
  const { pieceBytes } = header;
  const hashes = await readAll(file, head, unitCount(header.byteLength, pieceBytes));
  return {
    pieceBytes,
    hashes,
    isNew,
    async put(piece, hash) {
      const record = new Uint8Array(RECORD_BYTES);
      record.set(hash);
      record.set(checkOf(head, piece, hash), HASH_BYTES);
      await file.write(RECORDS_AT + piece * RECORD_BYTES, record);
      hashes[piece] = hash;
    },
    async drop(piece) {
      hashes[piece] = undefined;
      await file.write(RECORDS_AT + piece * RECORD_BYTES, new Uint8Array(RECORD_BYTES));
    },
  };
}

/** Returns what a journal is of, and how many bytes have landed; undefined if it is damaged. */
export async function inspectJournal(
  file: StoreFile,
): Promise<{ header: JournalHeader; landedBytes: number } | undefined> {
  const length = await file.byteLength();
  const bytes = new Uint8Array(Math.min(length, RECORDS_AT));
  await file.read(0, bytes);
  const header = decodeHeader(bytes);
  if (header === undefined) return undefined;
  // Journals from before there were pieces have none, and are started again.
  const { byteLength, pieceBytes } = header;
  const head = sha256Now(encodeHeader(header));
  const hashes = await readAll(file, head, unitCount(byteLength, pieceBytes));
  const landedBytes = hashes.reduce(
    (sum, hash, i) => sum + (hash ? Math.min(pieceBytes, byteLength - i * pieceBytes) : 0),
    0,
  );
  return { header, landedBytes };
}

/** Returns all valid records. */
async function readAll(
  file: StoreFile,
  head: Uint8Array,
  count: number,
): Promise<(Uint8Array | undefined)[]> {
  const there = Math.max(0, (await file.byteLength()) - RECORDS_AT);
  const records = new Uint8Array(Math.min(count * RECORD_BYTES, there));
  if (records.byteLength > 0) await file.read(RECORDS_AT, records);
  const hashes: (Uint8Array | undefined)[] = [];
  for (let piece = 0; piece < count; piece++) {
    const record = records.slice(piece * RECORD_BYTES, (piece + 1) * RECORD_BYTES);
    const hash = record.subarray(0, HASH_BYTES);
    const isSet = record.byteLength === RECORD_BYTES && record.some((byte) => byte !== 0);
    const holds = isSet && isSame(checkOf(head, piece, hash), record.subarray(HASH_BYTES));
    hashes.push(holds ? hash : undefined);
  }
  return hashes;
}

function checkOf(head: Uint8Array, piece: number, hash: Uint8Array): Uint8Array {
  const bound = new Uint8Array(HASH_BYTES * 2 + 4);
  bound.set(head);
  bound.set(hash, HASH_BYTES);
  new DataView(bound.buffer).setUint32(HASH_BYTES * 2, piece);
  return sha256Now(bound).subarray(0, CHECK_BYTES);
}

/** Returns length, JSON and hash. */
function encodeHeader(header: JournalHeader): Uint8Array {
  const { byteLength, pieceBytes } = header;
  const { source, path, identity } = header;
  const names = { source: shorten(source), path: shorten(path), identity: shorten(identity) };
  const json = JSON.stringify({ ...names, byteLength, pieceBytes });
  const text = new TextEncoder().encode(json);
  const bytes = new Uint8Array(4 + text.byteLength + HASH_BYTES);
  new DataView(bytes.buffer).setUint32(0, text.byteLength);
  bytes.set(text, 4);
  bytes.set(sha256Now(bytes.subarray(0, -HASH_BYTES)), 4 + text.byteLength);
  return bytes;
}

/** Shortens a name as headers store it. */
export function shorten(name: string): string {
  return name.slice(0, NAME_LENGTH).toWellFormed();
}

function decodeHeader(bytes: Uint8Array): JournalHeader | undefined {
  if (bytes.byteLength < 4) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const end = 4 + length + HASH_BYTES;
  if (end > bytes.byteLength) return undefined;
  const hash = sha256Now(bytes.subarray(0, 4 + length));
  if (toHex(hash) !== toHex(bytes.subarray(4 + length, end))) return undefined;
  // Only this file writes JSON with such a hash.
  return JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as JournalHeader;
}
