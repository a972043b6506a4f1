/** A folder in an extension, behind a `fetch` that behaves as Chrome's does there. */
import { expect, test } from "vitest";
import { httpSource } from "../../../src/files/http/http-source.ts";

const BYTES = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31) % 251);

/** Ranges come with status 200 and without a length; what is not there fails. */
function chromeFetch(asked: string[]) {
  return async (url: string, init: RequestInit): Promise<Response> => {
    asked.push(url);
    if (!url.endsWith("/weights.safetensors")) throw new TypeError("Failed to fetch");
    const [, begin, end] = /(\d+)-(\d*)/.exec(new Headers(init.headers).get("range") ?? "") ?? [];
    return new Response(begin === undefined ? BYTES : BYTES.slice(Number(begin), Number(end) + 1));
  };
}

test.each([
  "chrome-extension://abc/model",
  "moz-extension://abc/model",
  "safari-web-extension://abc/model",
])("%s: a file of several pieces → its length and its bytes, fetched once", async (folder) => {
  const asked: string[] = [];
  const file = await httpSource(folder, { fetch: chromeFetch(asked) }).open("weights.safetensors");
  expect(file?.byteLength).toBe(BYTES.length);
  for (const [begin, length] of [
    [0, 10],
    [65_530, 100],
    [199_990, 10],
  ] as const) {
    const into = new Uint8Array(length);
    await file?.read(begin, into);
    expect(into).toEqual(BYTES.slice(begin, begin + length));
  }
  expect(asked).toEqual([`${folder}/weights.safetensors`]);
});

test("a file that is not there → undefined; another scheme → a fault of the connection", async () => {
  const retry = { tries: 2, firstPauseMs: 1 };
  const fetch = chromeFetch([]);
  const open = async (folder: string): Promise<unknown> =>
    await httpSource(folder, { fetch, retry }).open("adapter_config.json");
  expect(await open("chrome-extension://abc/model")).toBeUndefined();
  await expect(open("app://abc/model")).rejects.toThrow(/the connection failed or was refused/);
});

test("an aborted signal → its reason", async () => {
  const from = httpSource("chrome-extension://abc/model", { fetch: chromeFetch([]) });
  const opening = from.open("weights.safetensors", AbortSignal.abort(new Error("enough")));
  await expect(opening).rejects.toThrow("enough");
});
