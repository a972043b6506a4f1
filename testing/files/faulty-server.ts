/**
 * An HTTP server that does wrong what servers and networks do wrong: it writes to the socket
 * itself.
 */
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A request as it came in. */
export interface Request {
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  /** The requested range, the end exclusive; undefined without one. */
  readonly range: { readonly begin: number; readonly end: number } | undefined;
  /** How many requests came before. */
  readonly index: number;
}

/** Answers a request. A connection that is not ended or destroyed stays open. */
export type Answer = (socket: Socket, request: Request) => void;

export interface FaultyServer {
  readonly url: string;
  readonly requests: readonly Request[];
  close(): Promise<void>;
}

export async function faultyServer(answer: Answer): Promise<FaultyServer> {
  const requests: Request[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // A client that gives up resets the connection: that is what some tests want.
    socket.on("error", () => socket.destroy());
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (!text.includes("\r\n\r\n")) return;
      const request = parse(text, requests.length);
      text = "";
      requests.push(request);
      answer(socket, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/model`,
    requests,
    async close() {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function parse(text: string, index: number): Request {
  const [first = "", ...lines] = text.split("\r\n");
  const headers = new Map(
    lines.filter(Boolean).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const [, begin, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "") ?? [];
  const range = begin === undefined ? undefined : { begin: Number(begin), end: Number(last) + 1 };
  return { path: first.split(" ")[1] ?? "", headers, range, index };
}

/** Writes an answer and closes the connection. A header that is undefined is left out. */
export function reply(
  socket: Socket,
  status: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: Uint8Array | string = "",
): void {
  socket.write(head(status, { "content-length": `${Buffer.byteLength(body)}`, ...headers }));
  socket.end(body);
}

export function head(
  status: string,
  headers: Readonly<Record<string, string | undefined>>,
): string {
  const lines = Object.entries({ connection: "close", ...headers })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`;
}

/** The right answer to a range of a file. */
export function replyRange(
  socket: Socket,
  request: Request,
  file: Uint8Array,
  headers: Readonly<Record<string, string | undefined>> = {},
): void {
  const { begin = 0, end = Infinity } = request.range ?? {};
  const body = file.subarray(begin, Math.min(end, file.byteLength));
  const range = `bytes ${begin}-${begin + body.byteLength - 1}/${file.byteLength}`;
  reply(socket, "206 Partial Content", { "content-range": range, ...headers }, body);
}
