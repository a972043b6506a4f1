/**
 * Verdicts on files and folders: what is good, what is not, and that damage never throws.
 */
import { expect, test } from "vitest";
import { verifyFile, verifyFolder } from "../../src/checkpoint/verify.ts";
import type { Source } from "../../src/files/source.ts";
import { fileSystemSource, memoryFile, memorySource } from "../../testing/files/node-source.ts";
import { tensorFile } from "../../testing/checkpoint/safetensors-bytes.ts";

const A = tensorFile({ a: [2] });
const B = tensorFile({ b: [3] });
const INDEX = "model.safetensors.index.json";
const map = (files: Record<string, string>): string => JSON.stringify({ weight_map: files });
const folder = {
  "a.safetensors": A,
  "b.safetensors": B,
  [INDEX]: map({ a: "a.safetensors", b: "b.safetensors" }),
};

/** The verdicts as lines: `file ok` or `file error`. */
async function lines(
  files: Record<string, Uint8Array | string>,
  paths?: string[],
): Promise<string[]> {
  const verdicts = await verifyFolder(memorySource(files), paths);
  return verdicts.map(({ file, ok, error }) => `${file} ${ok ? "ok" : error}`);
}

test("verifyFile: a whole file, and the same without its last byte", async () => {
  expect(await verifyFile(memoryFile("a", A))).toEqual({ file: "a", ok: true });
  const cut = await verifyFile(memoryFile("a", A.subarray(0, -1)));
  expect(cut).toMatchObject({
    file: "a",
    ok: false,
    error: expect.stringMatching(/^a: is cut off/),
  });
});

test("verifyFolder: shards and index → one verdict each", async () => {
  expect(await lines(folder)).toEqual([`${INDEX} ok`, "a.safetensors ok", "b.safetensors ok"]);
});

test("verifyFolder: one file and a value head, others of the listing too", async () => {
  const files = {
    "model.safetensors": A,
    "value_head.safetensors": B,
    "sub/x.safetensors": A.subarray(1),
  };
  const found = await lines(files, [...Object.keys(files), "config.json"]);
  expect(found.slice(0, 2)).toEqual(["model.safetensors ok", "value_head.safetensors ok"]);
  expect(found[2]).toMatch(/^sub\/x\.safetensors sub\/x\.safetensors(, header)?: /);
});

test("verifyFolder: a missing, a cut and a good shard → the index is not blamed", async () => {
  const index = map({ a: "a.safetensors", b: "b.safetensors", c: "c.safetensors" });
  const found = await lines({ ...folder, [INDEX]: index, "b.safetensors": B.subarray(0, 9) });
  expect(found).toHaveLength(4);
  expect(found.slice(0, 2)).toEqual([`${INDEX} ok`, "a.safetensors ok"]);
  expect(found[2]).toMatch(/b\.safetensors: ends inside its header/);
  expect(found[3]).toMatch(/c\.safetensors: the shard is missing/);
});

test("verifyFolder: a tensor elsewhere than the index says, or twice → the index is bad", async () => {
  const swapped = await lines({
    ...folder,
    [INDEX]: map({ a: "b.safetensors", b: "a.safetensors" }),
  });
  expect(swapped[0]).toMatch(/lists tensors that are not in their shards: "a" in b\.safetensors/);
  const twice = await lines({ ...folder, "value_head.safetensors": B });
  expect(twice[0]).toMatch(/tensors are in two files: "b"/);
});

test("verifyFolder: a damaged index → bad, other files of the listing still checked", async () => {
  const found = await lines({ ...folder, [INDEX]: "<html>" }, Object.keys(folder));
  expect(found[0]).toMatch(/got HTML/);
  expect(found.slice(1)).toEqual(["a.safetensors ok", "b.safetensors ok"]);
});

test("verifyFolder: no weights → one bad verdict", async () => {
  expect(await lines({ "config.json": "{}" })).toEqual([
    ". folder: there are no weights in the folder: expected model.safetensors or " +
      "model.safetensors.index.json. Check the folder's name.",
  ]);
});

test("verifyFolder: the embedded model → good", async () => {
  const verdicts = await verifyFolder(fileSystemSource("weights/tiny-vl-reward"));
  expect(verdicts).toEqual([
    { file: "model.safetensors", ok: true },
    { file: "value_head.safetensors", ok: true },
  ]);
});

test("verifyFolder: an abort, or a defect of a source → thrown, no verdict", async () => {
  const source: Source = {
    name: "s",
    open: () => Promise.reject(new DOMException("stop", "AbortError")),
  };
  await expect(verifyFolder(source)).rejects.toThrow("stop");
});
