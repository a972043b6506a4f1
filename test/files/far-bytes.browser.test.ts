/**
 * Offsets past 2 and 4 GiB, as a checkpoint's shards have them: over HTTP, from a file on the disk,
 * from the store.
 */
import { mkdtempSync, openSync, closeSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SourceFile } from "../../src/files/source.ts";
import { openTestBrowser } from "../../testing/browser/browser.ts";
import type { InPage, TestBrowser, TestPage } from "../../testing/browser/browser.ts";
import { serveSource } from "../../testing/files/serve-source.ts";
import { FAR_BYTES, FAR_LENGTH, FAR_PLACES, farAnswers, fillFar } from "./far-bytes.ts";

let browser: TestBrowser;
let page: TestPage;
let far: InPage<typeof import("./far-bytes-page.ts")>;

beforeAll(async () => {
  browser = await openTestBrowser();
  page = await browser.openPage();
  far = page.module<typeof import("./far-bytes-page.ts")>("test/files/far-bytes-page.ts");
});
afterAll(() => browser?.close());

test("far bytes: over HTTP by ranges → the right bytes", async () => {
  const file: SourceFile = {
    path: "far.bin",
    byteLength: FAR_BYTES,
    read: async (begin, into) => fillFar(begin, into),
  };
  const served = await serveSource({ name: "far", open: async () => file });
  try {
    expect(await far.fromServer(served.url)).toEqual(farAnswers());
  } finally {
    served.close();
  }
});

test("far bytes: from a user's file, by slices → the right bytes", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "vl-reward-far-"));
  const file = path.join(folder, "far.bin");
  try {
    // All but the places that are read is a hole, and takes no disk.
    const handle = openSync(file, "w");
    for (const begin of FAR_PLACES) {
      const bytes = new Uint8Array(FAR_LENGTH);
      fillFar(begin, bytes);
      writeSync(handle, bytes, 0, FAR_LENGTH, begin);
    }
    closeSync(handle);
    await page.page.evaluate(() => {
      const input = document.createElement("input");
      input.type = "file";
      document.body.append(input);
    });
    const input = await page.page.$("input");
    await input?.uploadFile(file);
    expect(await far.fromDisk()).toEqual(farAnswers());
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(["page", "worker"] as const)(
  "far bytes: from the store, in a %s → those that stand there",
  async (place) => {
    const found = place === "page" ? await far.fromStore() : await far.fromStoreInWorker();
    expect(found).toEqual(farAnswers());
  },
);
