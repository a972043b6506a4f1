// Tested by: test/image/decode/pillow-headers.test.ts
/**
 * Decodes BMP files, since browsers differ from Pillow in alpha, in 15 and 16 bits and in what a
 * wrong offset means. Python: BmpImagePlugin.
 */
import { InputError } from "../../../errors.ts";
import { overWhite, type Pixels } from "../pixels.ts";
import { bytesOf, has } from "./bytes.ts";
import type { Format, Size } from "./format.ts";

interface Header {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Masks of red, green, blue and alpha. */
  readonly masks: readonly number[];
  /** The offset of the palette, the bytes of each colour, and how many colours it has. */
  readonly palette: { readonly begin: number; readonly step: number; readonly colours: number };
  /** The offset of the pixels. */
  readonly pixels: number;
}

const HEADER_BYTES = [12, 40, 52, 56, 64, 108, 124];
const COMPRESSIONS = ["none", "RLE8", "RLE4", "bit fields", "JPEG", "PNG"];

/** Masks that Pillow reads, by bits of a pixel. */
const BIT_FIELDS: Readonly<Record<number, readonly string[]>> = {
  16: ["f800,7e0,1f", "7c00,3e0,1f"],
  24: ["ff0000,ff00,ff"],
  32: [
    "ff0000,ff00,ff,0",
    "ff000000,ff0000,ff00,0",
    "ff000000,ff00,ff,0",
    "ff000000,ff0000,ff00,ff",
    "ff,ff00,ff0000,ff000000",
    "ff0000,ff00,ff,ff000000",
    "ff000000,ff00,ff,ff0000",
    "0,0,0,0",
  ],
};

export const bmp: Format = {
  type: "image/bmp",
  matches: (bytes) => has(bytes, 0, "BM"),
  size: bmpSize,
  open: openBmp,
};

function bmpSize(view: DataView): Size {
  if (view.getUint32(14, true) === 12) return [view.getUint16(18, true), view.getUint16(20, true)];
  // A negative height says that the rows go down.
  return [view.getInt32(18, true), Math.abs(view.getInt32(22, true))];
}

function openBmp(bytes: Uint8Array, [width, height]: Size): Pixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view, width, height);
  const { bits, compression } = header;
  const isRun = compression === 1 || compression === 2;
  if (isRun && bits > 8) throw unsupported(`${COMPRESSIONS[compression]} of ${bits} bits`);
  const rgba = new Uint8Array(width * height * 4);
  const colourOf = readColours(view, header);
  const indices = isRun ? readRuns(view, header) : undefined;
  const stride = ((width * bits + 31) >> 3) & ~3;
  for (let row = 0; row < height; row++) {
    const y = header.isTopDown ? row : height - 1 - row;
    for (let x = 0; x < width; x++) {
      const at = header.pixels + row * stride + ((x * bits) >> 3);
      let value: number;
      if (indices !== undefined) value = indices[row * width + x]!;
      else if (bits < 8)
        value = (view.getUint8(at) >> (8 - bits - ((x * bits) & 7))) & ((1 << bits) - 1);
      else if (bits === 8) value = view.getUint8(at);
      else if (bits === 16) value = view.getUint16(at, true);
      else if (bits === 24) value = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
      else value = view.getUint32(at, true);
      rgba.set(colourOf(value), (y * width + x) * 4);
    }
  }
  return { width, height, data: overWhite(rgba) };
}

function readHeader(view: DataView, width: number, height: number): Header {
  const headerBytes = view.getUint32(14, true);
  if (!HEADER_BYTES.includes(headerBytes)) throw unsupported(`a header of ${headerBytes} bytes`);
  const isOld = headerBytes === 12;
  const bits = view.getUint16(isOld ? 24 : 28, true);
  const compression = isOld ? 0 : view.getUint32(30, true);
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw unsupported(`${bits} bits a pixel`);
  if (compression > 3) {
    throw unsupported(`${COMPRESSIONS[compression] ?? compression} as its compression`);
  }
  const end = 14 + headerBytes;
  const hasMasks = compression === 3;
  const places = headerBytes >= 56 && !isOld && headerBytes !== 64 ? 4 : 3;
  const masks = [0, 1, 2, 3].map((i) => {
    return hasMasks && (i < places || headerBytes === 64) ? view.getUint32(54 + i * 4, true) : 0;
  });
  const fields = masks.slice(0, bits === 32 ? 4 : 3).map((mask) => mask.toString(16));
  if (hasMasks && BIT_FIELDS[bits]?.includes(fields.join()) !== true) {
    throw unsupported(`bit fields ${fields.join(", ")} of ${bits} bits`);
  }
  const begin = hasMasks && headerBytes === 40 ? end + 12 : end;
  const step = isOld ? 3 : 4;
  const colours = (isOld ? 0 : view.getUint32(46, true)) || 1 << Math.min(bits, 30);
  const paletteEnd = bits <= 8 ? begin + step * colours : begin;
  let pixels = view.getUint32(10, true);
  if (pixels === 0 || (pixels === end && bits <= 8)) pixels = paletteEnd;
  if (pixels < begin) {
    throw new InputError({
      where: "picture",
      what: "the pixels of the BMP file begin within its header",
      got: `byte ${pixels}`,
      expected: `byte ${begin} or later`,
      todo: "Save the picture again",
    });
  }
  const isTopDown = !isOld && view.getUint8(25) === 0xff;
  return {
    width,
    height,
    isTopDown,
    bits,
    compression,
    masks,
    palette: { begin, step, colours },
    pixels,
  };
}

/** Returns a function from a pixel's value to RGBA. */
function readColours(
  view: DataView,
  { bits, masks, compression, palette }: Header,
): (value: number) => readonly number[] {
  if (bits <= 8) {
    const table = Array.from({ length: 1 << bits }, (_, i) => {
      const at = palette.begin + i * palette.step;
      if (i >= palette.colours) return [0, 0, 0, 255];
      return [view.getUint8(at + 2), view.getUint8(at + 1), view.getUint8(at), 255];
    });
    return (value) => table[value] ?? [0, 0, 0, 255];
  }
  const own = masks.some((mask) => mask !== 0);
  const standard = bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
  // Bit fields of zeros are BGRA.
  const isAlpha = compression === 3 && !own && bits === 32;
  const channels = (own ? masks : [...standard.slice(0, 3), isAlpha ? 0xff000000 : 0]).map(
    (mask) => {
      const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
      return { shift, most: mask >>> shift };
    },
  );
  return (value) =>
    channels.map(({ shift, most }) =>
      most === 0 ? 255 : Math.floor((((value >>> shift) & most) * 255) / most),
    );
}

/** Returns the indices of a run-length encoded picture, rows as stored. Python: BmpRleDecoder. */
function readRuns(view: DataView, { width, height, compression, pixels }: Header): Uint8Array {
  const bytes = bytesOf(view);
  const indices = new Uint8Array(width * height);
  const isRle4 = compression === 2;
  const nibble = (byte: number, i: number): number => (i % 2 === 0 ? byte >> 4 : byte & 15);
  let at = pixels;
  let to = 0;
  let x = 0;
  while (to < indices.length) {
    const count = view.getUint8(at);
    const value = view.getUint8(at + 1);
    at += 2;
    if (count > 0) {
      const length = Math.max(0, Math.min(count, width - x)); // what the row cannot hold is dropped
      for (let i = 0; i < length; i++) indices[to++] = isRle4 ? nibble(value, i) : value;
      x += length;
    } else if (value === 0) {
      to = Math.ceil(to / width) * width;
      x = 0;
    } else if (value === 1) {
      throw new RangeError("the picture ends before its last row");
    } else if (value === 2) {
      to = Math.min(indices.length, to + view.getUint8(at) + view.getUint8(at + 1) * width);
      at += 2;
      x = to % width;
    } else {
      const length = Math.min(indices.length - to, value);
      for (let i = 0; i < length; i++) {
        indices[to++] = isRle4 ? nibble(view.getUint8(at + (i >> 1)), i) : view.getUint8(at + i);
      }
      at += isRle4 ? (length + 1) >> 1 : length;
      x += value;
      if (at % 2 === 1 && at < bytes.length) at++; // to a word's end
    }
  }
  return indices;
}

function unsupported(got: string): InputError {
  return new InputError({
    where: "picture",
    what: "not a supported kind of BMP",
    got,
    todo: "Save the picture again, as PNG for example",
  });
}
