/**
 * The bytes that the worker client and the element add to a page: what was built, bundled and
 * minified as a host does it, gzipped.
 */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildLibrary } from "../../testing/browser/built-library.ts";
import { bundled } from "../../testing/browser/bundled.ts";

let folder: string;
beforeAll(async () => {
  folder = await buildLibrary();
}, 120_000);
afterAll(async () => await rm(folder, { recursive: true }));

test("worker client: bundled and minified → at most 6 KB gzipped", async () => {
  const { bytes, code } = await bundled(folder, `export * from "./worker.js";`);
  expect(code).toContain("fromPretrained");
  console.log(`worker client: ${bytes.toLocaleString("en-US")} bytes gzipped`);
  expect(bytes).toBeLessThanOrEqual(6000);
});

test("element with lit: bundled and minified → at most 14 KB gzipped, without the client", async () => {
  const { bytes, code } = await bundled(folder, `import "./element.js";`);
  expect(code).toContain("vl-score");
  expect(code).not.toContain("engine-worker");
  console.log(`element with lit: ${bytes.toLocaleString("en-US")} bytes gzipped`);
  expect(bytes).toBeLessThanOrEqual(14_000);
});
