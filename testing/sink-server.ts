/** A server that gives everything to everyone, and notes what it was asked for. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export class SinkServer {
  /** Paths and queries of all requests. */
  readonly hits: string[] = [];
  /** Headers of all requests, as JSON. */
  readonly headers: string[] = [];
  connections = 0;
  readonly #server: Server = createServer((request, response) => {
    const { url = "", headers } = request;
    this.hits.push(url);
    this.headers.push(JSON.stringify(headers));
    const isStream = url.includes("event");
    response.writeHead(200, {
      "access-control-allow-origin": "*",
      "access-control-allow-headers": "*",
      "content-type": isStream ? "text/event-stream" : "text/javascript",
    });
    response.end(isStream ? "data: x\n\n" : "postMessage(1)");
  });

  /** Returns its port on 127.0.0.1. */
  async listen(): Promise<number> {
    this.#server.on("connection", () => (this.connections += 1));
    this.#server.on("upgrade", (request, socket) => {
      this.hits.push(request.url ?? "");
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
