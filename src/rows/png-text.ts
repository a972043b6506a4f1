// Tested by: test/rows/png-text.test.ts
/**
 * Reads the texts of a PNG file: tEXt, zTXt and iTXt chunks. Programs that make pictures write the
 * prompt there. Pixels are skipped, so a file is read in a few short pieces.
 *
 * W3C, Portable Network Graphics (third edition), 11.3.3.
 */
import { InputError } from "../errors.ts";

/** Reads the bytes [begin, end) of a file; fewer if it ends before. */
export type ReadBytes = (begin: number, end: number) => Promise<Uint8Array>;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** What a text may have, packed and unpacked: a workflow of ComfyUI has some 100 KB. */
const MAX_TEXT_BYTES = 8 * 2 ** 20;
/** Files have some ten chunks; those with pixels in small pieces some thousands. */
const MAX_CHUNKS = 100_000;
/** A chunk has four bytes each of length, type and check sum. */
const HEAD_BYTES = 8;
const FRAME_BYTES = 12;

/**
 * Returns the texts by keyword; of several with the same keyword the first. Undefined if the file
 * is not a PNG.
 * @param where the file, for messages
 * @throws InputError if a text is damaged or too long, or the file ends in the middle of a chunk
 */
export async function pngTexts(
  read: ReadBytes,
  where: string,
): Promise<ReadonlyMap<string, string> | undefined> {
  const signature = await read(0, SIGNATURE.length);
  if (signature.length < SIGNATURE.length) return undefined;
  if (!SIGNATURE.every((byte, i) => signature[i] === byte)) return undefined;
  const texts = new Map<string, string>();
  let begin = SIGNATURE.length;
  for (let count = 0; count < MAX_CHUNKS; count++) {
    const head = await read(begin, begin + HEAD_BYTES);
    if (head.length < HEAD_BYTES) return texts;
    const view = new DataView(head.buffer, head.byteOffset, HEAD_BYTES);
    const length = view.getUint32(0);
    const type = String.fromCharCode(...head.subarray(4, HEAD_BYTES));
    if (type === "IEND") return texts;
    if (type === "tEXt" || type === "zTXt" || type === "iTXt") {
      if (length > MAX_TEXT_BYTES) throw tooLong(where, `${length.toLocaleString("en-US")} bytes`);
      const data = await read(begin + HEAD_BYTES, begin + HEAD_BYTES + length);
      if (data.length < length) throw damaged(where, "ends in the middle of a text");
      const [keyword, text] = await readText(type, data, where);
      if (!texts.has(keyword)) texts.set(keyword, text);
    }
    begin += FRAME_BYTES + length;
  }
  throw damaged(where, `has more than ${MAX_CHUNKS.toLocaleString("en-US")} chunks`);
}

/** Returns keyword and text of a chunk. */
async function readText(
  type: "tEXt" | "zTXt" | "iTXt",
  data: Uint8Array,
  where: string,
): Promise<readonly [string, string]> {
  const [keywordBytes, rest] = splitAtNull(data, where);
  const keyword = latin1(keywordBytes);
  if (type === "tEXt") return [keyword, ownEncoding(rest)];
  if (type === "zTXt") {
    return [keyword, ownEncoding(await inflated(rest[0], rest.subarray(1), where))];
  }
  const [isPacked, method] = rest;
  const [, translated] = splitAtNull(rest.subarray(2), where);
  const [, text] = splitAtNull(translated, where);
  const bytes = isPacked === 1 ? await inflated(method, text, where) : text;
  return [keyword, new TextDecoder("utf-8").decode(bytes)];
}

/**
 * Returns the text of a tEXt or zTXt chunk. The format says Latin-1; PIL's writers of UTF-8 exist
 * too, and UTF-8 of other letters is hardly ever meant as Latin-1.
 */
function ownEncoding(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return latin1(bytes);
  }
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function splitAtNull(bytes: Uint8Array, where: string): readonly [Uint8Array, Uint8Array] {
  const at = bytes.indexOf(0);
  if (at < 0) throw damaged(where, "has a text without its end mark");
  return [bytes.subarray(0, at), bytes.subarray(at + 1)];
}

/** Unpacks, up to the limit: a few bytes may claim gigabytes. */
async function inflated(
  method: number | undefined,
  packed: Uint8Array,
  where: string,
): Promise<Uint8Array> {
  if (method !== 0) throw damaged(where, `packs a text by the unknown method ${method}`);
  const reader = new Blob([packed as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"))
    .getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { value } = await reader.read().catch((cause: unknown) => {
      throw damaged(where, "has a packed text that is damaged", cause);
    });
    if (value === undefined) break;
    length += value.length;
    if (length > MAX_TEXT_BYTES) {
      await reader.cancel();
      throw tooLong(where, "more");
    }
    pieces.push(value);
  }
  const whole = new Uint8Array(length);
  let begin = 0;
  for (const piece of pieces) {
    whole.set(piece, begin);
    begin += piece.length;
  }
  return whole;
}

function damaged(where: string, what: string, cause?: unknown): InputError {
  return new InputError({ where, what, todo: "Save the picture again", cause });
}

function tooLong(where: string, got: string): InputError {
  return new InputError({
    where,
    what: "has a text that is too long",
    got,
    expected: `${MAX_TEXT_BYTES.toLocaleString("en-US")} bytes at most`,
  });
}
