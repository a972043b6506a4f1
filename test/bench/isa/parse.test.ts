/**
 * The parsers, on what each compiler printed of `bench/isa/fixture.wgsl`. Its turn multiplies 16
 * times, reads 20 bytes of workgroup memory four times, and stages one vec4.
 *
 * Made again by: npm run bench -- isa DIR --record test/bench/isa/fixtures
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { brokenBounds } from "../../../bench/isa/bounds.ts";
import { gpus } from "../../../bench/isa/gpus.ts";
import { turnOf } from "../../../bench/isa/loops.ts";
import type { Instruction } from "../../../bench/isa/parse/instruction.ts";
import { parse } from "../../../bench/isa/parse/parse.ts";
import { rowOf } from "../../../bench/isa/rows.ts";
import { namedJob } from "../../../bench/isa/jobs.ts";

const TURN = { useful: 16, phases: [{ total: 16, parts: 1, within: 1 }], stage: 0, keys: 0 };

/**
 * As each file has them, read by eye. Arc loads scalars once for all of 16 lanes, in eights;
 * Apple's
 * code reads the limit of the loop again each turn.
 */
const WANTED = {
  rdna3: { registers: 36, occupancy: "32 waves", codeBytes: 520, sharedBytes: 80, loadBytes: 16 },
  ampere: { registers: 32, occupancy: "48 warps", codeBytes: 2560, sharedBytes: 80, loadBytes: 16 },
  arc: { registers: 128, occupancy: "SIMD16", codeBytes: 2384, sharedBytes: 72, loadBytes: 16 },
  tigerlake: {
    registers: 128,
    occupancy: "SIMD16",
    codeBytes: 1888,
    sharedBytes: 80,
    loadBytes: 16,
  },
  "apple-m1": {
    registers: 35,
    occupancy: "1024 threads",
    codeBytes: 1070,
    sharedBytes: 80,
    loadBytes: 20,
  },
  adreno7: { registers: 11, occupancy: "16 waves", codeBytes: 672, sharedBytes: 80, loadBytes: 16 },
} as const;

function textOf(name: string): string {
  return readFileSync(path.join(import.meta.dirname, "fixtures", `${name}.txt`), "latin1");
}

function parseText(name: string, text: string) {
  return parse(gpus.find((gpu) => gpu.name === name)!.compiler, text, "gen-12");
}

describe.each(Object.entries(WANTED))("%s", (name, wanted) => {
  const parsed = parseText(name, textOf(name));
  const turn = turnOf(parsed.instructions, TURN)!;

  test("statistics → those in the file", () => {
    const { registers, occupancy, codeBytes } = wanted;
    expect(parsed).toMatchObject({ spills: 0, registers, occupancy, codeBytes });
  });

  test("a turn → 16 multiply-adds, a vec4 staged, the bytes that it reads, no scratch", () => {
    expect(turn.fma).toBe(16);
    expect(turn.alu).toBeGreaterThanOrEqual(16);
    expect(turn.sharedBytes).toBe(wanted.sharedBytes);
    expect(turn.loadBytes).toBe(wanted.loadBytes);
    expect(turn.spills).toBe(0);
  });

  test("an output that was cut off → an error, not zeros", () => {
    expect(() => parseText(name, "error: no device\n")).toThrow(/the compiler's output has no /);
  });
});

test.each([
  ["rdna3", /Spilled VGPRs: 0/, "Spilled VGPRs: 12", 12],
  ["ampere", /Spills to mem: 0/, "Spills to mem: 5", 5],
  ["arc", /0:0 spills:fills/, "3:4 spills:fills", 7],
  ["apple-m1", /0:0 spills:fills/, "3:4 spills:fills", 7],
] as const)(
  "%s: spills planted into the output → counted, and a broken bound",
  (name, from, to, spills) => {
    const planted = textOf(name).replace(from, to);
    expect(planted).not.toBe(textOf(name));
    const parsed = parseText(name, planted);
    expect(parsed.spills).toBe(spills);
    const gpu = gpus.find((one) => one.name === name)!;
    const job = namedJob("rms-norm")!;
    const row = rowOf(gpu, { job, role: "chosen" }, parsed, undefined);
    expect(brokenBounds([row])).toEqual([`${name} rms-norm: ${spills} spills, allowed 0`]);
  },
);

test("adreno7: accesses to private memory planted into the loop → spills", () => {
  const planted = textOf("adreno7").replace(/^(.*\bldl\b.*)$/m, "$1\nldp.u32 r0.x, p[hr0.x], 1");
  expect(parseText("adreno7", planted).spills).toBe(1);
});

test("ampere: an array in local memory → scratch of a turn, which the compiler counts as no spill", () => {
  const planted = textOf("ampere").replace(
    /^(.*\bld\.shared.*)$/m,
    "$1\n      r9       = ld.local.b32 [r1]  // delay=1",
  );
  const parsed = parseText("ampere", planted);
  expect(parsed.spills).toBe(0);
  expect(turnOf(parsed.instructions, TURN)?.spills).toBe(1);
});

/** Code of a loop in a loop: [begin, outer [a, inner [fma, back], b, back], end]. */
function nested(): Instruction[] {
  const one = (op: string, kind: Instruction["kind"], target?: number): Instruction => ({
    op,
    kind,
    target,
    times: 1,
    fma: kind === "fma" ? 1 : 0,
    bytes: 0,
    isFree: false,
    jumps: false,
  });
  return [
    one("begin", "alu"),
    one("a", "alu"),
    one("fma", "fma"),
    one("branch", "control", 2),
    one("b", "alu"),
    one("branch", "control", 1),
    one("end", "control"),
  ];
}

test("loops: an inner loop → counted as often as the tile's products say", () => {
  const turn = turnOf(nested(), {
    useful: 8,
    phases: [{ total: 8, parts: 1, within: 1 }],
    stage: 0,
    keys: 0,
  });
  expect(turn).toMatchObject({ fma: 8, alu: 10, control: 9 });
});

test("loops: code without a loop → nothing to count", () => {
  expect(turnOf(nested().slice(0, 3), undefined)).toBeUndefined();
});
