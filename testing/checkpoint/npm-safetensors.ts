/** Reads whole safetensors files by npm's `safetensors`: an independent reader, and a peer. */
import { createRequire } from "node:module";

/** The npm package has no types. */
interface SafeTensor {
  readonly metadata: ReadonlyMap<
    string,
    {
      readonly dtype: string;
      readonly shape: readonly number[];
      /** From the start of the file. */
      readonly data_offsets: readonly [number, number];
    }
  >;
  getTensor(name: string): Uint8Array<ArrayBuffer>;
}

const require = createRequire(import.meta.url);
const npm = require("safetensors") as {
  readonly SafeTensor: new (bytes: Uint8Array<ArrayBuffer>) => SafeTensor;
};

const METADATA = '"__metadata__":';

/**
 * Opens a file that is in memory, from the start of its buffer.
 *
 * npm's reader takes the header's metadata for a tensor and fails. Spaces replace the metadata
 * here: the header stays JSON, and every offset stays.
 */
export function openByNpm(bytes: Uint8Array<ArrayBuffer>): SafeTensor {
  if (bytes.byteOffset !== 0) throw new Error("npm's safetensors reads from the buffer's start");
  const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = bytes.subarray(8, 8 + headerBytes);
  const text = new TextDecoder("latin1").decode(header);
  const begin = text.indexOf(METADATA);
  if (begin >= 0) {
    const end = text.indexOf("}", begin) + 1;
    header.fill(0x20, begin, text[end] === "," ? end + 1 : end);
  }
  return new npm.SafeTensor(bytes);
}
