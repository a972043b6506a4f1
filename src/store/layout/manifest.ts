// Tested by: test/store/read/verified-file.test.ts
/**
 * The manifest of a stored model: its files, where their bytes are, and the hash of every chunk. It
 * is written last; a model without one does not exist.
 *
 * A manifest is JSON, a line break, and the sha256 of the JSON. A torn or flipped one does not
 * count.
 */
import { sha256OfText, toHex } from "../../base/sha256.ts";

/** One file of a stored model. */
export interface ManifestFile {
  /** Path in the source. */
  readonly path: string;
  readonly byteLength: number;
  /** Of the whole file, hexadecimal: the hub's, or recorded at the first load. */
  readonly sha256: string;
  /** The server's name for this version of the file; undefined if it gave none. */
  readonly etag: string | undefined;
  /** Name of the stored bytes; files of the same content share it. */
  readonly blob: string;
  /** The sha256 of each chunk, 32 bytes each, one after the other. */
  readonly chunkHashes: Uint8Array;
}

export interface Manifest {
  /** The source's name, by which the model is found. */
  readonly source: string;
  /** Branch, tag or commit, if the source is the hub's. */
  readonly revision: string | undefined;
  /** When the model was complete, ISO 8601. */
  readonly storedAt: string;
  readonly chunkBytes: number;
  readonly files: readonly ManifestFile[];
  /** Paths that were requested and that the source does not have. */
  readonly absent: readonly string[];
}

/** The version of the format that this code writes. */
const FORMAT = 1;

export function encodeManifest(manifest: Manifest): Uint8Array {
  const files = manifest.files.map((file) => ({
    ...file,
    chunkHashes: toHex(file.chunkHashes),
  }));
  const json = JSON.stringify({ format: FORMAT, ...manifest, files });
  return new TextEncoder().encode(`${json}\n${toHex(sha256OfText(json))}`);
}

/** Returns the manifest, or undefined if the bytes are damaged or of another version. */
export function parseManifest(bytes: Uint8Array): Manifest | undefined {
  const text = new TextDecoder().decode(bytes);
  const split = text.lastIndexOf("\n");
  const json = text.slice(0, Math.max(0, split));
  if (text.slice(split + 1) !== toHex(sha256OfText(json))) return undefined;
  // JSON with such a hash was written by `encodeManifest`, maybe of another version.
  const value = JSON.parse(json) as Omit<Manifest, "files"> & {
    readonly format: number;
    readonly files: readonly (Omit<ManifestFile, "chunkHashes"> & { chunkHashes: string })[];
  };
  if (value.format !== FORMAT) return undefined;
  const { source, revision, storedAt, chunkBytes, absent } = value;
  const files = value.files.map((file) => ({
    ...file,
    etag: file.etag,
    chunkHashes: fromHex(file.chunkHashes),
  }));
  return { source, revision, storedAt, chunkBytes, files, absent };
}

/** Returns the bytes of all files. */
export function manifestBytes({ files }: Manifest): number {
  return files.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Returns the hash of all files of a model, whenever and from wherever they came. */
export function modelHash(files: readonly Pick<ManifestFile, "path" | "sha256">[]): string {
  const lines = files.map(({ path, sha256 }) => `${path}\0${sha256}`).toSorted();
  return toHex(sha256OfText(lines.join("\n")));
}

/** Returns the hash of one chunk, 32 bytes. */
export function chunkHash({ chunkHashes }: ManifestFile, chunk: number): Uint8Array {
  return chunkHashes.subarray(chunk * 32, chunk * 32 + 32);
}

function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.byteLength; i++) {
    bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  }
  return bytes;
}
