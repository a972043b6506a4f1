/** Parquet files: by the reader that the caller gives, or refused by name. */
import { expect, test } from "vitest";
import { readTable } from "../../../src/rows/table-file.ts";
import { goldenFile } from "../../evaluate/golden.ts";

test("readTable: parquet with a reader → its rows", async () => {
  const table = await readTable(await goldenFile("heldout.parquet"));
  expect(table.count).toBeGreaterThan(0);
  expect(Object.keys(await table.row(0)).length).toBeGreaterThan(1);
});

test("readTable: parquet without a reader → refused, and how to give one", async () => {
  const { name, bytes } = await goldenFile("heldout.parquet");
  await expect(readTable({ name, bytes })).rejects.toThrow(
    /heldout\.parquet.*parquet.*readParquet/s,
  );
});

test("readTable: parquet cut in the middle → refused by name", async () => {
  const file = await goldenFile("heldout.parquet");
  const bytes = await file.bytes.slice(0, 500);
  await expect(readTable({ ...file, bytes })).rejects.toThrow(/heldout\.parquet.*damaged parquet/s);
});
