/** Where a worker is started: in a page, from another site, in a sandboxed frame, from a file. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { UnsupportedError } from "../../src/errors.ts";
import { startEngine } from "../../src/worker/start-engine.ts";

/** The workers that were started: address and kind. */
let started: string[];
let blobs: Blob[];

beforeEach(() => {
  started = [];
  blobs = [];
  vi.stubGlobal(
    "Worker",
    class {
      constructor(url: string, { type = "classic" }: WorkerOptions) {
        started.push(`${type} ${url}`);
      }
      postMessage(): void {}
      terminate(): void {}
    },
  );
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
    blobs.push(blob as Blob);
    return "blob:made";
  });
  open("https://page.example/folder/", "https://page.example");
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function open(address: string, origin: string): void {
  const { protocol } = new URL(address);
  vi.stubGlobal("document", { baseURI: address });
  // The address of a sandboxed frame has an origin; the frame has none.
  vi.stubGlobal("location", { protocol, origin: new URL(address).origin });
  vi.stubGlobal("origin", origin);
}

/** What a bundler may put in place of `new URL("./file.js", import.meta.url)`. */
function relativeUrl(href: string): URL {
  return Object.create(URL.prototype, {
    href: { value: href },
    origin: { value: "" },
    toString: { value: () => href },
  }) as URL;
}

test.each([
  ["an address", "/engine.js"],
  ["a URL", new URL("https://page.example/engine.js")],
  ["a relative URL of Turbopack", relativeUrl("/engine.js")],
])("page: %s of its own site → a module worker", async (_, worker) => {
  await startEngine({ worker }, 0);
  expect(started).toEqual(["module https://page.example/engine.js"]);
});

test("page: a script of another site → imported by a module of this one", async () => {
  await startEngine({ worker: "https://cdn.example/engine.js" }, 0);
  expect(started).toEqual(["module blob:made"]);
  expect(await blobs[0]?.text()).toBe('import "https://cdn.example/engine.js";');
});

test("sandboxed frame: its own site's script → imported by a classic worker, as Chrome starts no other", async () => {
  open("https://page.example/frame.html", "null");
  await startEngine({ worker: "/engine.js" }, 0);
  expect(started).toEqual(["classic blob:made"]);
  expect(await blobs[0]?.text()).toBe('importScripts("https://page.example/engine.js");');
});

test("opened as a file → UnsupportedError that says to serve it, and no worker", async () => {
  open("file:///home/me/page.html", "null");
  const starting = startEngine({}, 0);
  await expect(starting).rejects.toThrow(UnsupportedError);
  await expect(starting).rejects.toThrow(/opened as a file.*Serve the page over http/);
  expect(started).toEqual([]);
});
