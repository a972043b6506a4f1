// Tested by: test/image/decode/decode.test.ts
/** `data:` URLs, read without the network: a page's Content Security Policy often forbids that. */
import { InputError } from "../../errors.ts";
import { text } from "./formats/bytes.ts";

/**
 * Returns the bytes of a `data:` URL. Specification: Fetch, the data: URL processor.
 * @throws InputError if it is damaged
 */
export function readDataUrl(url: string): Uint8Array<ArrayBuffer> {
  const [whole = ""] = url
    .trim()
    .replaceAll(/[\t\n\r]/g, "")
    .split("#");
  const comma = whole.indexOf(",");
  if (comma < 0) throw damaged("it has no comma");
  const body = percentDecode(whole.slice(comma + 1));
  if (!/; *base64 *$/i.test(whole.slice(0, comma))) return toBytes(body);
  try {
    return toBytes(atob(body));
  } catch (cause) {
    throw damaged("its base64 is not valid", cause);
  }
}

/** Returns one character a byte. */
function percentDecode(body: string): string {
  const utf8 = new TextEncoder().encode(body);
  const characters = utf8.length === body.length ? body : text(utf8, 0, utf8.length);
  return characters.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function toBytes(characters: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

function damaged(what: string, cause?: unknown): InputError {
  return new InputError({
    where: "picture, data: URL",
    what,
    expected: "data:image/png;base64,… for example",
    cause,
  });
}
