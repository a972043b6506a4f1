// Tested by: test/image/decode/alpha.test.ts
/** Reads and rewrites the rows of a PNG file: unpacked, unfiltered, changed, packed again. */
import { concat, text, viewOf } from "./bytes.ts";
import { makeChunk } from "./png-chunk.ts";

const SIGNATURE = 8;
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

interface Chunk {
  readonly name: string;
  readonly from: number;
  readonly end: number;
}

export class PngRows {
  readonly #file: Uint8Array<ArrayBuffer>;
  readonly #chunks: readonly Chunk[];

  constructor(file: Uint8Array<ArrayBuffer>) {
    this.#file = file;
    this.#chunks = chunksOf(file);
  }

  /** Returns the file without the chunks of a name. */
  without(name: string): Uint8Array<ArrayBuffer> {
    const kept = this.#chunks.filter((chunk) => chunk.name !== name);
    if (kept.length === this.#chunks.length) return this.#file;
    return this.#join(kept.map(({ from, end }) => this.#file.subarray(from, end)));
  }

  /**
   * Returns the file with its rows changed.
   * @param change gets the bytes of a row, and the bytes of a sample
   * @throws RangeError if pixels are missing
   */
  async map(
    change: (row: Uint8Array, sampleBytes: number) => void,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const view = viewOf(this.#file);
    const sampleBytes = view.getUint8(24) / 8;
    const samples = [1, 0, 3, 1, 2, 0, 4][view.getUint8(25)] ?? 1;
    const pixel = samples * sampleBytes;
    const packed = this.#chunks.filter(({ name }) => name === "IDAT");
    const data = await throughStream(
      concat(packed.map(({ from, end }) => this.#file.subarray(from + 8, end - 4))),
      new DecompressionStream("deflate"),
    );
    let at = 0;
    for (const [columns, rows] of this.#passes()) {
      const width = columns * pixel;
      let above = new Uint8Array(width);
      for (let row = 0; columns > 0 && row < rows; row++) {
        if (at + 1 + width > data.length) throw new RangeError("pixels are missing");
        const bytes = data.subarray(at + 1, at + 1 + width);
        unfilter(data[at] ?? 0, bytes, above, pixel);
        data[at] = 0;
        at += 1 + width;
        above = bytes.slice();
        change(bytes, sampleBytes);
      }
    }
    const body = await throughStream(data, new CompressionStream("deflate"));
    const first = this.#chunks.findIndex(({ name }) => name === "IDAT");
    const kept = this.#chunks.flatMap(({ name, from, end }, i) => {
      if (name !== "IDAT") return [this.#file.subarray(from, end)];
      return i === first ? [makeChunk("IDAT", body)] : [];
    });
    return this.#join(kept);
  }

  #passes(): (readonly [columns: number, rows: number])[] {
    const view = viewOf(this.#file);
    const [width, height] = [view.getUint32(16), view.getUint32(20)];
    if (view.getUint8(28) === 0) return [[width, height]];
    return ADAM7.map(([x, y, across, down]) => [
      Math.max(0, Math.ceil((width - x) / across)),
      Math.max(0, Math.ceil((height - y) / down)),
    ]);
  }

  #join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    return concat([this.#file.subarray(0, SIGNATURE), ...parts]);
  }
}

function chunksOf(file: Uint8Array): Chunk[] {
  const view = viewOf(file);
  const chunks: Chunk[] = [];
  for (let from = SIGNATURE; from + 12 <= file.length;) {
    const name = text(file, from + 4, 4);
    const end = Math.min(file.length, from + 12 + view.getUint32(from));
    chunks.push({ name, from, end });
    from = end;
    if (name === "IEND") break;
  }
  return chunks;
}

/** PNG specification, 9.2: undoes the filter of a row in place. */
function unfilter(filter: number, row: Uint8Array, above: Uint8Array, pixel: number): void {
  if (filter === 0) return;
  for (let i = 0; i < row.length; i++) {
    const left = i < pixel ? 0 : row[i - pixel]!;
    const up = above[i]!;
    const corner = i < pixel ? 0 : above[i - pixel]!;
    const added = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
    if (added === undefined) throw new RangeError("unknown filter");
    row[i] = row[i]! + added;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(estimate - value));
  if (a! <= b! && a! <= c!) return left;
  return b! <= c! ? up : corner;
}

/** Returns the bytes that a stream makes of others; what comes before an error, if there is one. */
async function throughStream(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
    }
  } catch {
    // Cut off: the rows say what is missing.
  }
  return concat(parts);
}
