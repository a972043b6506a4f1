/**
 * The names that a user may give for a model's folder, and the requests that follow.
 */
import { expect, test, vi } from "vitest";
import { InputError } from "../../src/errors.ts";
import { hubSource } from "../../src/files/hub.ts";
import { resolveSource } from "../../src/files/resolve-source.ts";
import { memorySource } from "../../testing/files/node-source.ts";

/** A fetch that notes what it is asked for and finds nothing. */
function noted() {
  const calls: { url: string; headers: Headers }[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    calls.push({ url, headers: new Headers(init.headers) });
    return new Response(null, { status: 404 });
  };
  return { calls, fetch };
}

async function refused(): Promise<Response> {
  return new Response(null, { status: 401 });
}

test.each([
  [
    "Skywork/Skywork-VL-Reward-7B",
    "Skywork/Skywork-VL-Reward-7B@main",
    "/Skywork/Skywork-VL-Reward-7B/resolve/main/",
  ],
  ["a/b.c_d@refs/pr/1", "a/b.c_d@refs/pr/1", "/a/b.c_d/resolve/refs%2Fpr%2F1/"],
  ["a/b@0123abcd", "a/b@0123abcd", "/a/b/resolve/0123abcd/"],
])("hubSource: %s → its address", async (id, name, path) => {
  const { calls, fetch } = noted();
  const source = hubSource(id, { fetch });
  expect(source.name).toBe(name);
  expect(await source.open("config.json")).toBeUndefined();
  expect(calls[0]?.url).toBe(`https://huggingface.co${path}config.json`);
  expect(calls[0]?.headers.has("authorization")).toBe(false);
});

test("hubSource: a token and an endpoint → sent there", async () => {
  const { calls, fetch } = noted();
  await hubSource("a/b", { fetch, token: "hf_x", endpoint: "https://mirror.example/" }).open("x");
  expect(calls[0]?.url).toBe("https://mirror.example/a/b/resolve/main/x");
  expect(calls[0]?.headers.get("authorization")).toBe("Bearer hf_x");
});

test("hubSource: a gated model → an error that says where to get access", async () => {
  await expect(hubSource("a/b", { fetch: refused }).open("x")).rejects.toThrow(
    "a/b@main, x: the server refuses access, got HTTP 401. Check the name; if the model is gated or private, " +
      "accept its terms at https://huggingface.co/a/b and pass a token of https://huggingface.co/settings/tokens.",
  );
});

test.each([
  "",
  "model",
  "a/b/c",
  "a/",
  "/b",
  "a/..",
  "../b",
  "a/b@",
  "a/b@x..y",
  "a/b@x y",
  "a b/c",
  "a/b?c",
  "a/b#c",
  "a/-b",
  "a/b--c",
  "a/b.",
  "é/b",
  "a/b@\ud800",
  `a/${"b".repeat(97)}`,
])("hubSource: %j → an input error", (id) => {
  expect(() => hubSource(id)).toThrow(InputError);
  expect(() => hubSource(id)).toThrow(
    /is not a name of the hub: expected org\/name or org\/name@revision, got ".*/,
  );
});

test.each([
  ["https://example.org/models/x", "https://example.org/models/x/"],
  ["HTTP://example.org", "http://example.org/"],
  ["/models/x/", "https://page.example/models/x/"],
  ["./model", "https://page.example/demo/model/"],
  ["../model", "https://page.example/model/"],
  [".", "https://page.example/demo/"],
  [new URL("https://example.org/m"), "https://example.org/m/"],
])("resolveSource: %s on a page → the address", (from, name) => {
  vi.stubGlobal("location", { href: "https://page.example/demo/index.html" });
  expect(resolveSource(from).name).toBe(name);
  vi.unstubAllGlobals();
});

test("resolveSource: a page with a base element → relative to it", () => {
  vi.stubGlobal("document", { baseURI: "https://base.example/a/" });
  expect(resolveSource("./m").name).toBe("https://base.example/a/m/");
  vi.unstubAllGlobals();
});

test("resolveSource: a name, files, a directory, a source → each its source", () => {
  expect(resolveSource("org/name@rev").name).toBe("org/name@rev");
  expect(resolveSource([new File([], "config.json")]).name).toBe("the chosen files");
  expect(resolveSource({ kind: "directory", name: "tiny" } as FileSystemDirectoryHandle).name).toBe(
    "tiny",
  );
  const own = memorySource({});
  expect(resolveSource(own).name).toBe(own.name);
});

test.each([
  ["./model", /is not an address, got "\.\/model"\. Give the whole address/],
  ["http://", /is not an address/],
  ["file:///models", /cannot be fetched: expected http: or https:.*got file:/],
  ["C:\\models", /cannot be fetched: .*got c:/],
  [undefined, /model: is not a folder: expected org\/name@revision.*got undefined/],
  [null, /model: is not a folder/],
  [7, /model: is not a folder: .*got number/],
  [{}, /model: is not a folder: .*got object/],
])("resolveSource: %j without a page → an input error", (from, message) => {
  expect(() => resolveSource(from as string)).toThrow(message);
  expect(() => resolveSource(from as string)).toThrow(InputError);
});
