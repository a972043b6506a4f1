/**
 * A Vite plugin that puts a model folder beside the page, under `model/`.
 *
 * While developing, the folder's files are served from where they are, with ranges as any static
 * host does; a build copies what the page needs. So the page always finds its model at the relative
 * URL `./model/`.
 */
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join, relative, resolve, sep } from "node:path";
import type { Plugin } from "vite";

/** Parts of the embedded model's folder that only tests read. */
const NOT_PUBLISHED: readonly string[] = ["heldout", "reference_scores.json"];

const TYPES: Readonly<Record<string, string>> = {
  json: "application/json",
  md: "text/markdown; charset=utf-8",
  png: "image/png",
};

/**
 * Returns the plugin.
 * @param folder a checkpoint's folder, such as `weights/tiny-vl-reward`
 */
export function embeddedModel(folder: string): Plugin {
  const root = resolve(folder);
  return {
    name: "vl-reward:embedded-model",
    configureServer(server) {
      server.middlewares.use("/model", (request, response) => {
        void serve(root, request, response);
      });
    },
    async generateBundle() {
      for (const file of await published(root)) {
        const fileName = `model/${relative(root, file).split(sep).join("/")}`;
        this.emitFile({ type: "asset", fileName, source: await readFile(file) });
      }
    },
  };
}

async function published(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return paths.filter((path) => {
    const [top = ""] = relative(root, path).split(sep);
    return !NOT_PUBLISHED.includes(top);
  });
}

async function serve(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = fileAt(root, request.url ?? "/");
  const stats = path === undefined ? undefined : await stat(path).catch(() => undefined);
  // Never Vite's fallback to index.html: a missing file of a checkpoint must be a 404.
  if (path === undefined || stats === undefined || !stats.isFile()) {
    response.writeHead(404, { "Content-Type": "text/plain" }).end("no such file in the model");
    return;
  }
  const extension = path.slice(path.lastIndexOf(".") + 1);
  response.setHeader("Content-Type", TYPES[extension] ?? "application/octet-stream");
  response.setHeader("Accept-Ranges", "bytes");
  response.setHeader("Cache-Control", "no-cache");
  sendRange(path, stats.size, request, response);
}

/** Returns the file that a URL names; undefined if it leads out of the folder. */
function fileAt(root: string, url: string): string | undefined {
  try {
    const path = resolve(root, `.${decodeURIComponent(new URL(url, "http://model").pathname)}`);
    return path.startsWith(root + sep) ? path : undefined;
  } catch {
    return undefined;
  }
}

function sendRange(
  path: string,
  totalBytes: number,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const asked = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
  const [, from = "", to = ""] = asked ?? [];
  const isSuffix = from === "" && to !== "";
  const start = isSuffix ? Math.max(0, totalBytes - Number(to)) : Number(from);
  const last = isSuffix || to === "" ? totalBytes - 1 : Math.min(Number(to), totalBytes - 1);
  if (asked && (start > last || start >= totalBytes)) {
    response.writeHead(416, { "Content-Range": `bytes */${totalBytes}` }).end();
    return;
  }
  response.setHeader("Content-Length", last - start + 1);
  if (asked) {
    response.statusCode = 206;
    response.setHeader("Content-Range", `bytes ${start}-${last}/${totalBytes}`);
  }
  if (request.method === "HEAD" || totalBytes === 0) {
    response.end();
    return;
  }
  const stream = createReadStream(path, { start, end: last });
  stream.on("error", () => response.destroy());
  stream.pipe(response);
}
