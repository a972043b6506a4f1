/**
 * Servers and networks that fail while a file is read, in one read or from front to back. The
 * result is the right bytes, or a clear error after the configured number of tries.
 */
import { describe, expect, test, vi } from "vitest";
import { WeightsError } from "../../../src/errors.ts";
import { head, reply, replyRange } from "../../../testing/files/faulty-server.ts";
import type { Answer } from "../../../testing/files/faulty-server.ts";
import {
  afterOpening,
  busyOnce,
  FILE,
  isSame,
  rangeHeaders,
  readPart,
  readSequence,
  RETRY,
  right,
  server,
  source,
} from "./http-fixture.ts";

describe.each([
  ["in one read", readPart],
  ["from front to back", readSequence],
] as const)("faults that pass, and that do not: read %s", (_way, readBytes) => {
  /** How a read of 150,000 bytes can go wrong after opening. */
  const faults: readonly [fault: string, answer: Answer, message: RegExp][] = [
    [
      "503",
      (socket) => reply(socket, "503 Service Unavailable", {}),
      /the server failed, got HTTP 503 Service Unavailable/,
    ],
    ["500", (socket) => reply(socket, "500 Oops", {}), /the server failed, got HTTP 500/],
    [
      "408",
      (socket) => reply(socket, "408 Request Timeout", {}),
      /the server failed, got HTTP 408/,
    ],
    [
      "429",
      (socket) => reply(socket, "429 Too Many Requests", { "retry-after": "0" }),
      /wants fewer requests, got HTTP 429/,
    ],
    [
      "a reset before the answer",
      (socket) => socket.resetAndDestroy(),
      /the connection failed or was refused/,
    ],
    ["an end before the answer", (socket) => socket.end(), /the connection failed or was refused/],
    ["no answer", () => {}, /the transfer stalled, got 0\.25 s without a byte/],
    [
      "a body that stalls",
      (socket, request) => {
        socket.write(head("206 Partial Content", rangeHeaders(request.range)));
        socket.write(FILE.subarray(request.range?.begin, (request.range?.begin ?? 0) + 1000));
      },
      /the transfer stalled/,
    ],
    [
      "a body that ends early",
      (socket, request) => {
        socket.write(head("206 Partial Content", rangeHeaders(request.range)));
        socket.end(FILE.subarray(request.range?.begin, (request.range?.begin ?? 0) + 1000));
      },
      /the connection failed or was refused/,
    ],
    [
      "a body that ends early without a length",
      (socket, request) => {
        socket.write(
          head("206 Partial Content", {
            ...rangeHeaders(request.range),
            "content-length": undefined,
          }),
        );
        socket.end(FILE.subarray(request.range?.begin, (request.range?.begin ?? 0) + 1000));
      },
      /the transfer ended early: expected byte 250,000, got byte \d+,000/,
    ],
    [
      "a chunked body that is cut",
      (socket, request) => {
        const headers = {
          ...rangeHeaders(request.range),
          "content-length": undefined,
          "transfer-encoding": "chunked",
        };
        socket.write(head("206 Partial Content", headers));
        const begin = request.range?.begin ?? 0;
        socket.write("3e8\r\n");
        socket.write(FILE.subarray(begin, begin + 1000));
        socket.write("\r\n3e8\r\n");
        socket.end(FILE.subarray(begin + 1000, begin + 1003));
      },
      /the connection failed or was refused|the transfer ended early/,
    ],
    [
      "a reset inside the body",
      (socket, request) => {
        socket.write(head("206 Partial Content", rangeHeaders(request.range)));
        socket.write(
          FILE.subarray(request.range?.begin, (request.range?.begin ?? 0) + 1000),
          () => {
            setTimeout(() => socket.resetAndDestroy(), 10);
          },
        );
      },
      /the connection failed or was refused/,
    ],
  ];

  test.each(faults)("httpSource: %s, once → the right bytes", async (_, fault) => {
    const once: Answer = (socket, request) =>
      (request.index === 1 ? fault : right)(socket, request);
    expect(isSame(await readBytes(once), FILE.subarray(100_000, 250_000))).toBe(true);
    expect(server?.requests.length).toBe(3);
  });

  test.each(faults)(
    "httpSource: %s, always → a WeightsError after 3 tries",
    async (_, fault, message) => {
      const result = readBytes(afterOpening(fault));
      await expect(result).rejects.toThrow(message);
      await expect(result).rejects.toBeInstanceOf(WeightsError);
      expect(server?.requests).toHaveLength(4);
    },
  );

  test.each(faults)("httpSource: %s, while opening, once → opened", async (_, fault) => {
    const once: Answer = (socket, request) =>
      (request.index === 0 ? fault : right)(socket, request);
    const file = await (await source(once)).open("w");
    expect(file?.byteLength).toBe(300_000);
    const into = new Uint8Array(300_000);
    await file?.read(0, into);
    expect(isSame(into, FILE)).toBe(true);
  });

  test("httpSource: 20 cuts at odd places → resumed from each cut", async () => {
    const cut = afterOpening((socket, request) => {
      const { begin } = request.range ?? { begin: 0 };
      socket.write(
        head("206 Partial Content", {
          ...rangeHeaders(request.range),
          "content-length": undefined,
        }),
      );
      // Only every third try gets anywhere near the end.
      socket.end(FILE.subarray(begin, request.index % 3 === 0 ? request.range?.end : begin + 7919));
    });
    const file = await (await source(cut)).open("w");
    for (let i = 0; i < 20; i++) {
      const into = new Uint8Array(60_000 + i);
      await file?.read(70_001 + i * 8000, into);
      expect(isSame(into, FILE.subarray(70_001 + i * 8000, 130_001 + i * 8001))).toBe(true);
    }
  });

  test("httpSource: Retry-After of a second → waited for", async () => {
    const pauses = vi.spyOn(globalThis, "setTimeout");
    await (await source(busyOnce)).open("w");
    expect(pauses.mock.calls.map(([, ms]) => ms)).toContain(1000);
    pauses.mockRestore();
  });

  test("httpSource: Retry-After of an hour, in seconds or as a date → an immediate error that says so", async () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    for (const value of ["3600", inAnHour]) {
      const from = await source((socket) =>
        reply(socket, "429 Too Many Requests", { "retry-after": value }),
      );
      await expect(from.open("w")).rejects.toThrow(
        /wants fewer requests, got HTTP 429 Too Many Requests\. Try again in (3600|359\d) s\./,
      );
      await server?.close();
    }
  });

  const changes: readonly [string, Answer][] = [
    ["another ETag", (socket, request) => replyRange(socket, request, FILE, { etag: '"2"' })],
    ["another length", (socket, request) => replyRange(socket, request, FILE.subarray(1))],
    [
      "416",
      (socket) => reply(socket, "416 Range Not Satisfiable", { "content-range": "bytes */5" }),
    ],
    ["404", (socket) => reply(socket, "404 Not Found", {})],
  ];
  test.each(changes)("httpSource: %s after opening → the file changed", async (_, answer) => {
    await expect(readBytes(afterOpening(answer))).rejects.toThrow(
      /the file changed or vanished on the server while it was read/,
    );
    expect(server?.requests).toHaveLength(2);
  });

  test("httpSource: the same ETag, once weak → the same file", async () => {
    const weak = afterOpening((socket, request) =>
      replyRange(socket, request, FILE, { etag: 'W/"1"' }),
    );
    expect(isSame(await readBytes(weak), FILE.subarray(100_000, 250_000))).toBe(true);
  });

  test.each([["bytes 0-149999/300000"], ["bytes 1-2-3/4"], ["items 100000-249999/300000"]])(
    "httpSource: a Content-Range of %j for another range → an error",
    async (range) => {
      const other = afterOpening((socket) =>
        reply(socket, "206 Partial Content", { "content-range": range }, FILE.subarray(0, 150_000)),
      );
      await expect(readBytes(other)).rejects.toThrow(
        /sent another part of the file than requested/,
      );
    },
  );

  test("httpSource: several parts in one body → an error", async () => {
    const parts = afterOpening((socket) =>
      reply(
        socket,
        "206 Partial Content",
        { "content-type": "multipart/byteranges; boundary=x" },
        "--x\r\n",
      ),
    );
    await expect(readBytes(parts)).rejects.toThrow(/got several parts/);
  });

  test("httpSource: no Content-Range that a page may read → small files pass, large ones are an error", async () => {
    const hidden = await source((socket, request) => {
      const file = request.path.endsWith("small") ? FILE.subarray(0, 100) : FILE;
      replyRange(socket, request, file, { "content-range": undefined });
    });
    expect((await hidden.open("small"))?.byteLength).toBe(100);
    await expect(hidden.open("large")).rejects.toThrow(
      /does not say how long the file is.*Access-Control-Expose-Headers/,
    );
  });

  test("httpSource: nobody listens → a WeightsError", async () => {
    const from = await source(right);
    await server?.close();
    await expect(from.open("w")).rejects.toThrow(
      /m, w: the connection failed or was refused, got fetch failed\. Check the address/,
    );
  });
});

describe("from front to back", () => {
  test("httpSource: a sequence → one request, and the bytes in their order", async () => {
    expect(isSame(await readSequence(right), FILE.subarray(100_000, 250_000))).toBe(true);
    expect(server?.requests.map(({ range }) => range)).toEqual([
      { begin: 0, end: 65_536 },
      { begin: 100_000, end: 250_000 },
    ]);
  });

  test("httpSource: answers shorter than a sequence, and cuts → asked again from there", async () => {
    const short = afterOpening((socket, request) => {
      const begin = request.range?.begin ?? 0;
      const end = Math.min(request.range?.end ?? 0, begin + 33_333);
      const headers = rangeHeaders({ begin, end });
      socket.write(head("206 Partial Content", { ...headers, "content-length": undefined }));
      // Every second answer is cut.
      socket.end(FILE.subarray(begin, request.index % 2 === 0 ? end : end - 777));
    });
    expect(isSame(await readSequence(short), FILE.subarray(100_000, 250_000))).toBe(true);
  });

  test("httpSource: a sequence past the end of the file → refused without a request", async () => {
    const file = await (await source(right)).open("w");
    expect(() => file?.sequence?.(299_000, 300_001)).toThrow(/ends before byte 300,001/);
    expect(server?.requests).toHaveLength(1);
  });

  test("httpSource: a sequence aborted, or closed in its middle → its reason; the request ends", async () => {
    let closed = 0;
    const half = afterOpening((socket, request) => {
      socket.on("close", () => (closed += 1));
      socket.write(head("206 Partial Content", rangeHeaders(request.range)));
      socket.write(FILE.subarray(100_000, 101_000));
    });
    const file = await (await source(half, { retry: { ...RETRY, stallMs: 10_000 } })).open("w");
    const stop = new AbortController();
    const sequence = file?.sequence?.(100_000, 250_000, stop.signal);
    await sequence?.read(new Uint8Array(1000));
    const reading = sequence?.read(new Uint8Array(1000));
    setTimeout(() => stop.abort(new Error("enough")), 30);
    await expect(reading).rejects.toThrow("enough");
    await expect.poll(() => closed).toBe(1);
    const other = file?.sequence?.(100_000, 250_000);
    await other?.read(new Uint8Array(1000));
    other?.close();
    await expect.poll(() => closed).toBe(2);
  });
});
