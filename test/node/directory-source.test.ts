/** A folder of this machine as a source: what is read, what is refused, what is closed. */
import { mkdtemp, mkdir, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closingSource } from "../../src/files/closing-source.ts";
import { directorySource } from "../../src/node/directory-source.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-source-"));
  await writeFile(
    path.join(folder, "a.bin"),
    Uint8Array.from({ length: 100 }, (_, i) => i),
  );
  await mkdir(path.join(folder, "inside"));
  await writeFile(path.join(folder, "inside/b.bin"), "b");
});
afterAll(() => rm(folder, { recursive: true }));

const openFiles = async (): Promise<number> => (await readdir("/proc/self/fd")).length;

test("directorySource: files → their bytes; folders, missing files and paths that lead out → none", async () => {
  const source = directorySource(folder);
  expect((await source.list?.())?.toSorted()).toEqual(["a.bin"]);
  const file = (await source.open("a.bin"))!;
  const bytes = new Uint8Array(10);
  await file.read(90, bytes);
  expect([...bytes]).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  expect((await source.open("inside/b.bin"))?.byteLength).toBe(1);
  for (const name of ["inside", "none", "../a.bin", "a.bin/b", "/etc/passwd"]) {
    expect(await source.open(name), name).toBeUndefined();
  }
  await file.close?.();
});

test.skipIf(process.platform !== "linux")(
  "directorySource: closed with the source → no handle is left",
  async () => {
    const before = await openFiles();
    const source = closingSource(directorySource(folder));
    for (let i = 0; i < 20; i++) {
      await (await source.open("a.bin"))!.read(0, new Uint8Array(4));
    }
    expect(await openFiles()).toBeGreaterThanOrEqual(before + 20);
    await source.close();
    expect(await openFiles()).toBeLessThanOrEqual(before);
  },
);

test("directorySource: a file that shrinks, a folder that is gone, an abort → typed", async () => {
  const source = directorySource(folder);
  await writeFile(path.join(folder, "c.bin"), new Uint8Array(10));
  const file = (await source.open("c.bin"))!;
  await truncate(path.join(folder, "c.bin"), 4);
  await expect(file.read(0, new Uint8Array(10))).rejects.toThrow(
    /c\.bin: cannot be read, got it became shorter/,
  );
  await expect(file.read(5, new Uint8Array(10))).rejects.toThrow("ends before byte 15");
  const abort = new AbortController();
  abort.abort(new Error("enough"));
  await expect(file.read(0, new Uint8Array(1), abort.signal)).rejects.toThrow("enough");
  await file.close?.();
  const gone = directorySource(path.join(folder, "nowhere"));
  await expect(gone.list?.()).rejects.toThrow(/nowhere: cannot be read/);
  expect(await gone.open("config.json")).toBeUndefined();
});
