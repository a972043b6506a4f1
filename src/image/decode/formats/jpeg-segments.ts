// Tested by: test/image/decode/pillow-headers.test.ts
/** Segments of JPEG files, found as libjpeg finds them. */

export interface Segment {
  readonly marker: number;
  /** The content, without marker and length. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Returns the next segment from `at` on, or undefined at the end's marker. Bytes that do not belong
 * to a segment are skipped.
 */
export function nextSegment(view: DataView, at: number): Segment | undefined {
  for (;;) {
    while (view.getUint8(at) !== 0xff) at++;
    while (view.getUint8(at) === 0xff) at++; // fill bytes
    const marker = view.getUint8(at++);
    if (marker === 0xd9) return undefined;
    const isAlone = marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    if (isAlone) continue;
    const length = Math.max(2, view.getUint16(at));
    return { marker, begin: at + 2, end: at + length };
  }
}

/**
 * Returns true for a start of frame: all from 0xc0 to 0xcf but tables (c4, cc) and an extension
 * (c8).
 */
export function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
