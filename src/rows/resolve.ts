// Tested by: test/rows/read-file.test.ts
/** Puts the pictures that rows only name into conversations. */
import type { Conversation, ImageInput, Message } from "../types.ts";
import { EmbeddedPicture } from "./embedded-picture.ts";
import type { RowPicture } from "./media.ts";

/** Returns a picture that a path, a URL or a parquet file names. */
export type ResolvePicture = (picture: string | EmbeddedPicture) => Promise<ImageInput>;

/** Returns a picture, itself if it is one already: a data URL, pixels or a file. */
export async function resolvePicture(
  picture: RowPicture,
  resolve: ResolvePicture,
): Promise<ImageInput> {
  if (picture instanceof EmbeddedPicture) return await resolve(picture);
  const isName = typeof picture === "string" && !/^data:/i.test(picture);
  return isName ? await resolve(picture) : picture;
}

/** Returns a conversation with every picture that its row only names resolved. */
export async function resolvePictures(
  messages: Conversation,
  resolve: ResolvePicture,
): Promise<Conversation> {
  return await Promise.all(
    messages.map(async (message): Promise<Message> => {
      const { content } = message;
      if (typeof content === "string") return message;
      const parts = content.map(async (part) =>
        part.type === "image"
          ? { ...part, image: await resolvePicture(part.image, resolve) }
          : part,
      );
      return { ...message, content: await Promise.all(parts) };
    }),
  );
}
