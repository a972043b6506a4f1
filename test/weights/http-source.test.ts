/**
 * Files over HTTP: the right bytes from a server that behaves, and right bytes or a clear error
 * from one that does not.
 */
import { afterEach, describe, expect, test } from "vitest";
import { InputError, WeightsError } from "../../src/errors.ts";
import { openCheckpoint } from "../../src/weights/checkpoint.ts";
import { httpSource } from "../../src/weights/http-source.ts";
import type { HttpSourceOptions } from "../../src/weights/http-source.ts";
import { faultyServer, head, reply, replyRange } from "../support/faulty-server.ts";
import type { Answer, FaultyServer } from "../support/faulty-server.ts";
import { tensorFile } from "../support/safetensors-bytes.ts";

/** Larger than the 64 KiB that opening reads. */
const FILE = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
const RETRY = { tries: 3, firstPauseMs: 2, maxPauseMs: 2000, stallMs: 250 };

let server: FaultyServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function source(answer: Answer, options: HttpSourceOptions = {}) {
  server = await faultyServer(answer);
  return httpSource(server.url, { retry: RETRY, name: "m", ...options });
}

/** Opens "w" rightly, and leaves the reads after it to `answer`. */
const afterOpening =
  (answer: Answer): Answer =>
  (socket, request) =>
    request.range?.begin === 0
      ? replyRange(socket, request, FILE, { etag: '"1"' })
      : answer(socket, request);

const right: Answer = (socket, request) => replyRange(socket, request, FILE, { etag: '"1"' });
const silent: Answer = () => {};
const busy: Answer = (socket) => reply(socket, "503 Busy", { "retry-after": "2" });
const busyOnce: Answer = (socket, request) => {
  if (request.index > 0) right(socket, request);
  else reply(socket, "429 Too Many Requests", { "retry-after": "1" });
};

/** Reads [begin, end) of "w" and gives the bytes. */
async function readPart(answer: Answer, begin = 100_000, end = 250_000): Promise<Uint8Array> {
  const file = await (await source(answer)).open("w");
  const into = new Uint8Array(end - begin);
  await file?.read(begin, into);
  return into;
}

/** The same bytes from front to back: one, some, and the rest. */
async function readSequence(answer: Answer, begin = 100_000, end = 250_000): Promise<Uint8Array> {
  const file = await (await source(answer)).open("w");
  const into = new Uint8Array(end - begin);
  const sequence = file?.sequence?.(begin, end);
  for (const [from, to] of [
    [0, 1],
    [1, 70_001],
    [70_001, into.byteLength],
  ]) {
    await sequence?.read(into.subarray(from, to));
  }
  sequence?.close();
  return into;
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

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
    server = await faultyServer((socket, request) => {
      const isModel = request.path === "/model/model.safetensors?sig=1";
      if (isModel) replyRange(socket, request, model);
      else reply(socket, "404 Not Found", {});
    });
    const from = httpSource(`${server.url}?sig=1`, { headers: { "x-key": "k" } });
    expect(from.name).not.toContain("sig");
    expect((await openCheckpoint(from)).tensors.size).toBe(1);
    expect(server.requests.every(({ headers }) => headers.get("x-key") === "k")).toBe(true);
  });
});

describe("a server that ignores Range", () => {
  test("httpSource: 200 and a small file → held whole, read rightly", async () => {
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

  test("httpSource: 200 and 20 MB → an error, and the body is not taken", async () => {
    const from = await source((socket) =>
      socket.write(head("200 OK", { "content-length": "20000000" })),
    );
    await expect(from.open("w")).rejects.toThrow(
      /m, w: the server ignores Range requests.*got HTTP 200 and 20,000,000 bytes, wanted HTTP 206/,
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

  test("httpSource: 206 at first, 200 later → an error, never the file's start in its middle", async () => {
    const later = afterOpening((socket) => reply(socket, "200 OK", {}, FILE));
    await expect(readPart(later)).rejects.toThrow(
      /sent the whole file instead of a part, got HTTP 200, wanted HTTP 206/,
    );
  });
});

describe("refusals", () => {
  test.each(["401 Unauthorized", "403 Forbidden"])(
    "httpSource: %s → an error at once, with the cure",
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
      /m, w: is not what was asked for, got HTML \(a login or error page\?\)/,
    );
  });

  test("httpSource: a page instead of a later part → an error that says HTML", async () => {
    const login = afterOpening((socket) =>
      reply(socket, "200 OK", { "content-type": "text/html" }, "<html>"),
    );
    await expect(readPart(login)).rejects.toThrow(/got HTML/);
  });

  test("httpSource: a template served as text/html → taken", async () => {
    const from = await source((socket) =>
      reply(socket, "200 OK", { "content-type": "text/html" }, "{% for m in messages %}"),
    );
    expect((await from.open("chat_template.jinja"))?.byteLength).toBe(23);
  });

  test("httpSource: 418 → an error at once", async () => {
    const from = await source((socket) => reply(socket, "418 I'm a teapot", {}));
    await expect(from.open("w")).rejects.toThrow(
      /the server's answer is no file, got HTTP 418 I'm a teapot/,
    );
    expect(server?.requests).toHaveLength(1);
  });

  test("httpSource: another protocol → an input error", () => {
    expect(() => httpSource("file:///models/x")).toThrow(InputError);
    expect(() => httpSource("file:///models/x")).toThrow(/got file:, wanted http: or https:/);
  });
});

describe.each([
  ["at once", readPart],
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
      /the transfer ended early, got byte \d+,000, wanted byte 250,000/,
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

  test("httpSource: 20 cuts at odd places → resumed where each broke off", async () => {
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
    const begin = performance.now();
    await (await source(busyOnce)).open("w");
    expect(performance.now() - begin).toBeGreaterThan(990);
  });

  test("httpSource: Retry-After of an hour, in seconds or as a date → an error at once that says so", async () => {
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
        /sent another part of the file than it was asked for/,
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

describe("aborts", () => {
  test("httpSource: an abort while opening, reading or pausing → its reason, soon", async () => {
    for (const answer of [silent, busy]) {
      const from = await source(answer, { retry: { ...RETRY, stallMs: 10_000 } });
      const begin = performance.now();
      await expect(from.open("w", AbortSignal.timeout(50))).rejects.toThrow(
        expect.objectContaining({ name: "TimeoutError" }),
      );
      expect(performance.now() - begin).toBeLessThan(1000);
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

function rangeHeaders(range: { begin: number; end: number } = { begin: 0, end: 0 }) {
  const end = Math.min(range.end, FILE.byteLength);
  return {
    "content-range": `bytes ${range.begin}-${end - 1}/${FILE.byteLength}`,
    "content-length": `${end - range.begin}`,
  };
}
