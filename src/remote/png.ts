// Tested by: test/remote/remote-reward-model.test.ts
/**
 * Pixels as a PNG, without loss, alpha included: canvases multiply colours by alpha and back.
 */

import { makeChunk } from "../image/decode/formats/png-chunk.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Eight bits each of red, green, blue, alpha; deflate, no filter, not interlaced. */
const RGBA_8 = [8, 6, 0, 0, 0];

/** Encodes [height, width, 4] bytes as a file. */
export async function encodePng(image: {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}): Promise<Uint8Array> {
  const { width, height, data } = image;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set(RGBA_8, 8);
  const row = width * 4;
  // Each row begins with the byte of its filter, 0.
  const rows = new Uint8Array(height * (row + 1));
  const bytes = Uint8Array.from(data);
  for (let y = 0; y < height; y++) {
    rows.set(bytes.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  }
  const packed = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
  const body = new Uint8Array(await new Response(packed).arrayBuffer());
  const chunks = [
    makeChunk("IHDR", header),
    makeChunk("IDAT", body),
    makeChunk("IEND", new Uint8Array(0)),
  ];
  return new Uint8Array(await new Blob([Uint8Array.from(SIGNATURE), ...chunks]).arrayBuffer());
}
