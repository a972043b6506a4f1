// Tested by: test/text/tokenizer/tokenizer.test.ts
/**
 * The alphabet of byte-level BPE: each of the 256 bytes has a visible character, and a token is
 * written with them.
 *
 * Python: transformers' `bytes_to_unicode`, tokenizers' `ByteLevel::alphabet`.
 */

/** Returns whether a byte is written as its own character: visible ASCII and visible Latin-1. */
function standsForItself(byte: number): boolean {
  return (
    (byte >= 0x21 && byte <= 0x7e) ||
    (byte >= 0xa1 && byte <= 0xac) ||
    (byte >= 0xae && byte <= 0xff)
  );
}

/** The character of each byte, 256 of them. */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(standsForItself(byte) ? byte : next++),
  );
})();

const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

/**
 * Returns the bytes of a token as the vocabulary writes it; undefined if a character is not a byte.
 */
export function bytesOfToken(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF_CHARACTER.get(token.charAt(i));
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
