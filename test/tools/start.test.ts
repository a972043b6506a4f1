/** What `npm start` serves: the built page, and nothing else of the repository or the machine. */
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import type { PreviewServer } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../../tools/repository.ts";
import { servePublished } from "../../tools/start.ts";

let folder = "";
let server: PreviewServer;
let origin = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-start-"));
  server = await servePublished(0, folder);
  origin = (server.resolvedUrls?.local[0] ?? "").replace(/\/$/, "");
}, 120_000);
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** Asks with the path as it is written: `fetch` would resolve its dots. */
async function ask(
  asked: string,
  headers: http.OutgoingHttpHeaders = {},
): Promise<{ status: number | undefined; headers: http.IncomingHttpHeaders; body: string }> {
  const { hostname, port } = new URL(origin);
  return await new Promise((resolve, reject) => {
    const request = http.get({ hostname, port, path: asked, headers }, (response) => {
      let body = "";
      response.on("data", (piece: Buffer) => (body += piece.toString("latin1")));
      response.on("end", () => {
        resolve({ status: response.statusCode, headers: response.headers, body });
      });
    });
    request.once("error", reject);
  });
}

test("npm start: the page → served, to its own origin only", async () => {
  const { status, headers, body } = await ask("/", { origin: "http://localhost:9999" });
  expect(status).toBe(200);
  expect(body).toContain("Content-Security-Policy");
  expect(headers["access-control-allow-origin"]).toBeUndefined();
});

test.each([
  `/@fs${repository}/package.json`,
  "/@fs/etc/passwd",
  "/package.json",
  "/../package.json",
  "/..%2fpackage.json",
  "/%2e%2e/%2e%2e/package.json",
  "/..\\package.json",
  "/demo/main.ts",
  "/.git/config",
  "/@vite/client",
  "/__open-in-editor?file=/etc/passwd",
])("npm start: %s → not served", async (asked) => {
  const { status, body } = await ask(asked);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(body).not.toMatch(/"vl-reward"|root:|\[core\]/);
});

test("npm start: a name that leads here → refused", async () => {
  const { status, body } = await ask("/", { host: "evil.example" });
  expect(status).toBe(403);
  expect(body).not.toContain("<script");
});
