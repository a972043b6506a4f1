/** Items that must be there, and a check that no default hides one that is not. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { at, valueAt } from "../../src/base/at.ts";
import { GpuError } from "../../src/errors.ts";

test("at: an item → the item; an index that is off → GpuError, for lists and typed arrays", () => {
  expect(at([7, 8], 1)).toBe(8);
  expect(at(Float32Array.of(0, 2), 0)).toBe(0);
  for (const index of [-1, 2, 0.5, Number.NaN]) {
    expect(() => at([7, 8], index)).toThrow(GpuError);
    expect(() => at(Float32Array.of(7, 8), index)).toThrow("list: expected an index below 2");
  }
});

test("at: a hole of a sparse list → GpuError", () => {
  const holed: number[] = [];
  holed[2] = 5;
  expect(at(holed, 2)).toBe(5);
  expect(() => at(holed, 1)).toThrow(GpuError);
});

test("valueAt: a key → its value, 0 too; another → GpuError that names the key", () => {
  const map = new Map([["a", 0]]);
  expect(valueAt(map, "a")).toBe(0);
  expect(() => valueAt(map, "b")).toThrow("map: expected a key that it has, got b");
});

const ROOT = fileURLToPath(new URL("../../src/", import.meta.url));
/** The road to a score. */
const ROAD = ["model/", "pass/", "load/", "residency/", "calls/", "reward-model.ts"];
/** A value in place of one that is not there. */
const SILENT = /\?\?=?\s*(?:-?\d|""|\[\]|new (?:Float32|Uint32|Int32|Uint8)?Array)/;
/** Defaults that mean something, and no index that may be off. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "model/families/qwen2-5-vl.ts": ['optionalInteger("in_chans") ?? 3'],
  "model/rope.ts": ['optionalNumber("partial_rotary_factor") ?? 1'],
  "load/folder-kind.ts": ['error.what ?? ""'],
  // An embedding without a shape is refused before.
  "load/load.ts": ["table.shapeOf(weights.embedding) ?? []"],
  // A pass of another head has no outputs, and then its list is empty.
  "load/said/read-heads.ts": ["(outputs ?? []) as readonly number[]"],
  "load/picture-rules.ts": ["Math.max(image.maxPixels, minPixels ?? 0)"],
  // A missing tensor is refused by name, with the shape that is expected.
  "model/heads/mlp.ts": ["?.[0] ?? 1) === 1", "shape ?? []"],
  // Defaults of the record's own fields.
  "model/heads/read-record.ts": [
    'optionalNumber("temperature") ?? 1',
    'optionalIndex("index") ?? 0',
    'optionalNumber("std") ?? 1',
    'optionalNumber("mean") ?? 0',
    'optionalText("suffix") ?? ""',
  ],
  "model/weights.ts": ["table.shapeOf(name)?.[0] ?? 1"],
  "pass/arena.ts": ["held?.size ?? 0), this.#params?.size ?? 0"],
  "residency/read-plan.ts": ["own[i] ?? []"],
  "residency/streamed-weights.ts": ["this.#free.get(key) ?? []"],
  // Bytes that are kept of a model: none of most.
  "load/inspection/availability.ts": ["found.keptBytes ?? 0"],
  "calls/compute.ts": ["labels?.ids ?? []"],
  "reward-model.ts": ["options.temperature ?? 1"],
};

/** The lines with a silent default that no allowance names. */
function silentLines(file: string, source: string): string[] {
  const allowed = ALLOWED[file] ?? [];
  const lines = source.split("\n").filter((line) => SILENT.test(line));
  return lines.filter((line) => !allowed.some((own) => line.includes(own)));
}

test("the road to a score: no value stands in for one that is missing", () => {
  const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" });
  const ofRoad = files.filter(
    (file) => file.endsWith(".ts") && ROAD.some((room) => file.startsWith(room)),
  );
  expect(ofRoad.length).toBeGreaterThan(40);
  const found = ofRoad.flatMap((file) =>
    silentLines(file, readFileSync(join(ROOT, file), "utf8")).map((line) => `${file}: ${line}`),
  );
  expect(found).toEqual([]);
});

test("the check itself: silent defaults planted → found; an allowed one → not", () => {
  const planted = ["rows.get(x) ?? 0", "a[i] ??= 1", 'names[i] ?? ""', "b ?? new Float32Array(0)"];
  for (const line of planted) expect(silentLines("pass/pack.ts", line)).toEqual([line]);
  expect(silentLines("reward-model.ts", "check(options.temperature ?? 1)")).toEqual([]);
  expect(silentLines("pass/pack.ts", "a ?? b")).toEqual([]);
});
