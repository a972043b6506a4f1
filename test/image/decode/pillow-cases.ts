/** Odd but mostly legal files and how Pillow reads them: `test/golden/image/headers.py`. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export interface PillowCase {
  readonly file: Buffer;
  /** Pillow's reading; `orientation` is 0 if it refuses the file. */
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
  /** CRC-32 of the pixels of a BMP. */
  readonly pixels: number;
}

export function readPillowCases(): PillowCase[] {
  const packed = new URL("../../golden/image/headers.bin.gz", import.meta.url);
  const bytes = gunzipSync(readFileSync(packed));
  const cases: PillowCase[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 13 + bytes.readUInt32LE(at + 9);
    cases.push({
      width: bytes.readUInt16LE(at),
      height: bytes.readUInt16LE(at + 2),
      orientation: bytes.readUInt8(at + 4),
      pixels: bytes.readUInt32LE(at + 5),
      file: bytes.subarray(at + 13, end),
    });
    at = end;
  }
  return cases;
}
