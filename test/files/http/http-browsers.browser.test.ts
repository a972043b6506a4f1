/**
 * Tests what a real browser adds between a page and a server: its cache, its decoders and its
 * policies.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestBrowser } from "../../../testing/browser/browser.ts";
import type { InPage, TestBrowser, TestPage } from "../../../testing/browser/browser.ts";

const MODULE = "test/files/http/http-browsers-page.ts";
type HttpPage = InPage<typeof import("./http-browsers-page.ts")>;

const LENGTH = 1_000_000;
const PLACES = [100_000, 300_000, 500_000, 700_000];
/** Noise, which compresses badly: its first part is not all of it. */
const noise = Uint8Array.from({ length: 200_000 }, (_, i) => (Math.sin(i) * 1e6) & 0xff);

const state = {
  /** The value of every byte of the file: another value means another version. */
  version: 1,
  atOnce: 0,
  mostAtOnce: 0,
  /** Signed addresses up to this number have expired. */
  expired: 0,
  signed: 0,
};

function rangeOf(request: IncomingMessage): [begin: number, end: number] | undefined {
  const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? [];
  return first === undefined ? undefined : [Number(first), Number(last) + 1];
}

function part(
  request: IncomingMessage,
  response: ServerResponse,
  file: Uint8Array,
  headers: object,
): void {
  const [begin, last] = rangeOf(request) ?? [0, file.byteLength];
  const end = Math.min(last, file.byteLength);
  response.writeHead(rangeOf(request) ? 206 : 200, {
    "content-length": end - begin,
    ...(rangeOf(request)
      ? { "content-range": `bytes ${begin}-${end - 1}/${file.byteLength}` }
      : {}),
    ...headers,
  });
  response.end(file.subarray(begin, end));
}

const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  /** May be cached for an hour, and takes its time. */
  "/cached/w": (request, response) => {
    state.mostAtOnce = Math.max(state.mostAtOnce, ++state.atOnce);
    setTimeout(() => {
      state.atOnce -= 1;
      const headers = { "cache-control": "max-age=3600", etag: `"${state.version}"` };
      part(request, response, new Uint8Array(LENGTH).fill(state.version), headers);
    }, 300);
  },
  /** Compresses the file, and cuts the range from that. */
  "/gzip/config.json": (request, response) => {
    part(request, response, gzipSync(noise), { "content-encoding": "gzip", etag: '"1"' });
  },
  /** Knows no ranges, and lets the browser keep the file: such as Python's http.server. */
  "/whole/w": (request, response) => {
    const date = { "last-modified": "Mon, 02 Nov 2026 10:00:00 GMT" };
    if (request.headers["if-modified-since"] !== undefined) {
      response.writeHead(304, date).end();
      return;
    }
    const file = new Uint8Array(LENGTH).fill(9);
    response.writeHead(200, { ...date, "content-length": LENGTH }).end(file);
  },
  /** Redirects, which may be cached, to an address that expires. */
  "/hub/w": (_, response) => {
    state.signed += 1;
    const location = `/http-test/cdn/w?signed=${state.signed}`;
    response.writeHead(302, { location, "cache-control": "max-age=3600" }).end();
  },
  "/cdn/w": (request, response) => {
    const [, signed] = /signed=(\d+)/.exec(request.url ?? "") ?? [];
    if (Number(signed) <= state.expired) response.writeHead(403).end("expired");
    else part(request, response, new Uint8Array(LENGTH).fill(7), { etag: '"1"' });
    // Each address is good for one answer.
    state.expired = Math.max(state.expired, Number(signed) === 1 ? 1 : 0);
  },
};

const pages: Record<string, string> = {
  "/csp.html": "default-src 'self'; worker-src 'self'",
  "/trusted.html":
    "default-src 'self'; worker-src blob:; require-trusted-types-for 'script'; trusted-types vl-reward",
};

const plugin: Plugin = {
  name: "http-test",
  configureServer({ middlewares }) {
    middlewares.use("/http-test", (request, response, next) => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      const policy = pages[path];
      if (policy !== undefined) {
        response.writeHead(200, { "content-type": "text/html", "content-security-policy": policy });
        response.end(
          '<!doctype html><script type="module" src="/testing/browser/page/page.ts"></script>',
        );
      } else if (answers[path]) answers[path](request, response);
      else next();
    });
  },
};

let browser: TestBrowser;
let page: TestPage;
let http: HttpPage;
let url: string;

beforeAll(async () => {
  browser = await openTestBrowser([plugin]);
  page = await browser.openPage();
  http = page.module<typeof import("./http-browsers-page.ts")>(MODULE);
  url = `${browser.url}http-test/`;
});
afterAll(() => browser?.close());

test("ranges of one file that may be cached → asked for together, not one after the other", async () => {
  expect(await http.readTogether(`${url}cached/`, "w", PLACES)).toEqual(PLACES.map(() => 1));
  expect(state.mostAtOnce).toBe(PLACES.length);
});

test("a file that was replaced, though the browser may keep the old one → the new one at the first load", async () => {
  expect(await http.readTogether(`${url}cached/`, "w", PLACES)).toEqual(PLACES.map(() => 1));
  state.version = 2;
  expect(await http.readTogether(`${url}cached/`, "w", [0, ...PLACES])).toEqual([2, 2, 2, 2, 2]);
});

test("a server without ranges, whose file the browser kept → right at the second load too", async () => {
  for (let visit = 1; visit <= 3; visit += 1) {
    const seen = await http.readTogether(`${url}whole/`, "w", [0, ...PLACES]);
    expect(seen, `visit ${visit}`).toEqual([9, 9, 9, 9, 9]);
  }
});

test("a server that compresses ranges → the file whole, right", async () => {
  const sum = noise.reduce((all, byte) => all + byte, 0);
  expect(await http.readWhole(`${url}gzip/`, "config.json")).toEqual([noise.byteLength, sum]);
  // Chrome writes each part that it cannot decode to its console.
  expect(page.takeErrors().every((error) => /CONTENT_DECODING_FAILED/.test(error))).toBe(true);
});

test("a cached redirect to a signed address that has expired → requested again", async () => {
  expect(await http.readTogether(`${url}hub/`, "w", PLACES)).toEqual(PLACES.map(() => 7));
  expect(state.signed).toBeGreaterThan(1);
  expect(page.takeErrors().every((error) => error.includes("status of 403"))).toBe(true);
});

test.each<[string, string, boolean, RegExp]>([
  ["forbids workers from blobs", "csp.html", false, /Error: .*allow `worker-src blob:`/],
  ["requires Trusted Types and allows ours", "trusted.html", true, /^$/],
])(
  "store: a page whose policy %s → canWrite says so, and the error why",
  async (_, file, canWrite, error) => {
    const strict = await browser.openPage(`http-test/${file}`);
    const store = strict.module<typeof import("./http-browsers-page.ts")>(MODULE);
    const answer = await store.tryStore();
    expect(answer).toEqual({ canWrite, error: expect.stringMatching(error) });
    strict.takeErrors();
    await strict.page.close();
  },
);
