/** Opens a file by its format's own code, without a browser. */
import type { PlainFile } from "../../../src/image/decode/formats/format.ts";
import { formatOf, readImageHeader } from "../../../src/image/decode/header.ts";
import type { Pixels } from "../../../src/image/decode/pixels.ts";

export async function openFormat(file: Uint8Array): Promise<PlainFile | Pixels> {
  const bytes = Uint8Array.from(file);
  const { width, height } = readImageHeader(bytes);
  return await formatOf(bytes).open(bytes, [width, height]);
}
