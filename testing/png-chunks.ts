/** PNG files made by hand: chunks of any kind, right and wrong ones. */
import { crc32 } from "node:zlib";

/** Returns a chunk: length, type, data, check sum. */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

/** Returns a file of the chunks, with signature and end. */
export function pngOf(...chunks: readonly Uint8Array[]): Buffer {
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, ...chunks, pngChunk("IEND", Buffer.alloc(0))]);
}

/** Returns a PNG with a text chunk before its end. */
export function withText(png: Buffer, keyword: string, text: string): Buffer {
  const end = png.length - 12;
  const chunk = pngChunk("tEXt", Buffer.from(`${keyword}\0${text}`, "utf8"));
  return Buffer.concat([png.subarray(0, end), chunk, png.subarray(end)]);
}
