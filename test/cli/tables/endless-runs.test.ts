/** Parquet files whose runs are longer than their pages (make_endless_run.py). */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { readParquet } from "../../../cli/tables/parquet.ts";
import { boundRuns } from "../../../tools/vite/bounded-parquet.mjs";
import { repository } from "../../../tools/repository.ts";

const file = (name: string): string => path.join(import.meta.dirname, name);

const open = async (name: string): Promise<number> => {
  const bytes = new Uint8Array(readFileSync(file(name))).buffer;
  return (await readParquet({ name, bytes }, 0)).count;
};

test("a run of 2^31 - 1 values → damaged, soon and in little memory", async () => {
  // The levels claim a thousand texts, and there are 500.
  await expect(open("endless-run.parquet")).rejects.toThrow(
    "endless-run.parquet: is damaged parquet (RangeError",
  );
});

test("a packed run whose count is negative → the page's own count", async () => {
  expect(await open("endless-packed-run.parquet")).toBe(1000);
});

test("the built command line: the same, in a process of its own", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-runs-"));
  const call = ["cli", "eval", "--benchmark", "pairs", file("endless-run.parquet")];
  const more = ["--output", folder, "--backend", "http://127.0.0.1:9"];
  const { status, stderr } = spawnSync(
    process.execPath,
    [path.join(repository, "tools/run.mjs"), ...call, ...more],
    { encoding: "utf8", timeout: 60_000 },
  );
  expect(status).toBe(1);
  expect(stderr).toContain("endless-run.parquet: is damaged parquet");
  await rm(folder, { recursive: true });
}, 90_000);

test("another version of the library → the build says so", () => {
  expect(() => boundRuns("export const x = 1")).toThrow("Read its encoding.js again");
});
