/** Why a picture's file cannot be shown or scored, in words for the person who chose it. */
import { bytes } from "../base/format.ts";
import type { Picture } from "./state.ts";

/** No camera makes pictures of half a gigabyte; videos are larger. */
const MAX_PICTURE_BYTES = 2 ** 29;

const WANTED = "Choose a PNG, JPEG, WebP, AVIF, GIF or BMP";

/**
 * Returns what is wrong with a file before it is scored; its content is for the engine to judge.
 */
export async function whyUnreadable({ blob, name }: Picture): Promise<string | undefined> {
  if (blob.size > MAX_PICTURE_BYTES) {
    return `${name} has ${bytes(blob.size)}, too much for a picture. ${WANTED}.`;
  }
  return (await isReadable(blob))
    ? undefined
    : `${name} cannot be read any more: it was changed, moved or deleted after it was chosen. Choose it again.`;
}

/** Returns why the browser cannot show a picture. */
export async function whyBroken(picture: Picture): Promise<string> {
  const { blob, name } = picture;
  const unreadable = await whyUnreadable(picture);
  if (unreadable !== undefined) {
    return unreadable;
  }
  const isOther = blob.type !== "" && !blob.type.startsWith("image/");
  return isOther
    ? `${name} cannot be shown: it is not a picture but ${blob.type}. ${WANTED}.`
    : `${name} cannot be shown: it may not be a picture, or be damaged. ${WANTED}.`;
}

/**
 * Returns false if the file is gone. One byte shows that, except for a deleted file in Chrome: it
 * treats the file as empty, reads any slice of it as no bytes, and fails only if all of it is read.
 */
async function isReadable(blob: Blob): Promise<boolean> {
  const part = blob.size === 0 ? blob : blob.slice(0, 1);
  try {
    await part.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
