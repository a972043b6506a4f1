import { expect, test } from "vitest";
import { SMALL_BYTES, smallFilesWhole } from "../../src/files/small-files.ts";
import type { Source } from "../../src/files/source.ts";

/** A file of bytes that count up; every read is noted, and the first `failing` ones fail. */
function counted(byteLength: number, failing = 0): { source: Source; reads: [number, number][] } {
  const reads: [number, number][] = [];
  const source: Source = {
    name: "counted",
    open: async (path) => ({
      path,
      byteLength,
      async read(begin, into) {
        reads.push([begin, into.byteLength]);
        if (reads.length <= failing) throw new Error("line cut");
        into.forEach((_, i) => (into[i] = (begin + i) & 255));
      },
    }),
  };
  return { source, reads };
}

async function read(source: Source, begin: number, length: number): Promise<number[]> {
  const into = new Uint8Array(length);
  await (await source.open("x"))?.read(begin, into);
  return [...into];
}

/** More than opening brings along. */
const LENGTH = 100_000;

test("small files: three reads together → one request for the whole, each its own bytes", async () => {
  const { source, reads } = counted(LENGTH);
  const file = await smallFilesWhole(source).open("x");
  const places = [65_535, 80_000, LENGTH - 2];
  const pieces = places.map(() => new Uint8Array(2));
  await Promise.all(places.map(async (begin, i) => await file?.read(begin, pieces[i]!)));
  expect(pieces.map((piece) => [...piece])).toEqual([
    [255, 0],
    [128, 129],
    [158, 159],
  ]);
  expect(reads).toEqual([[0, LENGTH]]);
});

test("small files: the header of a file → read from the bytes of opening, and the whole is requested", async () => {
  const { source, reads } = counted(LENGTH);
  const file = await smallFilesWhole(source).open("x");
  const header = new Uint8Array(3);
  await file?.read(8, header);
  expect([...header]).toEqual([8, 9, 10]);
  const later = new Uint8Array(2);
  await file?.read(90_000, later);
  expect([...later]).toEqual([144, 145]);
  expect(reads).toEqual([
    [0, LENGTH],
    [8, 3],
  ]);
});

test("small files: no longer than the bytes of opening → read from them", async () => {
  const { source, reads } = counted(65_536);
  expect(await read(smallFilesWhole(source), 7, 2)).toEqual([7, 8]);
  expect(reads).toEqual([[7, 2]]);
});

test("small files: a large file → read piece by piece, as before", async () => {
  const { source, reads } = counted(SMALL_BYTES + 1);
  expect(await read(smallFilesWhole(source), 7, 2)).toEqual([7, 8]);
  expect(reads).toEqual([[7, 2]]);
});

test("small files: the first read fails → its error, and the next one tries again", async () => {
  const { source } = counted(LENGTH, 1);
  const file = await smallFilesWhole(source).open("x");
  const into = new Uint8Array(3);
  await expect(file?.read(70_000, into)).rejects.toThrow("line cut");
  await file?.read(70_000, into);
  expect([...into]).toEqual([112, 113, 114]);
});

test("small files: a read past the end → refused before any request", async () => {
  const { source, reads } = counted(LENGTH);
  await expect(read(smallFilesWhole(source), LENGTH - 1, 2)).rejects.toThrow();
  expect(reads).toEqual([]);
});
