// Tested by: test/image/decode/pillow-headers.test.ts
/**
 * JPEG files: segments read as libjpeg reads them, with stray bytes between them.
 *
 * Exif is renamed before a browser sees the file, and a missing end marker is added if the picture
 * is complete.
 */
import { InputError } from "../../../errors.ts";
import { bytesOf, concat, has, text, viewOf } from "./bytes.ts";
import type { Format, PlainFile, Size } from "./format.ts";
import { findPictureEnd } from "./jpeg-scan.ts";
import { isFrame, nextSegment, type Segment } from "./jpeg-segments.ts";

const START_OF_SCAN = 0xda;
const XMP = "http://ns.adobe.com/xap/1.0/\0";

export const jpeg: Format = {
  type: "image/jpeg",
  matches: ([first, second, third]) => first === 0xff && second === 0xd8 && third === 0xff,
  size: jpegSize,
  open: openJpeg,
};

function jpegSize(view: DataView): Size | undefined {
  let segment = nextSegment(view, 2);
  while (segment !== undefined && segment.marker !== START_OF_SCAN) {
    const { marker, begin, end } = segment;
    if (isFrame(marker)) return [view.getUint16(begin + 3), view.getUint16(begin + 1)];
    segment = nextSegment(view, end);
  }
  return undefined;
}

function openJpeg(bytes: Uint8Array<ArrayBuffer>): PlainFile {
  const view = viewOf(bytes);
  const exif: Uint8Array[] = [];
  let xmp: string | undefined;
  let plain = bytes;
  let segment = nextSegment(view, 2);
  while (segment !== undefined && segment.marker !== START_OF_SCAN) {
    const { marker, begin, end } = segment;
    if (isFrame(marker)) checkFrame(view, marker, begin);
    if (marker === 0xe1 && has(bytes, begin, "Exif\0\0")) {
      // Pillow joins segments, and keeps the first one's identifier.
      exif.push(bytes.slice(exif.length === 0 ? begin : begin + 6, end));
      if (plain === bytes) plain = bytes.slice();
      plain.fill(0x78, begin, begin + 4); // "xxxx": no browser turns the picture
    }
    if (marker === 0xe1 && has(bytes, begin, XMP)) {
      xmp = text(bytes, begin + XMP.length, end - begin - XMP.length);
    }
    segment = nextSegment(view, end);
  }
  if (segment === undefined) throw new RangeError("the file ends without a scan");
  if (!hasEndMarker(view, segment)) {
    plain = concat([plain.subarray(0, findPictureEnd(view)), Uint8Array.of(0xff, 0xd9)]);
  }
  return { bytes: plain, tags: { exif: exif.length === 0 ? undefined : concat(exif), xmp } };
}

/**
 * Checks the kind of JPEG.
 * @throws InputError for one that browsers do not decode
 */
function checkFrame(view: DataView, marker: number, begin: number): void {
  const bits = view.getUint8(begin);
  const components = view.getUint8(begin + 5);
  const isCommon = marker <= 0xc2;
  if (isCommon && bits === 8 && [1, 3, 4].includes(components)) return;
  const coding = marker >= 0xc9 ? "arithmetic coding" : "lossless or hierarchical coding";
  throw new InputError({
    where: "picture",
    what: "browsers do not decode this kind of JPEG",
    got: isCommon ? `${bits} bits, ${components} components` : coding,
    expected: "baseline or progressive Huffman coding, 8 bits",
    todo: "Save the picture again",
  });
}

/** Returns true if only scans and tables follow the first scan up to the end's marker. */
function hasEndMarker(view: DataView, firstScan: Segment): boolean {
  const bytes = bytesOf(view);
  let at = firstScan.end;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 2 > bytes.length) return false;
    const marker = view.getUint8(at + 1);
    if (marker === 0xd9) return true;
    const isInScan = marker === 0 || (marker >= 0xd0 && marker <= 0xd7);
    const isSegment =
      marker === 0xc4 || (marker >= 0xda && marker <= 0xef && marker !== 0xde) || marker === 0xfe;
    if (isSegment) {
      if (at + 4 > bytes.length) return false;
      at += 2 + view.getUint16(at + 2);
    } else if (isInScan) at += 2;
    else if (marker === 0xff) at++;
    else return false;
  }
}
