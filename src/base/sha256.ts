/**
 * SHA-256 of bytes in memory by the browser, and of a file piece by piece.
 *
 * The browser's `crypto.subtle` cannot stream, and a shard of 5 GB does not fit in memory.
 */
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";

/** A hash that is being computed. */
export interface StreamingHash {
  /** Adds bytes after all earlier ones. */
  update(bytes: Uint8Array): void;
  /** Returns the hash of all bytes, 64 hexadecimal digits. Nothing can be added afterwards. */
  hex(): string;
}

/** Starts a hash of bytes that arrive in pieces. */
export function streamingSha256(): StreamingHash {
  const hash = nobleSha256.create();
  return { update: (bytes) => void hash.update(bytes), hex: () => toHex(hash.digest()) };
}

/** Returns the hash of bytes, 32 bytes. Pages without HTTPS have no `crypto.subtle`. */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) return sha256Now(bytes);
  return new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
}

/** Returns the same synchronously: faster for few bytes than the browser's asynchronous answer. */
export function sha256Now(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes);
}

/** Returns the hash of a text's UTF-8, synchronously. */
export function sha256OfText(text: string): Uint8Array {
  return sha256Now(new TextEncoder().encode(text));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}
