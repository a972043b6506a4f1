/**
 * Conversations in the form of OpenAI's chat: texts as they are, pictures as data URLs.
 *
 * Servers template messages themselves, and take a control token that a message spells for one.
 * Here it is text, so the scores differ: `spelledTokens` finds such messages.
 */
import { InputError } from "../errors.ts";
import { readImageHeader } from "../image/decode/header.ts";
import type { Conversation, ImageInput, ImagePart, TextPart } from "../types.ts";
import { encodePng } from "./png.ts";
import type { OpenAiMessage, OpenAiPart } from "./routes.ts";

/**
 * Control tokens of the families that are known, for where the model's tokenizer is not at hand.
 */
const KNOWN_TOKENS = /<\|[a-z0-9_]+\|>|<\/?tool_(?:call|response)>|<\/?think>/;

/** Pictures become data URLs, whatever they were. */
export async function openAiMessages(
  conversation: Conversation,
  signal: AbortSignal | undefined,
): Promise<OpenAiMessage[]> {
  return await Promise.all(
    conversation.map(async ({ content, ...fields }) => {
      if (typeof content === "string") return { ...fields, content };
      // A turn that only calls a tool has no content.
      if (content.length === 0 && Object.keys(fields).length > 1) return fields;
      // vLLM joins parts of text by a newline if the template takes strings only; one text stays
      // as it is.
      if (content.every((part): part is TextPart => part.type === "text")) {
        return { ...fields, content: content.map(({ text }) => text).join("") };
      }
      const parts = await Promise.all(content.map((part) => openAiPart(part, signal)));
      return { ...fields, content: parts };
    }),
  );
}

/** A control token that a message spells; undefined where none does. */
export function spelledToken(
  conversation: Conversation,
  tokens: readonly string[] | undefined,
): string | undefined {
  for (const { content } of conversation) {
    const parts =
      typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
    for (const part of parts) {
      if (part.type !== "text") continue;
      const found =
        tokens === undefined
          ? KNOWN_TOKENS.exec(part.text)?.[0]
          : tokens.find((token) => part.text.includes(token));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

async function openAiPart(
  part: TextPart | ImagePart,
  signal: AbortSignal | undefined,
): Promise<OpenAiPart> {
  if (part.type === "text") return part;
  const { type: _type, image: _image, ...budget } = part;
  const [name] = Object.keys(budget);
  if (name !== undefined) {
    const todo = "Leave it out and set it where the server starts, or score here";
    throw new InputError({ where: `picture, ${name}`, what: "a server cannot be told it", todo });
  }
  return { type: "image_url", image_url: { url: await dataUrl(part.image, signal) } };
}

async function dataUrl(image: ImageInput, signal: AbortSignal | undefined): Promise<string> {
  if (typeof image === "string" && /^data:image\//i.test(image)) return image;
  const bytes = await bytesOf(image, signal);
  // What is no picture is told here, as the engine of this machine tells it.
  const { type } = readImageHeader(bytes);
  return `data:${type};base64,${base64(bytes)}`;
}

async function bytesOf(image: ImageInput, signal: AbortSignal | undefined): Promise<Uint8Array> {
  if (image instanceof Blob) return new Uint8Array(await image.arrayBuffer());
  if (typeof image === "string" || image instanceof URL) return await download(image, signal);
  if ("data" in image) return await encodePng(image);
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  if (context === null) throw new InputError({ where: "image", what: "a bitmap cannot be read" });
  context.drawImage(image, 0, 0);
  return await encodePng(context.getImageData(0, 0, image.width, image.height));
}

/** Fetched here and not by the server, so that both engines see the same bytes. */
async function download(
  address: string | URL,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const where = `image ${String(address).slice(0, 200)}`;
  let response: Response;
  try {
    response = await fetch(address, signal === undefined ? {} : { signal });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    signal?.throwIfAborted();
    throw new InputError({ where, what: "cannot be fetched", todo: "Check the address", cause });
  }
  const got = `HTTP ${response.status}`;
  throw new InputError({ where, what: "cannot be fetched", got, todo: "Check the address" });
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  // Arguments of a call are limited in number.
  for (let begin = 0; begin < bytes.length; begin += 8192) {
    binary += String.fromCharCode(...bytes.subarray(begin, begin + 8192));
  }
  return btoa(binary);
}
