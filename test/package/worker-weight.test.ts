/**
 * The bytes that the worker client and the element add to a page: what was built, bundled and
 * minified as a host does it, gzipped.
 */
import { rm } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build, minifySync, type Rolldown } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildLibrary } from "../../testing/browser/built-library.ts";

let folder: string;
beforeAll(async () => {
  folder = await buildLibrary();
}, 120_000);
afterAll(async () => await rm(folder, { recursive: true }));

/** What a page loads immediately for one door, gzipped together. */
async function weightOf(door: string): Promise<{ bytes: number; code: string }> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    build: {
      write: false,
      target: "esnext",
      lib: { entry: path.join(folder, `${door}.js`), formats: ["es"], fileName: door },
      // The ready worker is a file of its own.
      assetsInlineLimit: 0,
    },
    plugins: [{ name: "no-assets", enforce: "pre", transform: withoutAsset }],
  });
  const outputs = (Array.isArray(built) ? built : [built]) as Rolldown.RolldownOutput[];
  const chunks = outputs.flatMap(({ output }) => output).filter((one) => one.type === "chunk");
  const entry = chunks.find(({ isEntry }) => isEntry);
  // The element's door loads the element by itself: its weight is that of both.
  const own = chunks.filter((one) => one === entry || /^(chunks\/)?vl-score/.test(one.fileName));
  const first = chunks.filter(
    (one) => own.includes(one) || own.some(({ imports }) => imports.includes(one.fileName)),
  );
  const code = first.map((one) => minifySync(one.fileName, one.code, { module: true }).code);
  return { bytes: gzipSync(code.join("\n"), { level: 9 }).length, code: code.join("\n") };
}

/** Vite would write the worker's file into the script of a library. */
function withoutAsset(code: string): string {
  return code.replace(/new URL\("\S*engine-worker.js", import.meta.url\)/, 'new URL("x:engine")');
}

test("worker client: bundled and minified → at most 6 KB gzipped", async () => {
  const { bytes, code } = await weightOf("worker");
  expect(code).toContain("fromPretrained");
  console.log(`worker client: ${bytes.toLocaleString("en-US")} bytes gzipped`);
  expect(bytes).toBeLessThanOrEqual(6000);
});

test("element with lit: bundled and minified → at most 14 KB gzipped, without the client", async () => {
  const { bytes, code } = await weightOf("element");
  expect(code).toContain("vl-score");
  expect(code).not.toContain("engine-worker");
  console.log(`element with lit: ${bytes.toLocaleString("en-US")} bytes gzipped`);
  expect(bytes).toBeLessThanOrEqual(14_000);
});
