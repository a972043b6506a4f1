/**
 * Faults of servers and networks, counted: 15 kinds, each beginning at a given byte of a shard,
 * once or for good.
 */
import type { Socket } from "node:net";
import { RewardError } from "../../src/errors.ts";
import type { RetryLimits } from "../../src/files/http/http-retry.ts";
import { httpSource } from "../../src/files/http/http-source.ts";
import type { Source } from "../../src/files/source.ts";
import { observedSource } from "../../src/store/download/observed-source.ts";
import { faultyServer, head, reply, replyRange } from "../files/faulty-server.ts";
import type { FaultyServer, Request } from "../files/faulty-server.ts";
import { tally } from "../tally.ts";
import type { Tally } from "../tally.ts";
import { visit } from "./visit.ts";
import type { Disk } from "./memory-directory.ts";
import { bytesOf, hashesOf, readAll } from "./model-fixture.ts";

/** Larger than the 64 KiB that opening a file asks for, by many requests of 8 chunks. */
const CHUNK_BYTES = 8192;
const SHARD = 400_000;
const RETRY: RetryLimits = { tries: 3, firstPauseMs: 1, maxPauseMs: 50, stallMs: 400 };
/** Where nothing is wrong with the server, the machine may be busy. */
const PATIENT: RetryLimits = { ...RETRY, stallMs: 10_000 };

const OTHER = bytesOf(99, SHARD);

/** Gives a wrong answer to a request for [begin, end) of `file`: the fault is at byte `at`. */
type Fault = (socket: Socket, request: Request, file: Uint8Array, at: number) => void;

function beginning({ range }: Request, file: Uint8Array, at: number) {
  const { begin = 0, end = file.byteLength } = range ?? {};
  const last = Math.min(end, file.byteLength);
  const headers = { "content-range": `bytes ${begin}-${last - 1}/${file.byteLength}`, etag: '"1"' };
  return {
    headers,
    body: file.subarray(begin, at),
    length: `${last - begin}`,
    whole: file.subarray(begin, last),
  };
}

export const transportFaults: Readonly<Record<string, Fault>> = {
  "ends before Content-Length": (socket, request, file, at) => {
    const { headers, body, length } = beginning(request, file, at);
    socket.write(head("206 Partial Content", { ...headers, "content-length": length }));
    socket.end(body);
  },
  "no length, ends early": (socket, request, file, at) => {
    const { headers, body } = beginning(request, file, at);
    socket.write(head("206 Partial Content", headers));
    socket.end(body);
  },
  "chunked body cut": (socket, request, file, at) => {
    const { headers, body, whole } = beginning(request, file, at);
    socket.write(head("206 Partial Content", { ...headers, "transfer-encoding": "chunked" }));
    if (body.byteLength > 0) {
      socket.write(`${body.byteLength.toString(16)}\r\n`);
      socket.write(body);
      socket.write("\r\n");
    }
    socket.write("ffff\r\n");
    socket.end(whole.subarray(body.byteLength, body.byteLength + 3));
  },
  reset: (socket, request, file, at) => {
    const { headers, body, length } = beginning(request, file, at);
    socket.write(head("206 Partial Content", { ...headers, "content-length": length }));
    socket.write(body, () => setTimeout(() => socket.resetAndDestroy(), 5));
  },
  "longer than asked for": (socket, request, file, at) => {
    const { headers, length, whole } = beginning(request, file, at);
    const more = Buffer.concat([whole, bytesOf(at, 5000)]);
    socket.write(
      head("206 Partial Content", { ...headers, "content-length": `${Number(length) + 5000}` }),
    );
    socket.end(more);
  },
  "200 for a range": (socket, _, file) => reply(socket, "200 OK", { etag: '"1"' }, file),
  "416": (socket) => reply(socket, "416 Range Not Satisfiable", {}),
  "429": (socket) => reply(socket, "429 Too Many Requests", { "retry-after": "0" }),
  "403, an expired link": (socket) => reply(socket, "403 Forbidden", {}, "expired"),
  "503": (socket) => reply(socket, "503 Service Unavailable", {}),
  "HTML with status 200": (socket) =>
    reply(
      socket,
      "200 OK",
      { "content-type": "text/html" },
      "<!doctype html><title>Sign in</title>",
    ),
  "another ETag, other bytes": (socket, request, file) => {
    replyRange(socket, request, OTHER.subarray(0, file.byteLength), { etag: '"2"' });
  },
  redirect: (socket, { path }) =>
    reply(socket, "302 Found", { location: path.replace("/model/", "/elsewhere/") }),
  stall: (socket, request, file, at) => {
    const { headers, body, length } = beginning(request, file, at);
    socket.write(head("206 Partial Content", { ...headers, "content-length": length }));
    socket.write(body);
  },
  slow: (socket, request, file, at) => {
    const { headers, length, whole } = beginning(request, file, at);
    socket.write(head("206 Partial Content", { ...headers, "content-length": length }));
    drip(socket, whole, 0);
  },
};

function drip(socket: Socket, body: Uint8Array, from: number): void {
  const end = from + 6000;
  if (socket.destroyed) return;
  if (end >= body.byteLength) return void socket.end(body.subarray(from));
  socket.write(body.subarray(from, end));
  setTimeout(() => drip(socket, body, end), 3);
}

const FILES: ReadonlyMap<string, Uint8Array> = new Map([
  ["config.json", Buffer.from("{}")],
  ["model.safetensors", bytesOf(3, SHARD)],
]);

/** Each kind of fault at `offsets` places, once and for good. */
export async function transport(offsets: number): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (const [fault, answer] of Object.entries(transportFaults)) {
    const one = tally(fault, 20);
    for (let i = 0; i < offsets; i++) {
      // From behind what opening the file reads, to the last byte.
      const at = 65_537 + Math.floor(((SHARD - 65_538) * (i + 1)) / offsets);
      await runCase(one, `${fault}, once at ${at}`, answer, at, 1);
      await runCase(one, `${fault}, always at ${at}`, answer, at, Infinity);
    }
    tallies.push(one);
  }
  return tallies;
}

async function runCase(
  into: Tally,
  name: string,
  fault: Fault,
  at: number,
  times: number,
): Promise<void> {
  into.cases += 1;
  const state = { left: times, hits: 0 };
  const server = await serve(fault, at, state);
  const disk: Disk = new Map();
  try {
    const stored = await visitServer(disk, server);
    if (await isRight(stored)) into.right += 1;
    else into.wrong.push(`${name}: wrong bytes`);
  } catch (error) {
    if (error instanceof RewardError) into.errors += 1;
    else into.wrong.push(`${name}: ${String(error)}`);
    if ([...disk.keys()].some((file) => file.endsWith(".model")))
      into.wrong.push(`${name}: committed`);
  }
  if (state.hits === 0) into.wrong.push(`${name}: the fault did not happen`);
  // The fault is over: what has landed must be good, and the rest comes.
  state.left = 0;
  const again = await visitServer(disk, server, PATIENT);
  if (!again.isStored || !(await isRight(again)))
    into.wrong.push(`${name}: the next visit is not right`);
  await server.close();
}

async function visitServer(disk: Disk, { url }: FaultyServer, retry: RetryLimits = RETRY) {
  const source = observedSource((fetch) =>
    httpSource(url, { name: "org/http@main", fetch, retry }),
  );
  return await visit(disk, source, {}, { chunkBytes: CHUNK_BYTES });
}

async function serve(
  fault: Fault,
  at: number,
  state: { left: number; hits: number },
): Promise<FaultyServer> {
  return await faultyServer((socket, request) => {
    const path = request.path.replace(/^\/(?:model|elsewhere)\//, "");
    const file = FILES.get(path);
    if (file === undefined) return reply(socket, "404 Not Found", {});
    const { begin, end } = request.range ?? { begin: 0, end: 0 };
    const isHit = begin > 0 && begin <= at && at < end && request.path.startsWith("/model/");
    if (!isHit || state.left === 0) return replyRange(socket, request, file, { etag: '"1"' });
    state.left -= 1;
    state.hits += 1;
    fault(socket, request, file, at);
  });
}

async function isRight(source: Source): Promise<boolean> {
  const wanted = hashesOf(FILES);
  const got = await readAll(source, FILES.keys());
  return [...wanted].every(([path, hash]) => got.get(path) === hash);
}
