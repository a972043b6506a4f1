/** Facts about a file that observed requests show: version, hash, bytes as they arrive. */
import { afterEach, describe, expect, test } from "vitest";
import { httpSource } from "../../../src/files/http/http-source.ts";
import type { RemoteFile } from "../../../src/store/download/download.ts";
import { hubHashes } from "../../../src/store/download/hub-hashes.ts";
import { observedSource } from "../../../src/store/download/observed-source.ts";
import { faultyServer, reply, replyRange } from "../../../testing/files/faulty-server.ts";
import type { Answer, FaultyServer } from "../../../testing/files/faulty-server.ts";
import { bytesOf } from "../../../testing/store/model-fixture.ts";

const FILE = bytesOf(5, 2_000_000);
const HASH = "0123456789abcdef".repeat(4);

let server: FaultyServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function open(answer: Answer, path = "w"): Promise<RemoteFile | undefined> {
  server = await faultyServer(answer);
  const { url } = server;
  const retry = { tries: 2, firstPauseMs: 1, stallMs: 500 };
  return await observedSource((fetch) => httpSource(url, { fetch, retry })).open(path);
}

const withHeaders =
  (headers: Record<string, string>): Answer =>
  (socket, request) =>
    replyRange(socket, request, FILE, headers);

describe("versions", () => {
  test.each([
    [{ etag: '"1"' }, '"1"', undefined],
    [{ etag: 'W/"1"' }, '"1"', undefined],
    [{ etag: '"1"', "x-linked-etag": `"${HASH}"` }, `"${HASH}"`, HASH],
    // Without the hub's own header, an ETag that looks like a hash may be one of anything.
    [{ etag: `"${HASH}"` }, `"${HASH}"`, undefined],
    [
      { "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT" },
      "Mon, 01 Jan 2024 00:00:00 GMT",
      undefined,
    ],
    [{}, undefined, undefined],
  ])("observedSource: %j → version and hash", async (headers, version, sha256) => {
    expect(await open(withHeaders(headers as Record<string, string>))).toMatchObject({
      version,
      sha256,
    });
  });

  test("observedSource: a file that changes, opened twice → the version of the second", async () => {
    let etag = '"1"';
    server = await faultyServer((socket, request) => replyRange(socket, request, FILE, { etag }));
    const { url } = server;
    const source = observedSource((fetch) => httpSource(url, { fetch }));
    expect(await source.open("w")).toMatchObject({ version: '"1"' });
    etag = '"2"';
    expect(await source.open("w")).toMatchObject({ version: '"2"' });
  });

  test("observedSource: no such file → undefined", async () => {
    expect(await open((socket) => reply(socket, "404 Not Found", {}))).toBeUndefined();
  });
});

describe("bytes as they come", () => {
  test("observedSource: a read of parts → reported in order, never before the bytes have arrived", async () => {
    const file = await open(withHeaders({}));
    const into = new Uint8Array(1_800_000);
    const told: number[] = [];
    await file?.read(90_000, into, undefined, async (bytes) => {
      told.push(bytes);
      expect(Buffer.compare(into.subarray(0, bytes), FILE.subarray(90_000, 90_000 + bytes))).toBe(
        0,
      );
      await new Promise((resolve) => setTimeout(resolve, 1));
    });
    expect(told.length).toBeGreaterThan(2);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(Buffer.compare(into, FILE.subarray(90_000, 1_890_000))).toBe(0);
  });

  test("observedSource: a read that is cut and tried again → continues to count", async () => {
    let cuts = 0;
    const file = await open((socket, request) => {
      const isCut = (request.range?.begin ?? 0) > 0 && cuts++ === 0;
      const range = request.range && {
        ...request.range,
        end: isCut ? request.range.begin + 70_000 : request.range.end,
      };
      replyRange(socket, { ...request, range }, FILE);
    });
    const into = new Uint8Array(200_000);
    const told: number[] = [];
    await file?.read(80_000, into, undefined, async (bytes) => void told.push(bytes));
    expect(cuts).toBe(2);
    expect(told).toContain(70_000);
    expect(Buffer.compare(into, FILE.subarray(80_000, 280_000))).toBe(0);
  });
});

describe("bodies", () => {
  /** Returns the range of a file as one response. */
  const answer = (init: RequestInit, bodyOf: (bytes: Uint8Array<ArrayBuffer>) => BodyInit) => {
    const [, first, last] = /(\d+)-(\d+)/.exec(new Headers(init.headers).get("range") ?? "") ?? [];
    const bytes = Uint8Array.from(FILE.subarray(Number(first), Number(last) + 1));
    const range = `bytes ${first}-${Number(first) + bytes.byteLength - 1}/${FILE.byteLength}`;
    return new Response(bodyOf(bytes), { status: 206, headers: { "content-range": range } });
  };
  const inOne = (bytes: Uint8Array): ReadableStream =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    });

  test.each<[string, (bytes: Uint8Array<ArrayBuffer>) => BodyInit, number]>([
    ["bytes, 1 MB in one piece → taken in pieces of 64 KiB", (bytes) => bytes, 65_536],
    ["a stream that cannot limit a read → as it comes", inOne, 1_000_000],
  ])("observedSource: a body of %s", async (_, bodyOf, most) => {
    const fetch = async (_url: string, init: RequestInit) => answer(init, bodyOf);
    const make = (watched: typeof fetch) => httpSource("http://localhost/", { fetch: watched });
    const file: RemoteFile | undefined = await observedSource(make, fetch).open("w");
    const into = new Uint8Array(1_000_000);
    const told: number[] = [];
    await file?.read(70_000, into, undefined, async (bytes) => void told.push(bytes));
    // The last bytes have come when the read is done.
    told.push(into.byteLength);
    const steps = told.map((bytes, i) => bytes - (told[i - 1] ?? 0));
    expect(Math.max(...steps)).toBe(most);
    expect(Buffer.compare(into, FILE.subarray(70_000, 1_070_000))).toBe(0);
  });
});

describe("hubHashes", () => {
  const ask = async (answer: Answer, name = "org/model@main"): Promise<[string, string][]> => {
    server = await faultyServer(answer);
    return [...(await hubHashes(name, { endpoint: new URL(server.url).origin, token: "t" }))];
  };

  test("hubHashes: the hub's list → the hashes of files in Git LFS", async () => {
    const list = [
      { type: "file", path: "config.json", oid: "abc" },
      { type: "file", path: "a.safetensors", lfs: { oid: HASH, size: 5 } },
      { type: "file", path: "b.safetensors", lfs: { oid: "short" } },
      null,
    ];
    const hashes = await ask((socket) => reply(socket, "200 OK", {}, JSON.stringify(list)));
    expect(hashes).toEqual([["a.safetensors", HASH]]);
    expect(server?.requests[0]).toMatchObject({ path: "/api/models/org/model/tree/main" });
    expect(server?.requests[0]?.headers.get("authorization")).toBe("Bearer t");
  });

  test.each<[string, Answer]>([
    ["404", (socket) => reply(socket, "404 Not Found", {})],
    ["no JSON", (socket) => reply(socket, "200 OK", {}, "<html>")],
    ["no list", (socket) => reply(socket, "200 OK", {}, "{}")],
    ["a reset", (socket) => socket.resetAndDestroy()],
  ])("hubHashes: %s → none", async (_, answer) => {
    expect(await ask(answer)).toEqual([]);
  });

  test("hubHashes: a folder that is not the hub's → none, and nobody is asked", async () => {
    expect(
      await ask((socket) => reply(socket, "200 OK", {}, "[]"), "http://localhost/model/"),
    ).toEqual([]);
    expect(server?.requests).toEqual([]);
  });
});
