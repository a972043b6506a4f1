// Tested by: test/cli/batch/batch.test.ts
/**
 * Opens the pictures that rows name: files of this machine, data URLs, and addresses if they are
 * allowed.
 *
 *   conversation ─ in the plain form ─ each picture opened here ─ passed on as file or bytes
 *
 * A row cannot make the browser or a server fetch anything: addresses are fetched here.
 */

import { stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "../../src/errors.ts";
import { readConversations } from "../../src/text/template/conversation.ts";
import { readPicture } from "../../src/text/template/parts.ts";
import { isConversation, placeInputs, type PictureFields, type RowCase } from "./row-case.ts";
import type { Conversation, ImageInput, ImagePart, TextPart } from "../../src/types.ts";
import { fetchPicture, type PicturePolicy } from "./remote-picture.ts";

/** A data URL of more characters is refused: the browser would hold it several times. */
const maxDataUrl = 48 * 2 ** 20;

/** A picture that was opened: a file of this machine, bytes, or what crosses as it is. */
export type OpenedPicture =
  | { readonly file: string }
  | { readonly bytes: Uint8Array }
  | { readonly asItIs: ImageInput };

/** Makes of an opened picture what is passed on. */
type Place = (picture: OpenedPicture) => ImageInput | Promise<ImageInput>;

/** Opens the pictures of conversations; what several of them share is opened once. */
export class PictureOpener {
  readonly #folder: string;
  readonly #policy: PicturePolicy;
  readonly #signal: AbortSignal | undefined;
  readonly #opened = new Map<string, Promise<OpenedPicture>>();

  /** @param folder what paths are relative to */
  constructor(folder: string, policy: PicturePolicy, signal?: AbortSignal) {
    this.#folder = folder;
    this.#policy = policy;
    this.#signal = signal;
  }

  /**
   * Returns the conversations in the plain form, with their pictures opened.
   * @throws InputError for an invalid conversation, or a picture that cannot be opened
   */
  async place(
    conversations: readonly Conversation[],
    place: Place,
    end: "assistant" | "any" = "assistant",
  ): Promise<Conversation[]> {
    const read = await readConversations(conversations, end);
    return Promise.all(
      read.map((conversation) =>
        Promise.all(
          conversation.map(async (message) => {
            if (typeof message.content === "string") return message;
            const content = message.content.map(async (part): Promise<TextPart | ImagePart> =>
              part.type === "image"
                ? { ...part, image: await place(await this.#open(part.image)) }
                : part,
            );
            return { ...message, content: await Promise.all(content) };
          }),
        ),
      ),
    );
  }

  /**
   * Returns cases with their pictures opened.
   * @param fields which fields of the model's own prompt hold pictures
   * @throws InputError for an invalid conversation, or a picture that cannot be opened
   */
  async placeCases(
    cases: readonly RowCase[],
    fields: PictureFields,
    place: Place,
  ): Promise<unknown[]> {
    const opened = async (value: unknown, where: string): Promise<ImageInput> =>
      place(await this.#open(readPicture(value, where)));
    // They are read together, so that errors name the one of several.
    const plain = cases.map((one) =>
      isConversation(one) ? one : "messages" in one ? one.messages : undefined,
    );
    const read = await this.place(
      plain.filter((one) => one !== undefined),
      place,
      "any",
    );
    const conversations = read.values();
    return await Promise.all(
      cases.map(async (one, i) => {
        if (plain[i] !== undefined) {
          const conversation = conversations.next().value;
          return isConversation(one) ? conversation : { ...one, messages: conversation };
        }
        if ("inputs" in one)
          return { ...one, inputs: await placeInputs(one.inputs, fields, opened) };
        if (!("request" in one) || !Array.isArray(one.request["images"])) return one;
        const { images } = one.request;
        const listed = images.map((image, k) => opened(image, `images[${k}]`));
        return { request: { ...one.request, images: await Promise.all(listed) } };
      }),
    );
  }

  async #open(image: ImageInput): Promise<OpenedPicture> {
    const name = image instanceof URL ? image.href : image;
    if (typeof name !== "string") {
      return image instanceof Blob
        ? { bytes: new Uint8Array(await image.arrayBuffer()) }
        : { asItIs: image };
    }
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const opening = this.#openNamed(name);
    // It is awaited below; if it fails for another conversation as well, that one says so.
    opening.catch(() => {});
    this.#opened.set(name, opening);
    return opening;
  }

  async #openNamed(name: string): Promise<OpenedPicture> {
    if (/^data:/i.test(name)) {
      if (name.length <= maxDataUrl) return { asItIs: name };
      const expected = `at most ${maxDataUrl.toLocaleString("en-US")} characters`;
      const todo = "Name the picture's file";
      throw new InputError({
        where: "image",
        what: "a data URL",
        expected,
        got: name.length,
        todo,
      });
    }
    if (/^https?:/i.test(name)) {
      return { bytes: await fetchPicture(name, this.#policy, this.#signal) };
    }
    return { file: await pictureFile(name, this.#folder) };
  }
}

/** Returns the path of a picture's file. @throws InputError if there is none */
async function pictureFile(name: string, folder: string): Promise<string> {
  const where = `image ${name.slice(0, 200)}`;
  const scheme = /^([a-z][a-z\d+.-]+):/i.exec(name)?.[1];
  let file: string;
  try {
    file = path.resolve(folder, scheme === "file" ? fileURLToPath(name) : name);
  } catch (cause) {
    // A host, or a percent sign that does not begin an escape.
    const what = `is not the address of a file (${cause instanceof Error ? cause.message : "?"})`;
    throw new InputError({ where, what, todo: "Write file:///PATH, or the path alone", cause });
  }
  const stats = await stat(file).catch(() => undefined);
  if (stats?.isFile() === true) return file;
  throw new InputError({
    where,
    what: stats === undefined ? "there is no such file" : "is not a file",
    got: file,
    todo: "Image paths are relative to the file that names them",
  });
}

/**
 * Returns bytes as a data URL: they cross to the page as text, and the decoder recognises their
 * format.
 */
export function dataUrl(bytes: Uint8Array): string {
  const isPng = bytes[0] === 0x89;
  const isWebp = bytes[0] === 0x52;
  const type = isPng ? "png" : isWebp ? "webp" : "jpeg";
  return `data:image/${type};base64,${Buffer.from(bytes).toString("base64")}`;
}
