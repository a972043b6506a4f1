/**
 * The library as it is published, served as a static host would, with the headers and pages that a
 * test chooses.
 *
 *   /lib/      dist/lib          /model/    the embedded model          /NAME    the test's pages
 *   other beginnings of paths are files of the repository, as the test says
 */
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "vite";
import { repository } from "../../tools/repository.ts";

export interface BuiltLibrary {
  /** Ends in a slash. */
  readonly url: string;
  /** The folder that `/lib/` is. */
  readonly folder: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

export interface BuiltOptions {
  /** Texts by their path, such as `page.html` or `hang.js`. */
  readonly pages?: Readonly<Record<string, string>>;
  /** Files and folders of the repository, by the beginnings of the paths that lead to them. */
  readonly files?: Readonly<Record<string, string>>;
  /** Headers of every answer. */
  readonly headers?: (path: string) => Readonly<Record<string, string>>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
};

/** Builds the doors and the ready worker into a folder of their own. */
export async function buildLibrary(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-lib-"));
  for (const mode of ["library", "worker"]) {
    await build({
      root: repository,
      mode,
      logLevel: "error",
      build: { outDir: folder, emptyOutDir: false },
    });
  }
  return folder;
}

export async function serveBuilt(options: BuiltOptions = {}): Promise<BuiltLibrary> {
  const folder = await buildLibrary();
  const { pages = {}, files = {}, headers = () => ({}) } = options;
  const asked: string[] = [];
  const fileOf = (name: string): string => {
    if (name.startsWith("lib/")) return path.join(folder, name.slice(4));
    const own = Object.entries(files).find(([beginning]) => name.startsWith(beginning));
    if (own) return path.join(repository, own[1], name.slice(own[0].length));
    return path.join(repository, "weights/tiny-vl-reward", name.replace(/^model\//, ""));
  };
  const server = createServer((request: IncomingMessage, response) => {
    const name = decodeURIComponent(new URL(request.url ?? "", "http://x").pathname.slice(1));
    asked.push(name);
    const type = TYPES[path.extname(name)] ?? "application/octet-stream";
    const head = { "content-type": type, "cache-control": "no-store", ...headers(name) };
    const page = pages[name];
    if (page !== undefined) {
      response.writeHead(200, head).end(page);
      return;
    }
    stat(fileOf(name)).then(
      (found) => {
        if (!found.isFile()) {
          response.writeHead(404).end();
          return;
        }
        response.writeHead(200, { ...head, "content-length": found.size });
        createReadStream(fileOf(name)).pipe(response);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    folder,
    asked,
    async close() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}
