// Tested by: test/text/template/conversation.test.ts
/**
 * Reads the parts of a message's content, in the forms in use:
 *
 *     "text"   { type: "text" | "input_text" | "output_text", text }   { text }
 *     { type: "image", image }   { type: "image", url | path | base64 | bytes }   { image }
 *     { type: "image_url" | "input_image", image_url: URL or { url, detail } }
 *     { type: "image", source: { type: "base64" | "url", … } }
 *
 * A picture is a Blob, pixels, bytes, a URL, a data URL, base64, or { bytes, path }. Beside it may
 * stand the budget of qwen_vl_utils: min_pixels and max_pixels, or resized_height and
 * resized_width.
 */
import { InputError } from "../../errors.ts";
import { isDictionary, isObject, kindOf, type JsonObject } from "../../base/json.ts";
import type { ImageInput, ImagePart, TextPart } from "../../types.ts";

const TEXTS: readonly unknown[] = ["text", "input_text", "output_text"];
const IMAGES: readonly unknown[] = ["image", "image_url", "input_image"];
/** The fields of a part that may hold its picture. */
const PICTURES = ["image", "image_url", "url", "path", "base64", "bytes", "source"];
const BUDGET = ["min_pixels", "max_pixels", "resized_height", "resized_width"] as const;
const WANTED = "a Blob, pixels, bytes, base64, a URL or { bytes, path }";

/**
 * Reads a part.
 * @throws InputError naming the field that is wrong or unknown
 */
export function readPart(part: unknown, where: string): TextPart | ImagePart {
  if (typeof part === "string") return { type: "text", text: readText(part, where) };
  if (!isObject(part)) return refuse(where, part, "a text or a picture");
  const fields = Object.keys(part).filter((name) => (part[name] ?? undefined) !== undefined);
  const pictures = fields.filter((name) => PICTURES.includes(name));
  const type =
    part["type"] ?? (pictures.length > 0 ? "image" : fields.includes("text") ? "text" : undefined);
  if (TEXTS.includes(type)) {
    checkFields(fields, ["type", "text"], part, where);
    return { type: "text", text: readText(part["text"], `${where}.text`) };
  }
  if (!IMAGES.includes(type)) {
    const named = typeof type === "string" ? JSON.stringify(type.slice(0, 40)) : kindOf(type);
    const got = type === undefined ? `{ ${fields.join(", ").slice(0, 60)} }` : named;
    const todo = "Videos, sounds and other files cannot be scored";
    throw new InputError({ where, what: "a part", got, expected: "type text or image", todo });
  }
  const isBytes = pictures.includes("bytes");
  const named = isBytes ? pictures.filter((name) => name !== "path") : pictures;
  const [name, second] = named;
  if (name === undefined) return refuse(`${where}.image`, part["image"], WANTED);
  if (second !== undefined) {
    throw new InputError({ where, what: `two pictures, ${name} and ${second}`, expected: "one" });
  }
  checkFields(fields, ["type", "detail", ...pictures, ...BUDGET], part, where);
  const image = readPicture(part[name], `${where}.${name}`, name);
  return { type: "image", image, ...readBudget(part, where) };
}

/**
 * Reads a picture in any of its forms.
 * @param name the field that holds it
 * @throws InputError for what is not a picture
 */
export function readPicture(value: unknown, where: string, name = "image"): ImageInput {
  const isEncoded = name === "base64" || name === "bytes" || name === "data";
  if (typeof value === "string" && value !== "") {
    const url = fromBase64(value);
    if (url !== undefined || !isEncoded || value.startsWith("data:")) return url ?? value;
    return refuse(where, value, "a picture in base64: PNG, JPEG, WebP …");
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return fromBytes(value, where);
  }
  if (!isObject(value) || isEncoded) return refuse(where, value, WANTED);
  // The decoder checks pixels and objects of a browser.
  if (!isDictionary(value) || ("data" in value && "width" in value)) {
    return value as unknown as ImageInput;
  }
  return fromFields(value, where);
}

/**
 * Reads { bytes, path }, { url, detail }, { type: "base64", media_type, data } and similar objects.
 */
function fromFields(value: JsonObject, where: string): ImageInput {
  const fields = Object.keys(value).filter((name) => (value[name] ?? undefined) !== undefined);
  const name = ["bytes", "base64", "data", "url", "path"].find((one) => fields.includes(one));
  if (name === undefined) {
    return refuse(where, `{ ${Object.keys(value).join(", ").slice(0, 60)} }`, WANTED);
  }
  checkFields(fields, [name, "path", "detail", "type", "media_type"], value, where);
  return readPicture(value[name], `${where}.${name}`, name);
}

/** Bytes → their file, so that a picture in two conversations is decoded once. */
const FILES = new WeakMap<object, Blob>();

function fromBytes(
  value: readonly unknown[] | ArrayBufferView | ArrayBuffer,
  where: string,
): ImageInput {
  if (Array.isArray(value)) {
    const isByte = (one: unknown): boolean => Number.isInteger(one) && (Number(one) & 255) === one;
    if (!value.every(isByte)) return refuse(where, "other numbers", "bytes, from 0 to 255");
    const url = fromBase64(base64Of(value as number[]));
    return url ?? refuse(where, `${value.length} bytes`, "the bytes of a picture");
  }
  const file = FILES.get(value) ?? new Blob([value as BlobPart]);
  FILES.set(value, file);
  return file;
}

function base64Of(bytes: ArrayLike<number>): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i++) binary += String.fromCharCode(bytes[i] ?? 0);
  return btoa(binary);
}

/** Returns whether bytes begin as a picture file does. */
export function isPictureFile(bytes: Uint8Array): boolean {
  return MAGIC.some(([, begin]) => begin.test(base64Of(bytes.subarray(0, 24))));
}

/** What the first bytes of pictures are in base64. */
const MAGIC: readonly (readonly [type: string, begin: RegExp])[] = [
  ["png", /^iVBORw0KGgo/],
  ["jpeg", /^\/9j\//],
  ["gif", /^R0lGOD/],
  ["webp", /^UklGR.{6}XRUJQ/],
  ["bmp", /^Qk[0-3]/],
  ["avif", /^AAAA..Z0eXBhdml[mz]/],
];
const SHORTEST = 32;

/** Returns a data URL if the text is a picture in base64, recognised by its first bytes. */
function fromBase64(text: string): string | undefined {
  if (text.length < SHORTEST || !/^[\w+/-]/.test(text)) return undefined;
  const begin = text.slice(0, SHORTEST).replaceAll("-", "+").replaceAll("_", "/");
  const type = MAGIC.find(([, magic]) => magic.test(begin))?.[0];
  if (type === undefined || !/^[\w+/\s-]+={0,2}\s*$/.test(text)) return undefined;
  const plain = text.replaceAll(/\s/g, "").replaceAll("-", "+").replaceAll("_", "/");
  return `data:image/${type};base64,${plain}`;
}

/**
 * Reads a picture's budget.
 * @throws InputError for impossible values
 */
function readBudget(part: JsonObject, where: string): Partial<ImagePart> {
  const budget: Partial<Record<(typeof BUDGET)[number], number>> = {};
  for (const name of BUDGET) {
    const value = part[name] ?? undefined;
    if (value === undefined) continue;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) {
      return refuse(`${where}.${name}`, value, "a whole number from 1");
    }
    budget[name] = value;
  }
  const { min_pixels = 1, max_pixels = Infinity, resized_height, resized_width } = budget;
  if (min_pixels > max_pixels) {
    return refuse(`${where}.min_pixels`, String(min_pixels), `at most ${max_pixels}, max_pixels`);
  }
  if ((resized_height === undefined) !== (resized_width === undefined)) {
    return refuse(where, "one of them", "resized_height and resized_width together");
  }
  return budget;
}

/** Returns whether a field holds anything: null, "", [] and {} are nothing. */
export function hasPlaces(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return false;
  if (typeof value !== "object") return true;
  const isPlain = Array.isArray(value) || isDictionary(value);
  return !isPlain || Object.keys(value).length > 0;
}

/**
 * Reads a text. Half a surrogate pair is refused: it has no UTF-8, and a tokenizer would score
 * U+FFFD instead.
 */
export function readText(text: unknown, where: string): string {
  if (typeof text !== "string") return refuse(where, text, "a string");
  const lone = /\p{Surrogate}/u.exec(text);
  if (lone === null) return text;
  throw new InputError({
    where,
    what: `half a surrogate pair at character ${lone.index}`,
    got: `U+${lone[0].charCodeAt(0).toString(16).toUpperCase()}`,
    expected: "well-formed Unicode",
    todo: "Cut texts between characters, or repair this one with toWellFormed()",
  });
}

/**
 * Checks the fields.
 * @throws InputError naming an unknown one
 */
function checkFields(
  fields: readonly string[],
  known: readonly string[],
  part: JsonObject,
  where: string,
): void {
  const name = fields.find((one) => !known.includes(one) && hasPlaces(part[one]));
  if (name === undefined) return;
  const todo = "Remove it, or give it another form that the documentation lists";
  throw new InputError({ where: `${where}.${name}`, what: "a field that is not used", todo });
}

export function refuse(where: string, value: unknown, expected: string): never {
  const got = typeof value === "string" ? value.slice(0, 80) : kindOf(value);
  throw new InputError({ where, got, expected });
}
