// Tested by: test/image/decode/pillow-headers.test.ts
/**
 * PNG files: the default image alone. A browser sees only the chunks that pixels are made of, not
 * frames of an animation, Exif or colour tags. Chunks count as Pillow's PngImagePlugin takes them.
 */
import { bytesOf, concat, has, text, viewOf } from "./bytes.ts";
import type { OrientationTags } from "../orientation.ts";
import type { Format, PlainFile, Size } from "./format.ts";
import { makeChunk } from "./png-chunk.ts";

interface Chunk {
  readonly name: string;
  /** The whole chunk: length, name, content, checksum. */
  readonly from: number;
  readonly begin: number;
  readonly end: number;
}

/** Chunks that pixels are made of. */
const KEPT = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
const SIGNATURE = 8;
const XMP = "XML:com.adobe.xmp";
const RAW_PROFILE = "Raw profile type exif";
/** Interlaced rows come in passes: first column and row of each, steps across and down. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
/** Pillow's MAX_TEXT_CHUNK. */
const MAX_TEXT_BYTES = 1 << 20;

export const png: Format = {
  type: "image/png",
  matches: (bytes) => bytes[0] === 0x89 && has(bytes, 1, "PNG\r\n\x1a\n"),
  size: pngSize,
  open: openPng,
};

function pngSize(view: DataView): Size | undefined {
  return has(bytesOf(view), 12, "IHDR") ? [view.getUint32(16), view.getUint32(20)] : undefined;
}

async function openPng(file: Uint8Array<ArrayBuffer>): Promise<PlainFile> {
  const { chunks, isWhole } = readChunks(file);
  const tags = await readTags(file, chunks);
  const kept = chunks.filter(({ name }) => KEPT.includes(name) && (isWhole || name !== "IDAT"));
  const parts: Uint8Array[] = kept.map(({ from, end }) => file.subarray(from, end + 4));
  if (!isWhole) parts.push(...(await completeData(file, chunks)));
  return { bytes: concat([file.subarray(0, SIGNATURE), ...parts]), tags };
}

/**
 * Returns the chunks to `IEND`. Each has a length, a name, that number of bytes, and a checksum.
 */
function readChunks(bytes: Uint8Array): { chunks: Chunk[]; isWhole: boolean } {
  const view = viewOf(bytes);
  const chunks: Chunk[] = [];
  for (let from = SIGNATURE; from + 12 <= bytes.length;) {
    const name = text(bytes, from + 4, 4);
    const begin = from + 8;
    const end = begin + view.getUint32(from);
    if (end + 4 > bytes.length) {
      if (name === "IDAT") chunks.push({ name, from, begin, end: bytes.length });
      break;
    }
    chunks.push({ name, from, begin, end });
    if (name === "IEND") return { chunks, isWhole: true };
    from = end + 4;
  }
  return { chunks, isWhole: false };
}

/**
 * Returns the data of a file without an end, compressed again, and an end.
 * @throws RangeError if pixels are missing
 */
async function completeData(file: Uint8Array, chunks: readonly Chunk[]): Promise<Uint8Array[]> {
  const data = chunks.filter(({ name }) => name === "IDAT");
  const wanted = rawBytes(viewOf(file));
  const raw = await inflate(
    concat(data.map(({ begin, end }) => file.subarray(begin, end))),
    wanted,
  );
  if (raw.length < wanted) throw new RangeError("pixels are missing");
  const packed = new Blob([raw]).stream().pipeThrough(new CompressionStream("deflate"));
  const body = new Uint8Array(await new Response(packed).arrayBuffer());
  return [makeChunk("IDAT", body), makeChunk("IEND", new Uint8Array(0))];
}

/** Returns the bytes of all rows, each after the byte of its filter. */
function rawBytes(view: DataView): number {
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const samples = [1, 0, 3, 1, 2, 0, 4][view.getUint8(25)] ?? 0;
  const bits = view.getUint8(24) * samples;
  const passBytes = (columns: number, rows: number): number =>
    columns > 0 ? rows * (1 + Math.ceil((columns * bits) / 8)) : 0;
  if (view.getUint8(28) === 0) return passBytes(width, height);
  return ADAM7.reduce(
    (sum, [x, y, across, down]) =>
      sum + passBytes(Math.ceil((width - x) / across), Math.ceil((height - y) / down)),
    0,
  );
}

/** Returns what the file says about its orientation. Later chunks replace earlier ones. */
async function readTags(file: Uint8Array, chunks: readonly Chunk[]): Promise<OrientationTags> {
  const texts = new Map<string, string>();
  let exif: Uint8Array | undefined;
  let otherXmp: string | undefined;
  for (const { name, begin, end } of readByPillow(file, chunks)) {
    const content = file.subarray(begin, end);
    if (name === "eXIf") exif = content;
    if (!["tEXt", "zTXt", "iTXt"].includes(name)) continue;
    const keyEnd = content.indexOf(0);
    const key = text(content, 0, keyEnd < 0 ? content.length : keyEnd);
    if (![XMP, RAW_PROFILE, "exif"].includes(key)) continue;
    const value = await readText(name, content.subarray(key.length + 1));
    if (value === undefined) continue;
    if (key === "exif" && name === "tEXt") exif = value;
    if (key === XMP && name === "iTXt") otherXmp = text(value, 0, value.length);
    texts.set(key, text(value, 0, value.length));
  }
  const profile = texts.get(RAW_PROFILE);
  if (exif === undefined && profile !== undefined) exif = fromHex(profile);
  return { exif, xmp: texts.get(XMP) || otherXmp };
}

/** Returns the chunks that Pillow reads for the first picture: those of later frames are not. */
function readByPillow(file: Uint8Array, chunks: readonly Chunk[]): readonly Chunk[] {
  const data = chunks.findIndex(({ name }) => name === "IDAT");
  const counts = chunks.slice(0, data).filter(({ name }) => name === "acTL");
  const frames = counts.length === 1 ? viewOf(file).getUint32(counts[0]!.begin) : 0;
  const isFrame = chunks.slice(0, data).some(({ name }) => name === "fcTL");
  const isAnimated = frames + (isFrame ? 0 : 1) > 1;
  const end = chunks.findIndex(
    ({ name }, i) => i > data && ((isAnimated && name === "fcTL") || !/^\w{4}$/.test(name)),
  );
  return end < 0 ? chunks : chunks.slice(0, end);
}

/** Returns the text of a chunk after its key; undefined if it is damaged. */
async function readText(name: string, content: Uint8Array): Promise<Uint8Array | undefined> {
  if (name === "tEXt") return content;
  if (name === "zTXt") return await inflate(content.subarray(1), MAX_TEXT_BYTES);
  const languageEnd = content.indexOf(0, 2);
  const begin = content.indexOf(0, languageEnd + 1) + 1;
  if (languageEnd < 0 || begin === 0) return undefined;
  if (content[0] === 0) return content.subarray(begin);
  return content[1] === 0 ? await inflate(content.subarray(begin), MAX_TEXT_BYTES) : undefined;
}

/** Returns at least the first `most` bytes, or what comes before an error. */
async function inflate(bytes: Uint8Array, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"))
    .getReader();
  try {
    while (length < most) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      length += value.length;
    }
    await reader.cancel();
  } catch {
    // Cut off, or more follows: zlib gives what it has, too.
  }
  return concat(parts);
}

/** Reads ImageMagick's form: three lines, then digits in lines. Python: `bytes.fromhex`. */
function fromHex(profile: string): Uint8Array {
  const digits = profile.split("\n").slice(3).join("").replaceAll(/\s/g, "");
  if (/[^0-9a-f]/i.test(digits)) return Uint8Array.of(0);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
