/**
 * SHA-256: of a chunk at once by the browser, and of a file piece by piece.
 *
 * The browser's `crypto.subtle` has no streaming form, and a shard of 5 GB cannot be in memory.
 */
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";

/** A hash in the making. */
export interface StreamingHash {
  /** Adds bytes after those that came before. */
  update(bytes: Uint8Array): void;
  /** The hash of all bytes, 64 hexadecimal digits; nothing can be added afterwards. */
  hex(): string;
}

/** Begins a hash of bytes that come in pieces. */
export function streamingSha256(): StreamingHash {
  const hash = nobleSha256.create();
  return { update: (bytes) => void hash.update(bytes), hex: () => toHex(hash.digest()) };
}

/** The hash of bytes that are there, 32 bytes. Pages without HTTPS have no `crypto.subtle`. */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) return sha256Now(bytes);
  return new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
}

/** The same at once: sooner where bytes are few, for the browser answers later. */
export function sha256Now(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes);
}

/** The hash of a text's UTF-8, at once. */
export function sha256OfText(text: string): Uint8Array {
  return sha256Now(new TextEncoder().encode(text));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}
