// Tested by: test/checkpoint/exported.test.ts
/**
 * A file whose bytes are compared with hashes before any of them is used: of chunks, in the file's
 * order. Reads are widened to whole chunks.
 */
import { sha256 } from "../base/sha256.ts";
import { WeightsError } from "../errors.ts";
import { checkRange } from "../files/source.ts";
import type { ByteSequence, SourceFile } from "../files/source.ts";

/** Bytes of a hash: the first of a sha256. They find damage; they do not prove who wrote a file. */
export const HASH_BYTES = 8;

export interface Chunks {
  /** How messages call the file. */
  readonly name: string;
  /** Where the first chunk begins. */
  readonly begin: number;
  readonly chunkBytes: number;
  /** `HASH_BYTES` for each chunk. */
  readonly hashes: Uint8Array;
}

/** Returns hashes as they are written: base64. @throws WeightsError if they are not */
export function hashesIn(where: string, text: string | undefined): Uint8Array {
  try {
    return Uint8Array.from(atob(text ?? "?"), (letter) => letter.charCodeAt(0));
  } catch (cause) {
    const what = "its header has no hashes";
    throw new WeightsError({ where, what, todo: "Upload the file again", cause });
  }
}

/** Returns the file; bytes from `chunks.begin` on are checked. */
export function checkedFile(inner: SourceFile, chunks: Chunks): SourceFile {
  const { begin: first, chunkBytes } = chunks;
  /** Returns the range, widened to whole chunks. */
  const widen = (begin: number, end: number): { readonly from: number; readonly to: number } => ({
    from: first + Math.floor((begin - first) / chunkBytes) * chunkBytes,
    to: Math.min(inner.byteLength, first + Math.ceil((end - first) / chunkBytes) * chunkBytes),
  });
  const file: SourceFile = {
    path: inner.path,
    byteLength: inner.byteLength,
    async read(begin, into, signal) {
      checkRange(file, begin, into.byteLength);
      // The header, which was read to get the hashes.
      if (begin < first) return await inner.read(begin, into, signal);
      const { from, to } = widen(begin, begin + into.byteLength);
      const isWhole = to - from === into.byteLength;
      const bytes = isWhole ? into : new Uint8Array(to - from);
      await inner.read(from, bytes, signal);
      for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
        await check(chunks, from + at, bytes.subarray(at, at + chunkBytes));
      }
      if (!isWhole) into.set(bytes.subarray(begin - from, begin - from + into.byteLength));
    },
    ...(inner.close && { close: async () => await inner.close?.() }),
  };
  if (!inner.sequence) return file;
  return {
    ...file,
    sequence(begin, end, signal) {
      const { from, to } = widen(begin, end);
      const bytes = inner.sequence?.(from, to, signal);
      if (bytes === undefined) throw new Error("a file lost its sequence");
      return checkedSequence(bytes, chunks, { from, begin, to });
    },
  };
}

/** Returns the bytes from `begin` on of a sequence of whole chunks, `[from, to)` of the file. */
function checkedSequence(
  inner: ByteSequence,
  chunks: Chunks,
  { from, begin, to }: { readonly from: number; readonly begin: number; readonly to: number },
): ByteSequence {
  const chunk = new Uint8Array(chunks.chunkBytes);
  let next = from;
  let left = chunk.subarray(0, 0);
  let skipped = begin - from;
  return {
    async read(into) {
      for (let done = 0; done < into.byteLength;) {
        if (left.byteLength === 0) {
          left = chunk.subarray(0, Math.min(chunk.byteLength, to - next));
          await inner.read(left);
          await check(chunks, next, left);
          next += left.byteLength;
        }
        if (skipped > 0) {
          left = left.subarray(skipped);
          skipped = 0;
        }
        const part = left.subarray(0, into.byteLength - done);
        into.set(part, done);
        left = left.subarray(part.byteLength);
        done += part.byteLength;
      }
    },
    close: () => inner.close(),
  };
}

async function check(chunks: Chunks, at: number, bytes: Uint8Array): Promise<void> {
  const { name, begin, chunkBytes, hashes } = chunks;
  const offset = ((at - begin) / chunkBytes) * HASH_BYTES;
  const hash = await sha256(bytes);
  if (offset + HASH_BYTES <= hashes.byteLength) {
    const isSame = hashes
      .subarray(offset, offset + HASH_BYTES)
      .every((byte, i) => byte === hash[i]);
    if (isSame) return;
  }
  const end = at + bytes.byteLength - 1;
  throw new WeightsError({
    where: name,
    what: `is damaged: bytes ${at.toLocaleString("en-US")} to ${end.toLocaleString("en-US")} are not those that were exported`,
    todo: "Upload the file again, and clear what caches it",
  });
}
