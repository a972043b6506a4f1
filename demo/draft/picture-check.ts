/** Why a picture's file cannot be shown or scored, in words for the person who chose it. */
import { bytes } from "../base/format.ts";
import { words } from "../language/language.ts";
import type { Picture } from "./state.ts";

/** No camera makes pictures of half a gigabyte; videos are larger. */
const MAX_PICTURE_BYTES = 2 ** 29;

/**
 * Returns what is wrong with a file before it is scored; its content is for the engine to judge.
 */
export async function whyUnreadable({ blob, name }: Picture): Promise<string | undefined> {
  const say = words().draft;
  if (blob.size > MAX_PICTURE_BYTES) {
    return `${say.tooBig(name, bytes(blob.size))} ${say.wanted}`;
  }
  return (await isReadable(blob)) ? undefined : say.gone(name);
}

/** Returns why the browser cannot show a picture. */
export async function whyBroken(picture: Picture): Promise<string> {
  const { blob, name } = picture;
  const unreadable = await whyUnreadable(picture);
  if (unreadable !== undefined) {
    return unreadable;
  }
  const say = words().draft;
  const isOther = blob.type !== "" && !blob.type.startsWith("image/");
  return isOther
    ? `${say.notPicture(name, blob.type)} ${say.wanted}`
    : `${say.broken(name)} ${say.wanted}`;
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
