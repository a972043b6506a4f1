/**
 * The local HTTP server between Node and the page that runs the engine.
 *
 * It listens on 127.0.0.1 only, under a secret path. It serves the page, the model's folder, and
 * the pictures that were registered one by one. It also receives what the page sends that is too
 * large for a message (activations).
 */

import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { fileBelow, refuse, serveFile } from "./serve-file.ts";

export interface ServerOptions {
  /** The built page: a JavaScript module. */
  readonly script: string;
  /** The folder served under `model/`, if the model is on this machine. */
  readonly modelFolder?: string | undefined;
}

/** Takes the body of a POST to a sink, piece by piece. */
export type Sink = (body: AsyncIterable<Buffer>) => Promise<void>;

export interface Server {
  /** `http://127.0.0.1:<port>/<secret>/`. */
  readonly url: string;
  /** URL of the model's folder, which ends in a slash. */
  readonly modelUrl: string;
  /**
   * Gives out a picture until `forgetImages`; the same file or bytes have the same URL until then.
   */
  addImage(picture: string | Uint8Array): string;
  forgetImages(): void;
  /** Opens the one sink; the URL takes a POST. */
  setSink(sink: Sink): string;
  close(): Promise<void>;
}

const pageHtml = `<!doctype html><meta charset="utf-8"><title>vl-reward</title>
<link rel="icon" href="data:,"><script type="module" src="page.js"></script>`;

/** Starts the server on a free port. */
export async function startServer({ script, modelFolder }: ServerOptions): Promise<Server> {
  const secret = randomBytes(16).toString("hex");
  const images = new Map<string, string | Uint8Array>();
  let imageCount = 0;
  let host = "";
  let sink: Sink | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Another name that leads here is another site's (DNS rebinding).
    if (request.headers.host !== host) return refuse(response, 403);
    response.setHeader("x-content-type-options", "nosniff");
    const [, first = "", room = "", ...rest] = (request.url ?? "").replace(/[?#].*/, "").split("/");
    if (first !== secret) return refuse(response, 403);
    if (request.method === "POST" && room === "sink" && sink !== undefined) {
      await sink(request);
      response.writeHead(204).end();
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405);
    if (room === "") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(pageHtml);
      return;
    }
    const image = room === "image" ? images.get(rest[0] ?? "") : undefined;
    if (image instanceof Uint8Array) {
      const type = { "content-type": "application/octet-stream", "content-length": image.length };
      response.writeHead(200, type).end(image);
      return;
    }
    const file = image ?? fileFor(room, rest);
    if (file === undefined) return refuse(response, 404);
    await serveFile(request, response, file, room === "image");
  }

  function fileFor(room: string, rest: string[]): string | undefined {
    if (room === "page.js") return script;
    if (room === "model" && modelFolder !== undefined)
      return fileBelow(modelFolder, rest.join("/"));
    return undefined;
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else refuse(response, 500);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("server: no port");
  host = `127.0.0.1:${address.port}`;
  const url = `http://${host}/${secret}/`;

  return {
    url,
    modelUrl: `${url}model/`,
    addImage(picture) {
      const known = [...images].find(([, one]) => one === picture)?.[0];
      const extension =
        typeof picture !== "string"
          ? ""
          : path
              .extname(picture)
              .toLowerCase()
              .replaceAll(/[^.\w]/g, "");
      const name = known ?? `${imageCount}${extension}`;
      if (known === undefined) imageCount += 1;
      images.set(name, picture);
      return `${url}image/${name}`;
    },
    forgetImages: () => images.clear(),
    setSink(next) {
      sink = next;
      return `${url}sink`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
