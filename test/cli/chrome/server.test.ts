/**
 * The local server: ranges as RFC 9110 has them, and nothing given out that was not meant to be.
 */

import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileBelow, parseRange } from "../../../cli/chrome/serve-file.ts";
import { startServer, type Server } from "../../../cli/chrome/server.ts";

let root: string;
let server: Server;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "vl-reward-server-"));
  await mkdir(path.join(root, "model/deep"), { recursive: true });
  await writeFile(path.join(root, "secret.txt"), "secret");
  await writeFile(path.join(root, "page.js"), "1;");
  await writeFile(path.join(root, "picture.PNG"), "picture");
  await writeFile(path.join(root, "model/weights.bin"), "0123456789");
  await writeFile(path.join(root, "model/empty.bin"), "");
  await writeFile(path.join(root, "model/deep/config.json"), "{}");
  await symlink("../weights.bin", path.join(root, "model/deep/link.bin"));
  const [script, modelFolder] = [path.join(root, "page.js"), path.join(root, "model")];
  server = await startServer({ script, modelFolder });
});

afterAll(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

/** As curl --path-as-is: fetch would tidy the path. */
function raw(urlPath: string, method = "GET"): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path: urlPath, method }, (response) => {
      let body = "";
      response.on("data", (piece: Buffer) => (body += piece.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on("error", reject).end();
  });
}

test.each([
  [undefined, undefined],
  ["bytes=0-3", { begin: 0, end: 4 }],
  ["bytes=4-", { begin: 4, end: 10 }],
  ["bytes=-3", { begin: 7, end: 10 }],
  ["bytes=-99", { begin: 0, end: 10 }],
  ["bytes=8-99", { begin: 8, end: 10 }],
  ["bytes=9-9", { begin: 9, end: 10 }],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=10-12", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=5-4", undefined],
  ["bytes=-", undefined],
  ["bytes=0-1,4-5", undefined],
  ["lines=0-1", undefined],
])("parseRange: %s of 10 bytes → as RFC 9110 says", (header, range) => {
  expect(parseRange(header, 10)).toEqual(range);
});

test.each([
  ["weights.bin", "weights.bin"],
  ["deep/config.json", "deep/config.json"],
  ["deep//config.json", "deep/config.json"],
  ["with%20space.bin", "with space.bin"],
  ["../secret.txt", undefined],
  ["deep/../../secret.txt", undefined],
  ["%2e%2e/secret.txt", undefined],
  ["..%2fsecret.txt", undefined],
  ["..%5csecret.txt", undefined],
  ["deep/./config.json", undefined],
  ["c:/secret.txt", undefined],
  ["nul%00.bin", undefined],
  ["broken%E0%A4", undefined],
  ["", undefined],
])("fileBelow: %s → inside the folder or nothing", (urlPath, file) => {
  const expected = file === undefined ? undefined : path.join("/model", file);
  expect(fileBelow("/model", urlPath)).toBe(expected);
});

test("server: whole files, parts, links and heads → right bytes and headers", async () => {
  const whole = await fetch(`${server.modelUrl}weights.bin`);
  expect([whole.status, await whole.text()]).toEqual([200, "0123456789"]);
  expect(whole.headers.get("accept-ranges")).toBe("bytes");
  const part = await fetch(`${server.modelUrl}weights.bin`, { headers: { range: "bytes=2-4" } });
  expect([part.status, await part.text()]).toEqual([206, "234"]);
  expect(part.headers.get("content-range")).toBe("bytes 2-4/10");
  expect(part.headers.get("content-length")).toBe("3");
  const beyond = await fetch(`${server.modelUrl}weights.bin`, { headers: { range: "bytes=10-" } });
  expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */10"]);
  const link = await fetch(`${server.modelUrl}deep/link.bin`);
  expect(await link.text()).toBe("0123456789");
  const empty = await fetch(`${server.modelUrl}empty.bin`);
  expect([empty.status, await empty.text()]).toEqual([200, ""]);
  const head = await fetch(`${server.modelUrl}weights.bin`, { method: "HEAD" });
  expect([head.headers.get("content-length"), await head.text()]).toEqual(["10", ""]);
  const etag = whole.headers.get("etag") ?? "";
  const same = await fetch(`${server.modelUrl}weights.bin`, {
    headers: { "if-none-match": etag },
    cache: "no-store",
  });
  expect(same.status).toBe(304);
});

test("server: paths that lead out, other secrets, folders, other methods → refused", async () => {
  const base = new URL(server.modelUrl).pathname;
  for (const bad of ["../secret.txt", "%2e%2e/secret.txt", "deep", "", "deep/../../secret.txt"]) {
    const { status, body } = await raw(base + bad);
    expect([bad, status, body]).toEqual([bad, 404, "404"]);
  }
  expect((await raw("/")).status).toBe(403);
  expect((await raw("/0000/model/weights.bin")).status).toBe(403);
  expect((await raw(`${base}weights.bin`, "PUT")).status).toBe(405);
  // No sink is open yet.
  expect((await raw(`${new URL(server.url).pathname}sink`, "POST")).status).toBe(405);
});

test("server: pictures → only those named, only until forgotten", async () => {
  const url = server.addImage(path.join(root, "picture.PNG"));
  expect(url).toMatch(/image\/0\.png$/);
  const response = await fetch(url);
  expect([response.headers.get("content-type"), await response.text()]).toEqual([
    "image/png",
    "picture",
  ]);
  expect((await fetch(url.replace("/0.png", "/1.png"))).status).toBe(404);
  server.forgetImages();
  expect((await fetch(url)).status).toBe(404);
});

test("server: a body sent to the sink → arrives whole, then the sender is answered", async () => {
  let got = 0;
  const url = server.setSink(async (body) => {
    for await (const piece of body) got += piece.length;
  });
  const response = await fetch(url, { method: "POST", body: new Uint8Array(3_000_000) });
  expect([response.status, got]).toEqual([204, 3_000_000]);
  const failing = server.setSink(() => Promise.reject(new Error("disk full")));
  expect((await fetch(failing, { method: "POST", body: "x" })).status).toBe(500);
});

test("server: a name that leads here, and a picture called x.html → refused, and no page", async () => {
  const { port, pathname } = new URL(server.url);
  const status = await new Promise<number>((resolve, reject) => {
    const options = {
      hostname: "127.0.0.1",
      port,
      path: pathname,
      headers: { host: `evil.example:${port}` },
    };
    const asked = request(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on("error", reject).end();
  });
  expect(status).toBe(403);
  await writeFile(path.join(root, "x.html"), "<script>1</script>");
  const page = await fetch(server.addImage(path.join(root, "x.html")));
  expect(page.headers.get("content-type")).toBe("application/octet-stream");
  expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  const bytes = await fetch(server.addImage(new Uint8Array([1, 2, 3])));
  expect([new Uint8Array(await bytes.arrayBuffer()), bytes.headers.get("content-type")]).toEqual([
    new Uint8Array([1, 2, 3]),
    "application/octet-stream",
  ]);
  server.forgetImages();
});
