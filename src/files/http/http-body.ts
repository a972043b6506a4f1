// Tested by: test/files/http/http-source.test.ts
/** Reads the bodies of answers. */
import type { Try } from "./http-retry.ts";

/** Returns the body, or undefined if it is longer than `maxBytes`. */
export async function readAtMost(
  response: Response,
  maxBytes: number,
  one: Pick<Try, "alive">,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of chunksOf(response, one)) {
    chunks.push(chunk);
    total += chunk.byteLength;
    if (total > maxBytes) return undefined;
  }
  const whole = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** Yields the chunks of a body. Safari cannot iterate over a stream itself. */
export async function* chunksOf(
  response: Response,
  one: Pick<Try, "alive">,
): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    one.alive();
    yield value;
  }
}
