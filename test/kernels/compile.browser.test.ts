/**
 * Every kernel compiles in the browser, which has nothing to say about any; Chrome's compiler also
 * warns.
 */

import { readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wgslWithoutComments } from "../../tools/vite/wgsl.ts";
import { allKernels } from "../../src/kernels/all.ts";
import { openTestBrowser, type TestBrowser, type TestPage } from "../../testing/browser/browser.ts";
import { inChrome } from "../../testing/browser/launch.ts";

let browser: TestBrowser;
let page: TestPage;

beforeAll(async () => {
  browser = await openTestBrowser();
  page = await browser.openPage();
});
afterAll(() => browser.close());

test("all kernels: compiled → no message about any", async (context) => {
  const { compileAll } =
    page.module<typeof import("../../testing/browser/page/compile.ts")>("compile.ts");
  const compiled = await compileAll();
  expect(compiled.map(({ name }) => name)).toEqual(allKernels.map(({ name }) => name));
  expect(compiled.filter(({ messages }) => messages.length > 0)).toEqual([]);
  const missing = compiled.filter(({ lacks }) => lacks.length > 0);
  const skipped = missing.map(({ name, lacks }) => `${name} (no ${lacks.join(", ")})`);
  await context.annotate(`not compiled here: ${skipped.join("; ")}`);
});

test("all kernels: as bundles have them → shorter, with as many lines, and no message", async () => {
  const bundled = await openTestBrowser([wgslWithoutComments()]);
  const { compileAll } = (await bundled.openPage()).module<
    typeof import("../../testing/browser/page/compile.ts")
  >("compile.ts");
  const compiled = await compileAll();
  await bundled.close();
  for (const [i, { name, messages, length, lines }] of compiled.entries()) {
    const source = allKernels[i]?.source ?? "";
    expect(messages, name).toEqual([]);
    expect(length, name).toBeLessThan(source.length);
    expect(lines, name).toBe(source.split("\n").length);
  }
});

test("all kernels: one with a fault → found", async () => {
  const { compileAll } =
    page.module<typeof import("../../testing/browser/page/compile.ts")>("compile.ts");
  const faulty = "@compute @workgroup_size(1) fn faulty() { let x: u32 = 1.5; }";
  expect((await compileAll({ name: "faulty", source: faulty })).at(-1)?.messages[0]).toMatch(
    /^1:\d+ error: /,
  );
  // Browsers also write them to the console.
  const isWritten = (error: string): boolean => error.startsWith("console: ");
  expect(page.takeErrors().every(isWritten)).toBe(true);
});

test.runIf(inChrome)("all kernels: one with a warning → found", async () => {
  const { compileAll } =
    page.module<typeof import("../../testing/browser/page/compile.ts")>("compile.ts");
  const doubtful = "@compute @workgroup_size(1) fn doubtful() { return; let x = 1; }";
  expect((await compileAll({ name: "doubtful", source: doubtful })).at(-1)?.messages[0]).toMatch(
    /^1:\d+ warning: /,
  );
});

test("shaders: every file of the folder → is a kernel of the list", () => {
  const files = readdirSync("shaders").filter((file) => file.endsWith(".wgsl"));
  const listed = new Set(allKernels.map(({ name }) => `${name}.wgsl`));
  expect(files.filter((file) => !listed.has(file))).toEqual([]);
});
