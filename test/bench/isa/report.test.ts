/** What is held to bounds, what is saved, and what the command answers. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { bounds, brokenBounds } from "../../../bench/isa/bounds.ts";
import { staleRows } from "../../../bench/isa/stale.ts";
import { boundsTable, document, merged, savedText } from "../../../bench/isa/report.ts";
import type { Row } from "../../../bench/isa/rows.ts";
import { sourceHash } from "../../../bench/isa/rows.ts";
import { namedJob } from "../../../bench/isa/jobs.ts";
import { runNamed } from "../../../tools/runs.ts";

/** A row that meets every bound. */
function good(gpu: string, kernel: string): Row {
  const source = sourceHash(namedJob(kernel)!);
  const counts = { registers: 64, spills: 0, occupancy: "8 waves", codeBytes: 4096 };
  const turn = { share: 95, fma: 1024, alu: 1078, sharedBytes: 1, loads: 8, scratch: 0 };
  return { gpu, kernel, role: "chosen", source, ...counts, ...turn };
}

const ROWS = ["rdna3", "ampere", "arc", "xe2", "apple-m1", "adreno7"].flatMap((gpu) =>
  ["matmul-shared-bf16", "matmul-shared-q8", "matmul-shared-q4", "attention-workgroup-128"].map(
    (kernel) => good(gpu, kernel),
  ),
);

test("bounds: rows that meet them → none broken", () => {
  expect(brokenBounds(ROWS)).toEqual([]);
});

test.each([
  ["a spill", { spills: 1 }, "1 spills, allowed 0"],
  ["an array in local memory", { scratch: 281 }, "281 spills, allowed 0"],
  ["a smaller share", { share: 76.9 }, "76.9 % multiply-adds, at least"],
  ["more bytes of workgroup memory", { sharedBytes: 1.01 }, "1.01 bytes a product, allowed 1"],
  ["a kernel that is refused", { failed: "no such shape" }, "not compiled: no such shape"],
])("bounds: %s planted on any GPU → found there, and nowhere else", (_, change, line) => {
  for (const gpu of ["rdna3", "ampere", "arc", "xe2", "apple-m1", "adreno7"]) {
    const planted = ROWS.map((row) =>
      row.gpu === gpu && row.kernel === "matmul-shared-bf16" ? { ...row, ...change } : row,
    );
    const broken = brokenBounds(planted);
    expect(broken).toHaveLength(1);
    expect(broken[0]).toContain(`${gpu} matmul-shared-bf16: ${line}`);
  }
});

test("bounds: without a named width → 16 spills are allowed, and 17 are not", () => {
  const row = { ...good("arc-without", "matmul-shared-low-bf16"), share: 30, sharedBytes: 1.5 };
  expect(brokenBounds([{ ...row, spills: 16 }])).toEqual([]);
  expect(brokenBounds([{ ...row, spills: 17 }])).toEqual([
    "arc-without matmul-shared-low-bf16: 17 spills, allowed 16",
  ]);
});

test("bounds: a rival of matrix units that is refused → found; one that spills → not", () => {
  const own = good("arc", "matmul-matrix-8x8x16-8-bf16");
  const rival: Row = { ...own, role: "rival", spills: 3 };
  expect(brokenBounds([rival])).toEqual([]);
  expect(brokenBounds([{ ...rival, failed: "no such shape" }])).toEqual([
    "arc matmul-matrix-8x8x16-8-bf16: not compiled: no such shape",
  ]);
});

test("bounds: a rival and a GPU without bounds → not judged", () => {
  const bad = { ...good("rdna3", "matmul-shared-bf16"), spills: 99 };
  expect(
    brokenBounds([
      { ...bad, role: "rival" },
      { ...bad, gpu: "rdna2" },
    ]),
  ).toEqual([]);
});

test("saved: any order of rows → the same text, a line a row", () => {
  const one = savedText({ driver: "Mesa 26", dawn: "1", rows: ROWS });
  const other = savedText({ driver: "Mesa 26", dawn: "1", rows: ROWS.toReversed() });
  expect(other).toBe(one);
  expect(JSON.parse(one).rows).toHaveLength(ROWS.length);
  expect(one.split("\n")).toHaveLength(ROWS.length + 7);
});

test("merged: rows of one GPU measured → the others stay", () => {
  const fresh = [{ ...good("arc", "matmul-shared-bf16"), spills: 7 }];
  const all = merged(ROWS, fresh, ({ gpu }) => gpu === "arc");
  expect(all).toHaveLength(ROWS.length - 3);
  expect(all.find(({ gpu }) => gpu === "arc")?.spills).toBe(7);
});

test("document: → what is asked beside what is reached, each kernel, and what is broken", () => {
  const rows = [...ROWS, { ...good("rdna3", "gelu"), spills: 3 }];
  const text = document({ driver: "Mesa 26.1", dawn: "0.6.2", rows }, "# Title\n");
  expect(text).toContain("- rdna3 gelu: 3 spills, allowed 0");
  expect(text).toContain("**95 %, 64r**");
  expect(boundsTable(rows)[2]).toContain("| rdna3 | 3 [0] | 95 / 95 / 95 % [93 / 88] |");
});

test("bench/isa.json → every bound holds, and each row is of today's kernels", () => {
  const { rows } = JSON.parse(readFileSync("bench/isa.json", "utf8")) as { rows: Row[] };
  expect(brokenBounds(rows)).toEqual([]);
  expect(staleRows(rows)).toEqual([]);
  // Of every GPU with bounds its chosen matmuls and attentions are there.
  for (const gpu of Object.keys(bounds)) {
    const chosen = rows.filter((row) => row.gpu === gpu && row.role === "chosen");
    for (const end of ["-bf16", "-q8", "-q4", "-128", "-80", "-64", "-72", "-96"]) {
      expect(
        chosen.map(({ kernel }) => kernel).filter((kernel) => kernel.endsWith(end)),
      ).not.toEqual([]);
    }
  }
});

test("docs/compiled.md → written from bench/isa.json", () => {
  const saved = JSON.parse(readFileSync("bench/isa.json", "utf8"));
  const text = document(saved, readFileSync("bench/isa/compiled.md", "utf8"));
  expect(readFileSync("docs/compiled.md", "utf8")).toBe(text);
  expect(savedText(saved)).toBe(readFileSync("bench/isa.json", "utf8"));
});

async function check(rows: readonly Row[]): Promise<{ code: number; said: string }> {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), "isa-")), "isa.json");
  writeFileSync(file, savedText({ driver: "", dawn: "", rows }));
  const said: string[] = [];
  const spies = (["log", "error"] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((line: string) => void said.push(line)),
  );
  try {
    const code = await runNamed("bench", ["isa", "--check", "--from", file]);
    return { code, said: said.join("\n") };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

test("isa --check: good rows → 0; a planted regression → 1 and its name", async () => {
  expect(await check(ROWS)).toMatchObject({ code: 0 });
  const planted = ROWS.with(0, { ...ROWS[0]!, share: 40 });
  const { code, said } = await check(planted);
  expect(code).toBe(1);
  expect(said).toContain("rdna3 matmul-shared-bf16: 40 % multiply-adds, at least 93 wanted");
});

test("isa --check: rows of another source → 1, and each is called stale", async () => {
  const { code, said } = await check([{ ...ROWS[0]!, source: "000000000000" }]);
  expect(code).toBe(1);
  expect(said).toContain("rdna3 matmul-shared-bf16: changed since it was compiled");
});

test.each([
  [["isa", "--gpus", "voodoo"], /--gpus: expected some of rdna4, .*, got voodoo/],
  [["isa", "--only", "("], /--only: expected a regular expression, got \(/],
  [["isa", "--save"], /--save needs DIR/],
  [["isa", "--from", "/nowhere/isa.json"], /--from: expected a file of rows, got \/nowhere/],
])("isa %j → what was expected and got", async (args, message) => {
  await expect(runNamed("bench", args)).rejects.toThrow(message);
});
