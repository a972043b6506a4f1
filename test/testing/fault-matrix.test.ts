import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { FAULT_MATRIX, matrixOf, matrixTable } from "../../testing/fault-matrix.ts";
import { repository } from "../../tools/repository.ts";

test("fault matrix: every file that it names → is there, with tests of such titles", () => {
  const missing = FAULT_MATRIX.flatMap(({ tests }) => tests).filter(({ path: file, title }) => {
    const at = path.join(repository, file);
    if (!existsSync(at)) return true;
    if (file.endsWith("/")) return !readdirSync(at).some((name) => name.endsWith(".test.ts"));
    return title !== undefined && !title.test(readFileSync(at, "utf8"));
  });
  expect(missing).toEqual([]);
});

test("fault matrix: every soak that it names → is there", () => {
  const soaks = FAULT_MATRIX.flatMap(({ soak }) => soak?.split(" ")[0] ?? []);
  expect(soaks.length).toBeGreaterThan(10);
  const missing = soaks.filter((name) => !existsSync(path.join(repository, `soak/${name}.ts`)));
  expect(missing).toEqual([]);
});

test("matrixOf: counts by kind; a failed test is seen", () => {
  const file = "/somewhere/test/store/faults.test.ts";
  const rows = matrixOf([
    { file, title: "kills: 60 in mid-download", status: "passed" },
    { file, title: "quotas: space ends", status: "failed" },
    { file: "/somewhere/test/base/at.test.ts", title: "kills", status: "passed" },
  ]);
  const row = (fault: string) => rows.find((one) => one.fault === fault);
  expect(row("a process or tab killed in mid-download")).toMatchObject({ passed: 1, failed: 0 });
  expect(row("space that ends")).toMatchObject({ passed: 0, failed: 1 });
  expect(matrixTable(rows, "2026-11-29T00:00:00Z")).toContain(
    `2026-11-29: ${FAULT_MATRIX.length} kinds of faults, 1 tests passed, 1 failed.`,
  );
});
