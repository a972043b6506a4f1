/**
 * Runs in the page, for http-browsers.browser.test.ts: reads what its server gives, as an embedding
 * page would.
 */
import { httpSource } from "../../../src/files/http/http-source.ts";
import { ModelStore } from "../../../src/store/model-store.ts";

const RETRY = { tries: 4, firstPauseMs: 10, maxPauseMs: 1000, stallMs: 10_000 };

/**
 * Reads the file at these places together, and gives the first byte of each, or the error's text.
 */
export async function readTogether(
  url: string,
  path: string,
  places: number[],
): Promise<number[] | string> {
  try {
    const file = await httpSource(url, { retry: RETRY }).open(path);
    if (!file) return "missing";
    return await Promise.all(
      places.map(async (begin) => {
        const bytes = new Uint8Array(1000);
        await file.read(begin, bytes);
        return bytes[0] ?? -1;
      }),
    );
  } catch (error) {
    return String(error);
  }
}

/** Reads all of a file, and gives its length and sum. */
export async function readWhole(url: string, path: string): Promise<number[] | string> {
  try {
    const file = await httpSource(url, { retry: RETRY }).open(path);
    const bytes = new Uint8Array(file?.byteLength ?? 0);
    await file?.read(0, bytes);
    return [bytes.byteLength, bytes.reduce((sum, byte) => sum + byte, 0)];
  } catch (error) {
    return String(error);
  }
}

/** Tries the store of this page: whether it says that it writes, and what writing says. */
export async function tryStore(): Promise<{ canWrite: boolean; error: string }> {
  const store = await ModelStore.open({ name: "vl-reward-csp-test" });
  try {
    const canWrite = await store.canWrite();
    const error = await store.directory.create("a.data").then(
      async (file) => {
        await file.close();
        await store.directory.remove("a.data");
        return "";
      },
      (cause: unknown) => String(cause),
    );
    return { canWrite, error };
  } finally {
    store.close();
  }
}
