/**
 * Files that an extension brings along. Chrome's `fetch` answers a Range for them with a part, but
 * with status 200 and no length, and fails for a file that is not there. So each is fetched whole,
 * as a blob, which the browser keeps on disk if it is large, and parts are cut from it.
 */

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const SCHEMES = /^(?:chrome|moz|safari-web)-extension:$/;

/** Returns whether addresses of a scheme are files of an extension. */
export function isPackaged(protocol: string): boolean {
  return SCHEMES.test(protocol);
}

/** Returns a `fetch` that answers as a server with ranges does. */
export function packagedFetch(request: Fetch): Fetch {
  const files = new Map<string, Promise<Blob | undefined>>();

  async function whole(url: string): Promise<Blob | undefined> {
    // Without a signal: calls that come later wait for the same bytes.
    const response = await request(url, {}).catch(() => undefined);
    return response?.ok === true ? await response.blob() : undefined;
  }

  return async (url, { headers, signal }) => {
    const reading = files.get(url) ?? whole(url);
    files.set(url, reading);
    const file = await reading;
    signal?.throwIfAborted();
    if (file === undefined) return new Response(null, { status: 404 });
    const asked = /^bytes=(\d+)-(\d+)$/.exec(new Headers(headers).get("range") ?? "");
    if (!asked) return new Response(file);
    const begin = Number(asked[1]);
    const end = Math.min(Number(asked[2]) + 1, file.size);
    if (begin >= end) return new Response(null, { status: 416 });
    const range = `bytes ${begin}-${end - 1}/${file.size}`;
    return new Response(file.slice(begin, end), {
      status: 206,
      headers: { "content-range": range, "content-length": String(end - begin) },
    });
  };
}
