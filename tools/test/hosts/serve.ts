/**
 * A server in front of a host: it sends the policy, the model and the picture, and counts scripts.
 *
 *   /model/…  /chart.png     the embedded model, its first picture
 *   all else                 a folder, or another server
 */

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { modelFile } from "./project.ts";

export interface HostServer {
  /** Ends in a slash. */
  readonly url: string;
  /** Each script that was asked for, by its path. */
  readonly scripts: Map<string, ServedScript>;
  close(): void;
}

export interface ServedScript {
  /** Gzipped. */
  readonly bytes: number;
  /** Whether it is the worker's file, which bundlers copy by any name. */
  readonly isEngine: boolean;
}

export interface ServedHost {
  /** A folder, or the port of the host's own server. */
  readonly from: string | number;
  readonly policy: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".png": "image/png",
};

export async function serveHost({ from, policy, headers = {} }: ServedHost): Promise<HostServer> {
  const scripts = new Map<string, ServedScript>();
  const server = createServer((asked, response) => {
    answer(asked, response).catch((error: unknown) => {
      response.writeHead(502).end(String(error));
    });
  });

  async function answer(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(asked.url ?? "/", "http://host");
    const name = decodeURIComponent(pathname.slice(1)) || "index.html";
    const found = modelFile(name) ?? (typeof from === "string" ? path.join(from, name) : undefined);
    const { status, type, body } =
      found === undefined ? await passOn(asked, Number(from)) : await read(found);
    if (/javascript/.test(type)) {
      // A word that the worker alone has, whatever a bundler calls the file.
      const isEngine = body.includes("onconnect");
      scripts.set(pathname, { bytes: gzipSync(body, { level: 9 }).length, isEngine });
    }
    const rules = { "content-security-policy": withImportMap(policy, type, body) };
    response.writeHead(status, {
      "content-type": type,
      "content-length": body.length,
      "cache-control": "no-store",
      ...(policy === "" ? {} : rules),
      ...headers,
    });
    response.end(body);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    scripts,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

async function read(file: string): Promise<Answer> {
  const known = await stat(file).catch(() => undefined);
  const type = TYPES[path.extname(file)] ?? "application/octet-stream";
  if (known?.isFile() !== true) return { status: 404, type: "text/plain", body: Buffer.alloc(0) };
  return { status: 200, type, body: await readFile(file) };
}

async function passOn(asked: IncomingMessage, port: number): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const headers = { ...asked.headers, host: `127.0.0.1:${port}`, "accept-encoding": "identity" };
    const passed = request(
      { host: "127.0.0.1", port, path: asked.url, method: asked.method, headers },
      (got) => {
        const pieces: Buffer[] = [];
        got.on("data", (piece: Buffer) => pieces.push(piece));
        got.on("error", reject);
        got.on("end", () => {
          const { statusCode: status = 502 } = got;
          const { "content-type": type = "text/plain" } = got.headers;
          resolve({ status, type, body: Buffer.concat(pieces) });
        });
      },
    );
    passed.on("error", reject);
    passed.end();
  });
}

/** Puts the hash of a page's import map where the policy says IMPORT_MAP. */
function withImportMap(policy: string, type: string, body: Buffer): string {
  if (!policy.includes("IMPORT_MAP")) return policy;
  const [, text] = type.startsWith("text/html")
    ? (/<script type="importmap">(.*?)<\/script>/s.exec(body.toString()) ?? [])
    : [];
  const hash = createHash("sha256")
    .update(text ?? "")
    .digest("base64");
  return policy.replace("IMPORT_MAP", `'sha256-${hash}'`);
}
