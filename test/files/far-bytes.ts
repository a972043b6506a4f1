/**
 * A file of 5 GiB in which each byte is computed from its offset. 2^31 and 2^32 are not multiples
 * of 251, so an offset that wrapped around reads the wrong byte.
 */

export const FAR_BYTES: number = 5 * 2 ** 30;
/** Where reads begin: across 2 GiB, across 4 GiB, beyond, and up to the end. */
export const FAR_PLACES: readonly number[] = [
  2 ** 31 - 5,
  2 ** 32 - 5,
  2 ** 32 + 7,
  FAR_BYTES - 11,
];
/** How many bytes are read there. */
export const FAR_LENGTH = 11;

/** Fills memory with the file's bytes from `begin`. */
export function fillFar(begin: number, into: Uint8Array): void {
  for (let i = 0; i < into.byteLength; i++) into[i] = (begin + i) % 251;
}

/** Returns the right bytes at each place. */
export function farAnswers(): number[][] {
  return FAR_PLACES.map((begin) => {
    const bytes = new Uint8Array(FAR_LENGTH);
    fillFar(begin, bytes);
    return [...bytes];
  });
}
