import { expect, test } from "vitest";
import { closingSource } from "../../src/files/closing-source.ts";
import type { Source, SourceFile } from "../../src/files/source.ts";
import { loadRemoteTokenizer } from "../../src/remote/tokenizer.ts";
import { modelFolder } from "../../testing/golden.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

/** A source of Node's files that counts what is open. */
function counted(source: Source): Source & { readonly log: string[] } {
  const log: string[] = [];
  return {
    log,
    name: source.name,
    async open(path, signal) {
      const file = await source.open(path, signal);
      if (!file) return undefined;
      log.push(`open ${path}`);
      return { ...file, close: () => void log.push(`close ${path}`) } satisfies SourceFile;
    },
    close: () => void log.push("close"),
  };
}

test("closing source: files opened, also twice → each closed once, then the source", async () => {
  const inner = counted({
    name: "m",
    open: async (path) => ({ path, byteLength: 0, read: async () => {} }),
  });
  const source = closingSource(inner);
  await source.open("a");
  await source.open("b");
  await source.open("a");
  await source.close();
  expect(inner.log).toEqual([
    "open a",
    "open b",
    "open a",
    "close a",
    "close b",
    "close a",
    "close",
  ]);
  await source.close();
  expect(inner.log.slice(7)).toEqual(["close"]);
});

test("closing source: a file that cannot be closed → the others and the source are", async () => {
  const log: string[] = [];
  const source = closingSource({
    name: "m",
    open: async (path) => ({
      path,
      byteLength: 0,
      read: async () => {},
      close() {
        log.push(path);
        if (path === "a") throw new Error("busy");
      },
    }),
    close: async () => void log.push("source"),
  });
  for (const path of ["a", "b"]) await source.open(path);
  await source.close();
  expect(log).toEqual(["a", "b", "source"]);
});

test("closing source: sources and files without close → nothing to do", async () => {
  const source = closingSource({ name: "m", open: async () => undefined });
  expect(await source.open("a")).toBeUndefined();
  await source.close();
});

test("remote tokenizer: read → every file that was opened is closed", async () => {
  const source = counted(fileSystemSource(modelFolder("qwen3")));
  await loadRemoteTokenizer(source, undefined);
  const opened = source.log.filter((line) => line.startsWith("open ")).length;
  expect(opened).toBeGreaterThan(1);
  expect(source.log.filter((line) => line.startsWith("close ")).length).toBe(opened);
  expect(source.log.at(-1)).toBe("close");
});
