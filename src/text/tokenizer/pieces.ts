/**
 * What each token spells, for people to read.
 */

/**
 * Returns the text of each token. A character whose bytes are spread over several tokens belongs to
 * the last of them; the tokens before it are "". Bytes that never become a character are U+FFFD.
 * The pieces joined are the decoded text.
 * @param bytesOf the UTF-8 bytes of a token
 */
export function decodePieces(
  ids: Iterable<number>,
  bytesOf: (id: number) => Uint8Array,
): readonly string[] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const pieces = Array.from(ids, (id) => decoder.decode(bytesOf(id), { stream: true }));
  const rest = decoder.decode();
  const last = pieces.length - 1;
  if (rest !== "" && last >= 0) pieces[last] += rest;
  return pieces;
}
