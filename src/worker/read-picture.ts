// Tested by: test/worker/worker.browser.test.ts
/** Pictures that the page reads for its worker; most pages never need it. */
import { InputError } from "../errors.ts";

/** Reads an address. @throws InputError */
export async function readAddress(href: string): Promise<Blob> {
  const where = `picture ${href.slice(0, 80)}`;
  let response: Response;
  try {
    response = await fetch(href);
  } catch (cause) {
    const todo = "Check the address, and that the page's CSP (connect-src) allows it";
    throw new InputError({ where, what: "it cannot be fetched", todo, cause });
  }
  return await bodyOf(response, where);
}

/** Reads the body of an answer. @throws InputError */
export async function bodyOf(response: Response, where: string): Promise<Blob> {
  if (!response.ok) {
    const got = `HTTP status ${response.status}`;
    throw new InputError({ where, what: "it cannot be fetched", got, todo: "Check the address" });
  }
  try {
    return await response.blob();
  } catch (cause) {
    const todo = response.bodyUsed ? "Give a response whose body was not read" : "Try again";
    throw new InputError({ where, what: "its bytes cannot be read", todo, cause });
  }
}

/** What the browser says of a canvas or a frame that has no picture, in our words. */
export function unusable(cause: unknown): InputError {
  const got = String(cause).replace(/\.$/, "");
  const todo = "Give one that has a picture and was not closed";
  return new InputError({ where: "picture", what: "it cannot be drawn", got, todo, cause });
}
