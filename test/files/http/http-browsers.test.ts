/**
 * Tests what browsers and networks add to HTTP: caches, signed addresses, compressed parts,
 * odd schemes.
 */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { InputError, WeightsError } from "../../../src/errors.ts";
import { httpSource } from "../../../src/files/http/http-source.ts";
import { reply, replyRange } from "../../../testing/files/faulty-server.ts";
import type { Answer } from "../../../testing/files/faulty-server.ts";
import {
  FILE,
  isSame,
  readPart,
  readSequence,
  RETRY,
  right,
  serve,
  source,
} from "./http-fixture.ts";

const ways = [
  ["in one read", readPart],
  ["from front to back", readSequence],
] as const;

describe.each(ways)("a file that is refused midway: read %s", (_, readBytes) => {
  test.each(["401 Unauthorized", "403 Forbidden"])(
    "%s once → asked again, right",
    async (status) => {
      let refused = 0;
      const bytes = await readBytes((socket, request) => {
        if (request.range?.begin === 0 || refused++ > 0) right(socket, request);
        else reply(socket, status, {}, "expired");
      });
      expect(isSame(bytes, FILE.subarray(100_000, 250_000))).toBe(true);
    },
  );

  test("a lasting 403 → says that the file was served before, and does not mention gates", async () => {
    const reading = readBytes((socket, request) => {
      if (request.range?.begin === 0) right(socket, request);
      else reply(socket, "403 Forbidden", {});
    });
    await expect(reading).rejects.toThrow(WeightsError);
    await expect(reading).rejects.toThrow(
      /m, w: the server refuses a file that it sent in part, got HTTP 403. Its signed address/,
    );
  });

  test("a signed address that expires → the first address is asked for a new one", async () => {
    let signed = 1;
    let expired = 0;
    const bytes = await readBytes((socket, request) => {
      const [, number] = /signed=(\d+)/.exec(request.path) ?? [];
      if (number === undefined) {
        reply(socket, "302 Found", { location: `/cdn/w?signed=${signed}` });
      } else if (Number(number) < signed) {
        expired += 1;
        reply(socket, "403 Forbidden", {});
      } else {
        right(socket, request);
        // It is good for the opening, and for one more answer.
        if (request.range?.begin !== 0 && expired === 0) signed += 1;
      }
    });
    expect(isSame(bytes, FILE.subarray(100_000, 250_000))).toBe(true);
  });
});

test("a 403 before a file was opened → refused immediately, with the cure", async () => {
  const from = await source((socket) => reply(socket, "403 Forbidden", {}), { cure: "Sign in" });
  await expect(from.open("w")).rejects.toThrow(
    "the server refuses access, got HTTP 403 Forbidden. Sign in.",
  );
});

test("the browser's cache: opening asks the server, parts bypass it, a refusal reloads", async () => {
  const { url } = await serve(right);
  const asked: [RequestCache | undefined, string][] = [];
  let refusals = 0;
  const from = httpSource(url, {
    retry: RETRY,
    async fetch(address, init) {
      const { range = "" } = init.headers as Record<string, string>;
      asked.push([init.cache, range]);
      if (range.includes("=90000-") && refusals++ === 0) return new Response("", { status: 403 });
      return await fetch(address, init);
    },
  });
  const file = await from.open("w");
  await file?.read(80_000, new Uint8Array(10));
  await file?.read(90_000, new Uint8Array(10));
  expect(asked).toEqual([
    ["no-cache", "bytes=0-65535"],
    ["no-store", "bytes=80000-80009"],
    ["no-store", "bytes=90000-90009"],
    ["reload", "bytes=90000-90009"],
  ]);
});

describe("a server that compresses ranges", () => {
  /** As pages of static sites do: the file is compressed whole, and the range is cut from that. */
  const compressed =
    (file: Uint8Array): Answer =>
    (socket, request) => {
      const body = gzipSync(file);
      const headers = { "content-encoding": "gzip", etag: '"1"' };
      if (request.range) replyRange(socket, request, body, headers);
      else reply(socket, "200 OK", headers, body);
    };
  /** Does not compress well, so that its first part is not all of it. */
  const noise = Uint8Array.from({ length: 200_000 }, (_, i) => (Math.sin(i) * 1e6) & 0xff);

  test.each([
    ["a small file, whole in its first part", FILE.subarray(0, 9000)],
    ["a larger one", noise],
  ])("%s → asked for whole, right", async (_, file) => {
    const from = await source(compressed(file));
    const opened = await from.open("config.json");
    expect(opened?.byteLength).toBe(file.byteLength);
    const bytes = new Uint8Array(file.byteLength);
    await opened?.read(0, bytes);
    expect(isSame(bytes, file)).toBe(true);
  });

  test("a large file → an error that names the compression", async () => {
    const from = await source((socket, request) => {
      if (request.range) compressed(noise)(socket, request);
      else reply(socket, "200 OK", { "content-length": "20000000" }, "");
    });
    await expect(from.open("w")).rejects.toThrow(
      /m, w: .* the server compresses them: expected parts without Content-Encoding\. Switch/,
    );
  });

  test("a connection that fails once, of a large file → asked in parts again", async () => {
    const from = await source((socket, request) => {
      if (request.index === 0) socket.resetAndDestroy();
      else if (request.range) right(socket, request);
      else reply(socket, "200 OK", { "content-length": "20000000" }, "");
    });
    const opened = await from.open("w");
    expect(opened?.byteLength).toBe(FILE.byteLength);
  });
});

test("a whole file whose length is of its compressed form → read to its end", async () => {
  // A page of another origin sees Content-Length, and not Content-Encoding.
  const from = httpSource("http://localhost/m", {
    retry: RETRY,
    fetch: async () => new Response(FILE.slice(0, 5000), { headers: { "content-length": "70" } }),
  });
  expect((await from.open("config.json"))?.byteLength).toBe(5000);
});

describe("addresses", () => {
  test.each([
    ["chrome-extension://abc/model", "chrome-extension://abc/model/config.json"],
    ["app://localhost/model/", "app://localhost/model/config.json"],
    ["capacitor://localhost/m?key=1", "capacitor://localhost/m/config.json?key=1"],
    ["moz-extension://abc/", "moz-extension://abc/config.json"],
  ])("%s → fetched as the browser does", async (folder, address) => {
    const asked: string[] = [];
    const from = httpSource(folder, {
      async fetch(url) {
        asked.push(url);
        return new Response("{}");
      },
    });
    expect((await from.open("config.json"))?.byteLength).toBe(2);
    expect(asked).toEqual([address]);
    expect(from.name).not.toContain("key");
    expect(from.name).toMatch(/^[a-z-]+:\/\/(?:abc|localhost)\//);
  });

  test.each([
    "file:///models/x",
    "data:,x",
    "blob:http://x/1",
    "javascript:1",
    "about:blank",
    "c:\\m",
    "app:x",
  ])("%s → InputError", (folder) => {
    expect(() => httpSource(folder)).toThrow(InputError);
    expect(() => httpSource(folder)).toThrow(/cannot be fetched: expected http: or https:/);
  });
});
