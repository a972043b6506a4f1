// Tested by: test/demo/rank/pasted.test.ts
/** Parts of rows that a person pastes: their pictures, and fields that a form has no place for. */
import { EmbeddedPicture } from "../../src/rows/embedded-picture.ts";
import type { RowPicture } from "../../src/rows/media.ts";

/** Returns the first field of an object that is not one of those known. */
export function unknownField(fields: object, known: readonly string[]): string | undefined {
  return Object.keys(fields).find((name) => !known.includes(name));
}

/**
 * Returns a pasted picture: its bytes, or the path that the text names; undefined for one that no
 * text can hold.
 */
export function pictureOf(picture: RowPicture): Blob | string | undefined {
  if (picture instanceof Blob) return picture;
  if (picture instanceof Uint8Array) return new Blob([picture.slice()]);
  if (picture instanceof EmbeddedPicture) return undefined;
  const address = picture instanceof URL ? picture.href : picture;
  if (typeof address !== "string") return undefined;
  const [, encoded] = /^data:[^,]*;base64,(.*)$/is.exec(address) ?? [];
  return encoded === undefined
    ? address
    : new Blob([Uint8Array.from(atob(encoded.trim()), (byte) => byte.charCodeAt(0))]);
}
