// Tested by: test/image/decode/pillow-headers.test.ts
/**
 * AVIF files: boxes of ISO 14496-12. The still picture alone is decoded, as stored.
 *
 * Chrome 156 stretches alpha, and the colours of animations, as if they were of limited range. So
 * the alpha plane is decoded apart, as a grey picture, and an animation as its still picture.
 */
import { UnsupportedError } from "../../../errors.ts";
import type { OrientationTags } from "../orientation.ts";
import { exifOrientation } from "../orientation.ts";
import { bytesOf, concat, has, text, viewOf } from "./bytes.ts";
import type { Format, PlainFile, Size } from "./format.ts";

interface Box {
  readonly type: string;
  /** The content. */
  readonly begin: number;
  readonly end: number;
}

/** What the `meta` box says. */
interface Meta {
  /** The offset of the primary item's number, and its bytes. */
  readonly primary: { readonly at: number; readonly bytes: number; readonly id: number };
  readonly properties: readonly Box[];
  /** Which properties belong to which items; `at` is the place of the number. */
  readonly associations: readonly Association[];
  readonly references: readonly Reference[];
  readonly items: ReadonlyMap<number, { readonly type: string; readonly content: string }>;
  readonly extents: ReadonlyMap<number, readonly Box[]>;
}

interface Association {
  readonly item: number;
  readonly property: Box | undefined;
  readonly at: number;
  readonly bytes: number;
}

interface Reference {
  readonly type: string;
  /** The place of the reference's name. */
  readonly at: number;
  readonly from: number;
  readonly to: readonly number[];
}

/** What Chrome would apply to the pixels: a crop, a turn, a mirror. */
const TRANSFORMS = ["clap", "irot", "imir"];

export const avif: Format = {
  type: "image/avif",
  matches: (bytes) =>
    has(bytes, 4, "ftyp") && readBrands(bytes).some((brand) => /^avi[fs]$/.test(brand)),
  size: avifSize,
  open: openAvif,
};

/** Returns the brands of an `ftyp` box: major at 8, compatible ones from 16. */
function readBrands(bytes: Uint8Array): string[] {
  const end = Math.min(bytes.length, viewOf(bytes).getUint32(0));
  const found: string[] = [];
  for (let at = 8; at + 4 <= end; at += 4) if (at !== 12) found.push(text(bytes, at, 4));
  return found;
}

/** Returns the `ispe` (image spatial extent) of the primary item: a grid's own, not a tile's. */
function avifSize(view: DataView): Size | undefined {
  const meta = readMeta(view);
  const extent = meta && propertyOf(meta, meta.primary.id, "ispe");
  return extent && [view.getUint32(extent.begin + 4), view.getUint32(extent.begin + 8)];
}

/** Browsers notice themselves if an AVIF file is cut off. */
function openAvif(file: Uint8Array<ArrayBuffer>): PlainFile {
  const bytes = file.slice();
  const view = viewOf(bytes);
  const meta = readMeta(view);
  if (meta === undefined) throw new RangeError("no meta box");
  const major = text(bytes, 8, 4);
  const tracks = boxes(view, 0, bytes.length).filter(({ type }) => type === "moov");
  // Pillow reads the first frame of the track then, and browsers the still picture.
  const isTrack = major === "avis" || (major !== "avif" && tracks.length > 0);
  if (isTrack) checkFirstFrame(view, meta, tracks);
  bytes.set([0x61, 0x76, 0x69, 0x66], 8); // the brand "avif": the still picture counts
  const tags = isTrack ? {} : readTags(view, meta);
  for (const { property, at, bytes: length } of meta.associations) {
    if (TRANSFORMS.includes(property?.type ?? "")) bytes.fill(0, at, at + length); // none
  }
  const { id } = meta.primary;
  const alpha = meta.references.find(
    ({ type, from, to }) => type === "auxl" && to.includes(id) && isAlpha(view, meta, from),
  );
  if (alpha === undefined) return { bytes, tags };
  const premultiplied = meta.references.find(({ type, from }) => type === "prem" && from === id);
  for (const reference of [alpha, premultiplied]) {
    if (reference) bytes.fill(0x78, reference.at, reference.at + 4); // "xxxx": apart from now on
  }
  const grey = bytes.slice();
  const { at, bytes: idBytes } = meta.primary;
  if (idBytes === 2) viewOf(grey).setUint16(at, alpha.from);
  else viewOf(grey).setUint32(at, alpha.from);
  return { bytes, tags, alpha: grey, isPremultiplied: premultiplied !== undefined };
}

function isAlpha(view: DataView, meta: Meta, item: number): boolean {
  const auxiliary = propertyOf(meta, item, "auxC");
  if (auxiliary === undefined) return false;
  const { begin, end } = auxiliary;
  return /:alpha\0|:auxid:1\0/.test(text(bytesOf(view), begin + 4, end - begin - 4));
}

/**
 * Reads what Pillow reads: irot and imir replace what EXIF says. XMP counts only if none of these
 * is there. Python: AvifImageFile._open.
 */
function readTags(view: DataView, meta: Meta): OrientationTags {
  const { id } = meta.primary;
  const turn = propertyOf(meta, id, "irot");
  const mirror = propertyOf(meta, id, "imir");
  const axis = mirror === undefined ? undefined : view.getUint8(mirror.begin) & 1;
  const angle = turn === undefined ? 0 : view.getUint8(turn.begin) & 3;
  const orientation = (
    axis === undefined ? [1, 8, 3, 6] : [4 - 2 * axis, 5 + 2 * axis, 2 + 2 * axis, 7 - 2 * axis]
  )[angle];
  const exif = findDescribed(view, meta, ({ type }) => type === "Exif")?.subarray(4);
  if (orientation !== 1 || (exif && exifOrientation(exif) !== undefined)) {
    return { exif: Uint8Array.of(...EXIF_START, orientation ?? 1, 0, 0, 0) };
  }
  const xmp = findDescribed(view, meta, ({ content }) => content === "application/rdf+xml");
  return { xmp: xmp && text(xmp, 0, xmp.length) };
}

/** A directory of one entry, an orientation, little-endian, before its value. */
const EXIF_START = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0];

/** Returns the content of the item that describes the primary one. */
function findDescribed(
  view: DataView,
  { primary, references, items, extents }: Meta,
  isWanted: (item: { readonly type: string; readonly content: string }) => boolean,
): Uint8Array | undefined {
  for (const { type, from, to } of references) {
    const item = items.get(from);
    if (type !== "cdsc" || !to.includes(primary.id) || item === undefined || !isWanted(item))
      continue;
    return concat(
      (extents.get(from) ?? []).map(({ begin, end }) => bytesOf(view).subarray(begin, end)),
    );
  }
  return undefined;
}

/**
 * Checks the first frame.
 * @throws UnsupportedError if a track's first frame is not an item, so that no browser shows it
 */
function checkFirstFrame(view: DataView, meta: Meta, movies: readonly Box[]): void {
  const starts = [...meta.extents.values()].map(([extent]) => extent?.begin);
  for (const track of boxesInside(view, movies, "trak")) {
    const tables = ["mdia", "minf", "stbl"].reduce(
      (at, type) => boxesInside(view, at, type),
      [track],
    );
    const [offsets] = [...boxesInside(view, tables, "stco"), ...boxesInside(view, tables, "co64")];
    if (offsets === undefined) continue;
    const at = offsets.begin + 8;
    const first = offsets.type === "co64" ? Number(view.getBigUint64(at)) : view.getUint32(at);
    if (!starts.includes(first)) {
      throw unsupported("the still picture of this animated AVIF is not its first frame");
    }
  }
}

function unsupported(what: string): UnsupportedError {
  return new UnsupportedError({
    where: "picture",
    what,
    todo: "Save it again, as PNG for example",
  });
}

function propertyOf({ associations }: Meta, item: number, type: string): Box | undefined {
  return associations.find((one) => one.item === item && one.property?.type === type)?.property;
}

function readMeta(view: DataView): Meta | undefined {
  const [outer] = boxes(view, 0, view.byteLength).filter(({ type }) => type === "meta");
  if (outer === undefined) return undefined;
  const parts = boxes(view, outer.begin + 4, outer.end);
  const part = (type: string): Box | undefined => parts.find((box) => box.type === type);
  const [pitm, iprp] = [part("pitm"), part("iprp")];
  if (pitm === undefined || iprp === undefined) return undefined;
  const bytes = view.getUint8(pitm.begin) === 0 ? 2 : 4;
  const at = pitm.begin + 4;
  const properties = boxesInside(view, [iprp], "ipco").flatMap(({ begin, end }) =>
    boxes(view, begin, end),
  );
  return {
    primary: { at, bytes, id: new Cursor(view, at).read(bytes) },
    properties,
    associations: boxesInside(view, [iprp], "ipma").flatMap((box) =>
      readAssociations(view, box, properties),
    ),
    references: readReferences(view, part("iref")),
    items: readItems(view, part("iinf")),
    extents: readExtents(view, part("iloc"), part("idat")),
  };
}

/** Reads numbers of any size one after the other. */
class Cursor {
  readonly #view: DataView;
  at: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.at = at;
  }

  read(bytes: number): number {
    let value = 0;
    for (let i = 0; i < bytes; i++) value = value * 256 + this.#view.getUint8(this.at++);
    return value;
  }
}

function readAssociations(
  view: DataView,
  { begin }: Box,
  properties: readonly Box[],
): Association[] {
  const cursor = new Cursor(view, begin);
  const [version, flags, entries] = [cursor.read(1), cursor.read(3), cursor.read(4)];
  const bytes = flags & 1 ? 2 : 1;
  const found: Association[] = [];
  for (let entry = 0; entry < entries; entry++) {
    const item = cursor.read(version < 1 ? 2 : 4);
    for (let left = cursor.read(1); left > 0; left--) {
      const { at } = cursor;
      const index = cursor.read(bytes) & (bytes === 1 ? 0x7f : 0x7fff);
      found.push({ item, property: properties[index - 1], at, bytes });
    }
  }
  return found;
}

function readReferences(view: DataView, iref: Box | undefined): Reference[] {
  if (iref === undefined) return [];
  const bytes = view.getUint8(iref.begin) === 0 ? 2 : 4;
  return boxes(view, iref.begin + 4, iref.end).map(({ type, begin }) => {
    const cursor = new Cursor(view, begin);
    const from = cursor.read(bytes);
    const to = Array.from({ length: cursor.read(2) }, () => cursor.read(bytes));
    return { type, at: begin - 4, from, to };
  });
}

function readItems(view: DataView, iinf: Box | undefined): Meta["items"] {
  const items = new Map<number, { type: string; content: string }>();
  if (iinf === undefined) return items;
  const entries = iinf.begin + (view.getUint8(iinf.begin) === 0 ? 6 : 8);
  for (const { type, begin, end } of boxes(view, entries, iinf.end)) {
    const version = view.getUint8(begin);
    if (type !== "infe" || version < 2) continue;
    const cursor = new Cursor(view, begin + 4);
    const id = cursor.read(version === 2 ? 2 : 4);
    const at = cursor.at + 6; // after the protection index and the type
    // The name and, of mime items, the content type; both end with a zero.
    const [, content = ""] = text(bytesOf(view), at, end - at).split("\0");
    items.set(id, { type: text(bytesOf(view), at - 4, 4), content });
  }
  return items;
}

/** Returns the places of the items' bytes: in the file, or in the `idat` box. */
function readExtents(
  view: DataView,
  iloc: Box | undefined,
  idat: Box | undefined,
): Meta["extents"] {
  const extents = new Map<number, Box[]>();
  if (iloc === undefined) return extents;
  const cursor = new Cursor(view, iloc.begin);
  const version = cursor.read(1);
  cursor.read(3);
  const sizes = cursor.read(2);
  const [offsetBytes, lengthBytes, baseBytes, indexBytes] = [12, 8, 4, 0].map(
    (shift) => (sizes >> shift) & 15,
  ) as [number, number, number, number];
  for (let left = cursor.read(version < 2 ? 2 : 4); left > 0; left--) {
    const id = cursor.read(version < 2 ? 2 : 4);
    const method = version > 0 ? cursor.read(2) & 15 : 0;
    cursor.read(2);
    const base = cursor.read(baseBytes) + (method === 1 ? (idat?.begin ?? NaN) : 0);
    const count = cursor.read(2);
    if (offsetBytes + lengthBytes === 0 && count > 1) throw new RangeError("extents of no bytes");
    const own = Array.from({ length: count }, () => {
      if (version > 0) cursor.read(indexBytes);
      const begin = base + cursor.read(offsetBytes);
      return { type: "", begin, end: begin + cursor.read(lengthBytes) };
    });
    extents.set(id, own);
  }
  return extents;
}

/** Returns the boxes of a type that are directly inside others. */
function boxesInside(view: DataView, outer: readonly Box[], type: string): Box[] {
  return outer
    .flatMap(({ begin, end }) => boxes(view, begin, end))
    .filter((box) => box.type === type);
}

/** Returns the boxes inside `[begin, end)`. */
function boxes(view: DataView, begin: number, end: number): Box[] {
  const found: Box[] = [];
  let at = begin;
  while (at + 8 <= end) {
    const short = view.getUint32(at);
    const header = short === 1 ? 16 : 8;
    const length = short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? end - at : short;
    if (length < header) break;
    const type = text(bytesOf(view), at + 4, 4);
    found.push({ type, begin: at + header, end: Math.min(end, at + length) });
    at += length;
  }
  return found;
}
