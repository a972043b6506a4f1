/**
 * Files over HTTP: the right bytes from a server that behaves, and right bytes or a clear error
 * from one that does not.
 */
import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.ts";
import { httpSource } from "../../../src/files/http/http-source.ts";
import { head, reply, replyRange } from "../../../testing/files/faulty-server.ts";
import { tensorFile } from "../../../testing/checkpoint/safetensors-bytes.ts";
import {
  afterOpening,
  busy,
  FILE,
  isSame,
  readPart,
  RETRY,
  serve,
  server,
  silent,
  source,
} from "./http-fixture.ts";

describe("a server that behaves", () => {
  test("httpSource: ranges → the bytes, in as few requests as can be", async () => {
    const from = await source((socket, request) => replyRange(socket, request, FILE));
    const file = await from.open("sub dir/w#1.bin");
    expect(file).toMatchObject({ path: "sub dir/w#1.bin", byteLength: 300_000 });
    for (const [begin, end] of [
      [0, 8],
      [8, 65_536],
      [65_000, 66_000],
      [299_999, 300_000],
      [5, 5],
      [0, 300_000],
    ] as const) {
      const into = new Uint8Array(end - begin);
      await file?.read(begin, into);
      expect(isSame(into, FILE.subarray(begin, end))).toBe(true);
    }
    const ranges = server?.requests.map(({ headers }) => headers.get("range"));
    expect(ranges).toEqual([
      "bytes=0-65535",
      "bytes=65536-65999",
      "bytes=299999-299999",
      "bytes=65536-299999",
    ]);
    expect(server?.requests[0]?.path).toBe("/model/sub%20dir/w%231.bin");
    expect(server?.requests[0]?.headers.get("accept")).not.toContain("html");
  });

  test("httpSource: a read past the end → refused without a request", async () => {
    const file = await (
      await source((socket, request) => replyRange(socket, request, FILE))
    ).open("w");
    await expect(file?.read(299_990, new Uint8Array(11))).rejects.toThrow(
      /w: ends before byte 300,001, got a file of 300,000 bytes/,
    );
    expect(server?.requests).toHaveLength(1);
  });

  test("httpSource: 404 and 410 → no file; a path outside the folder → no request", async () => {
    const from = await source((socket, { path }) =>
      reply(socket, path.endsWith("a") ? "404 Not Found" : "410 Gone", {}),
    );
    expect(await from.open("a")).toBeUndefined();
    expect(await from.open("b")).toBeUndefined();
    expect(await from.open("../a")).toBeUndefined();
    expect(server?.requests).toHaveLength(2);
  });

  test("httpSource: an empty file, by 416 → a file of no bytes", async () => {
    const from = await source((socket) =>
      reply(socket, "416 Range Not Satisfiable", { "content-range": "bytes */0" }),
    );
    expect((await from.open("w"))?.byteLength).toBe(0);
  });

  test("httpSource: ranges shorter than asked for → asked again for the rest", async () => {
    const short = afterOpening((socket, request) => {
      const { begin, end } = request.range ?? { begin: 0, end: 0 };
      replyRange(
        socket,
        { ...request, range: { begin, end: Math.min(end, begin + 50_000) } },
        FILE,
      );
    });
    expect(isSame(await readPart(short), FILE.subarray(100_000, 250_000))).toBe(true);
    expect(server?.requests).toHaveLength(4);
  });

  test("httpSource: a whole checkpoint → opened; headers and query go with each request", async () => {
    const model = tensorFile({ x: [4] });
    const own = await serve((socket, request) => {
      const isModel = request.path === "/model/model.safetensors?sig=1";
      if (isModel) replyRange(socket, request, model);
      else reply(socket, "404 Not Found", {});
    });
    const from = httpSource(`${own.url}?sig=1`, { headers: { "x-key": "k" } });
    expect(from.name).not.toContain("sig");
    expect((await openCheckpoint(from)).tensors.size).toBe(1);
    expect(own.requests.every(({ headers }) => headers.get("x-key") === "k")).toBe(true);
  });
});

describe("a server that ignores Range", () => {
  test("httpSource: 200 and a small file → kept in memory, read correctly", async () => {
    const got = await readPart((socket) => reply(socket, "200 OK", {}, FILE));
    expect(isSame(got, FILE.subarray(100_000, 250_000))).toBe(true);
    expect(server?.requests).toHaveLength(1);
  });

  test("httpSource: 200 without a length → read to its end", async () => {
    const from = await source((socket) =>
      reply(socket, "200 OK", { "content-length": undefined }, FILE),
    );
    expect((await from.open("w"))?.byteLength).toBe(300_000);
  });

  test("httpSource: 200 and 20 MB → an error, and the body is not read", async () => {
    const from = await source((socket) =>
      socket.write(head("200 OK", { "content-length": "20000000" })),
    );
    await expect(from.open("w")).rejects.toThrow(
      /m, w: the server ignores Range requests.*expected HTTP 206.*, got HTTP 200 and 20,000,000 bytes/,
    );
  });

  test("httpSource: 200 without a length and without an end → an error", async () => {
    const block = new Uint8Array(1_000_000);
    const from = await source((socket) => {
      socket.write(head("200 OK", {}));
      const pour = (): void => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on("drain", pour);
      pour();
    });
    await expect(from.open("w")).rejects.toThrow(/ignores Range requests/);
  });

  test("httpSource: 206 at first from a cache, 200 later, of a small file → the right bytes, all by one more request", async () => {
    const from = await source(afterOpening((socket) => reply(socket, "200 OK", {}, FILE)));
    const file = await from.open("w");
    const into = new Uint8Array(150_000);
    for (const begin of [100_000, 60_000, 150_000]) {
      await file?.read(begin, into);
      expect(isSame(into, FILE.subarray(begin, begin + into.byteLength))).toBe(true);
    }
    const sequence = file?.sequence?.(70_000, 220_000);
    await sequence?.read(into);
    sequence?.close();
    expect(isSame(into, FILE.subarray(70_000, 220_000))).toBe(true);
    expect(server?.requests).toHaveLength(2);
  });

  test.each([
    ["of another length", FILE.subarray(0, 299_000), {}, /changed/],
    ["of another version", FILE, { etag: '"2"' }, /changed/],
    ["a page", FILE, { "content-type": "text/html" }, /page/],
  ] as const)(
    "httpSource: 206 at first, 200 later, %s → an error, never the file's start in its middle",
    async (_, body, headers, message) => {
      const later = afterOpening((socket) => reply(socket, "200 OK", headers, body));
      await expect(readPart(later)).rejects.toThrow(message);
    },
  );

  test("httpSource: 206 at first, 200 later, of a large file → an error, and the body is not read", async () => {
    const length = 20_000_000;
    const from = await source((socket, request) =>
      request.range?.begin === 0
        ? reply(
            socket,
            "206 Partial Content",
            { "content-range": `bytes 0-65535/${length}` },
            new Uint8Array(65_536),
          )
        : socket.write(head("200 OK", { "content-length": String(length) })),
    );
    const file = await from.open("w");
    await expect(file?.read(100_000, new Uint8Array(9))).rejects.toThrow(
      /sent the whole file instead of a part: expected HTTP 206, got HTTP 200/,
    );
  });
});

describe("refusals", () => {
  test.each(["401 Unauthorized", "403 Forbidden"])(
    "httpSource: %s → an immediate error, with the cure",
    async (status) => {
      const from = await source((socket) => reply(socket, status, {}), { cure: "Bring a token" });
      await expect(from.open("w")).rejects.toThrow(
        new RegExp(`refuses access, got HTTP ${status}\\. Bring a token\\.`),
      );
      expect(server?.requests).toHaveLength(1);
    },
  );

  test.each([
    ["RepoNotFound", "no such model"],
    ["RevisionNotFound", "no such revision"],
  ])("httpSource: 404 with the hub's %s → an error, not a missing file", async (code, text) => {
    const from = await source((socket) => reply(socket, "404 Not Found", { "x-error-code": code }));
    await expect(from.open("w")).rejects.toThrow(text);
  });

  test("httpSource: a page instead of a file → an error that says HTML", async () => {
    const from = await source((socket) =>
      reply(socket, "200 OK", { "content-type": "text/html; charset=utf-8" }, "<!doctype html>"),
    );
    await expect(from.open("w")).rejects.toThrow(
      /m, w: is not what was requested, got HTML \(a login or error page\?\)/,
    );
  });

  test("httpSource: a page instead of a later part → an error that says HTML", async () => {
    const login = afterOpening((socket) =>
      reply(socket, "200 OK", { "content-type": "text/html" }, "<html>"),
    );
    await expect(readPart(login)).rejects.toThrow(/got HTML/);
  });

  test("httpSource: a template served as text/html → accepted", async () => {
    const from = await source((socket) =>
      reply(socket, "200 OK", { "content-type": "text/html" }, "{% for m in messages %}"),
    );
    expect((await from.open("chat_template.jinja"))?.byteLength).toBe(23);
  });

  test("httpSource: 418 → an immediate error", async () => {
    const from = await source((socket) => reply(socket, "418 I'm a teapot", {}));
    await expect(from.open("w")).rejects.toThrow(
      /the server's answer is not a file, got HTTP 418 I'm a teapot/,
    );
    expect(server?.requests).toHaveLength(1);
  });

  test("httpSource: another protocol → an input error", () => {
    expect(() => httpSource("file:///models/x")).toThrow(InputError);
    expect(() => httpSource("file:///models/x")).toThrow(/expected http: or https:.*got file:/);
  });
});

describe("aborts", () => {
  test("httpSource: an abort while opening, reading or pausing → its reason, before the stall's", async () => {
    for (const answer of [silent, busy]) {
      const from = await source(answer, { retry: { ...RETRY, stallMs: 10_000 } });
      await expect(from.open("w", AbortSignal.timeout(50))).rejects.toThrow(
        expect.objectContaining({ name: "TimeoutError" }),
      );
      await server?.close();
    }
    const from = await source(afterOpening(silent), { retry: { ...RETRY, stallMs: 10_000 } });
    const file = await from.open("w");
    const stop = new AbortController();
    const reading = file?.read(100_000, new Uint8Array(10), stop.signal);
    setTimeout(() => stop.abort(new Error("enough")), 30);
    await expect(reading).rejects.toThrow("enough");
  });

  test("httpSource: a signal aborted before → no request", async () => {
    const from = await source(() => {});
    await expect(from.open("w", AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
    expect(server?.requests).toHaveLength(0);
  });
});
