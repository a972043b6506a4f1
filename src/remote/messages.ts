// Tested by: test/remote/remote-reward-model.test.ts
/**
 * Conversations in the form of OpenAI's chat: texts as they are, pictures as data URLs.
 *
 * Servers template messages themselves, and take a control token that a message spells for one.
 * Here it is text, so the scores differ: `spelledTokens` finds such messages.
 */
import { InputError } from "../errors.ts";
import type { Conversation, ImageInput, ImagePart, TextPart } from "../types.ts";
import type { OpenAiMessage, OpenAiPart } from "./routes.ts";

/** Control tokens of the known families, used if the model's tokenizer is not available. */
const KNOWN_TOKENS = /<\|[a-z0-9_]+\|>|<\/?tool_(?:call|response)>|<\/?think>/;

/** Returns messages in OpenAI's form; all pictures become data URLs. */
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

/** Returns a control token that a message spells, or undefined. */
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
    throw new InputError({ where: `picture, ${name}`, what: "a server does not accept it", todo });
  }
  return { type: "image_url", image_url: { url: await dataUrl(part.image, signal) } };
}

async function dataUrl(image: ImageInput, signal: AbortSignal | undefined): Promise<string> {
  if (typeof image === "string" && /^data:image\//i.test(image)) return image;
  const bytes = await bytesOf(image, signal);
  // What is not a picture is refused here, as the engine of this machine refuses it.
  const { readImageHeader } = await import("../image/decode/header.ts");
  const { type } = readImageHeader(bytes);
  return `data:${type};base64,${base64(bytes)}`;
}

/** Fetches a picture here and not on the server, so that both engines see the same bytes. */
async function bytesOf(image: ImageInput, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const { openInput } = await import("../image/decode/input.ts");
  const opened = await openInput(image, signal);
  if ("file" in opened) return opened.file;
  const { encodePng } = await import("./png.ts");
  if (!("drawable" in opened)) return await encodePng(opened);
  const { readDrawable } = await import("../image/decode/canvas.ts");
  return await encodePng(readDrawable(opened));
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  // Arguments of a call are limited in number.
  for (let begin = 0; begin < bytes.length; begin += 8192) {
    binary += String.fromCharCode(...bytes.subarray(begin, begin + 8192));
  }
  return btoa(binary);
}
