// Tested by: test/rows/read-row.test.ts
/**
 * The pictures of a row: which columns hold them, and in which forms.
 *
 * A value is a path, a URL, a data URL, base64, bytes, { bytes, path }, { url }, a part { image }
 * with a budget, or a picture inside a parquet file; or a list of such. null, "" and [] are a row
 * without pictures.
 */
import { InputError } from "../errors.ts";
import { isObject } from "../base/json.ts";
import { hasPlaces, readPart, readPicture } from "../text/template/parts.ts";
import type { ImageInput, PixelBudget } from "../types.ts";
import { listIn, type RowFields } from "./fields.ts";
import { EmbeddedPicture } from "./embedded-picture.ts";

/** A picture of a row. Paths are relative to the row's file. */
export type RowPicture = ImageInput | EmbeddedPicture;

/** A picture of a row with its budget, as the part of a message that it becomes. */
export interface RowPart extends PixelBudget {
  readonly type: "image";
  readonly image: RowPicture;
}

const PICTURES = /^(?:image|img|picture|photo)s?(?:_?(?:path|url|file|base64|b64|bytes|data))?s?$/i;
const OTHER_MEDIA = /^(?:video|audio|sound|movie)s?(?:_?(?:path|url|file|bytes))?s?$/i;
const PICTURE_FILE = /^[^\s<>"]{1,400}\.(?:png|jpe?g|webp|gif|bmp|avif)$/i;

/** Returns whether a column is read as pictures by its name. */
export function isPictureName(name: string): boolean {
  return PICTURES.test(name);
}

/**
 * Reads the pictures of a row, in their order.
 * @throws InputError for a video or a sound, for other values that are not pictures, and for
 *   pictures in two columns
 */
export function readPictures(fields: RowFields): readonly RowPart[] {
  const names = fields.names();
  const media = names.find((name) => OTHER_MEDIA.test(name) && hasPlaces(fields.get(name)));
  if (media !== undefined) {
    return fields.fail(media, "text and pictures only", "Leave the row out: it cannot be scored");
  }
  const columns = names.filter((name) => isPictureName(name) && hasPlaces(fields.get(name)));
  const read = columns.map((name) => ({ name, pictures: picturesOf(fields, name) }));
  const filled = read.filter(({ pictures }) => pictures.length > 0);
  const [first, ...others] = filled;
  if (first === undefined) return strangePictures(fields);
  // Published tables name the file of an embedded picture in a column beside it.
  const best =
    filled.find(({ pictures }) => !pictures.every(({ image }) => isPath(image))) ?? first;
  const other = [first, ...others].find(
    (one) => one !== best && !namesSame(one.pictures, best.pictures),
  );
  if (other === undefined) return best.pictures;
  throw new InputError({
    where: fields.where,
    what: `pictures in two columns, ${best.name} and ${other.name}`,
    expected: "one",
    todo: "Remove one of them",
  });
}

function isPath(picture: RowPicture): boolean {
  return typeof picture === "string" && !/^data:/i.test(picture);
}

/** Returns whether the pictures of one column are those of another, or only their names. */
function namesSame(some: readonly RowPart[], best: readonly RowPart[]): boolean {
  if (some.length !== best.length) return false;
  return some.every(({ image }, i) => {
    const other = best[i]?.image;
    return image === other || (isPath(image) && other !== undefined && !isPath(other));
  });
}

function picturesOf(fields: RowFields, name: string): readonly RowPart[] {
  const value = fields.get(name);
  const where = `${fields.where}, field ${name}`;
  const read = typeof value === "string" ? (listIn(value) ?? value) : value;
  if (!Array.isArray(read) || isBytes(read)) return [readRowPart(read, where, name)];
  const list: readonly unknown[] = read;
  return list
    .filter((one) => hasPlaces(one))
    .map((one, i) => readRowPart(one, `${where}[${i}]`, name));
}

function readRowPart(value: unknown, where: string, name: string): RowPart {
  if (value instanceof EmbeddedPicture) return { type: "image", image: value };
  if (isObject(value) && (value["image"] !== undefined || value["image_url"] !== undefined)) {
    const part = readPart({ type: "image", ...value }, where);
    if (part.type === "image") return part;
  }
  const isEncoded = /(?:base64|b64|bytes)s?$/i.test(name) && !isObject(value);
  return { type: "image", image: readPicture(value, where, isEncoded ? "base64" : "image") };
}

function isBytes(list: readonly unknown[]): boolean {
  return list.length > 0 && list.every((one) => typeof one === "number");
}

/**
 * Returns the pictures of a column under an unknown name: one column of picture files is taken.
 * @throws InputError for paths and texts that look like pictures, or several such columns
 */
function strangePictures(fields: RowFields): readonly RowPart[] {
  const names = fields.unused().filter((name) => looksLikePicture(fields, name));
  const [name, second] = names;
  if (name === undefined) return [];
  const value = fields.get(name);
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (second === undefined && list.every((one) => one instanceof EmbeddedPicture)) {
    fields.taken = name;
    return list.map((image) => ({ type: "image", image }));
  }
  throw new InputError({
    where: fields.where,
    what: `a picture under a name that is not read, ${names.join(", ")}`,
    expected: "image or images",
    todo: "Rename the column, or remove it",
  });
}

/** Returns whether an unused field holds a picture; the field still counts as unused. */
function looksLikePicture(fields: RowFields, name: string): boolean {
  const value = fields.peek(name);
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every(isPictureValue);
}

function isPictureValue(value: unknown): boolean {
  if (value instanceof EmbeddedPicture) return true;
  if (isObject(value)) {
    const isFile = "bytes" in value && ("path" in value || Object.keys(value).length === 1);
    return isFile && hasPlaces(value["bytes"] ?? value["path"]);
  }
  if (typeof value !== "string") return false;
  if (PICTURE_FILE.test(value) || /^data:image\//i.test(value)) return true;
  try {
    return value.length > 64 && readPicture(value, "", "base64") !== "";
  } catch {
    return false;
  }
}
