/**
 * Planted faults are stated by what they do: in what a kernel is given, in a kernel in its place,
 * or in a model of it. A test that looks for a piece of a shader's text would break when that is
 * written in another way, and might then plant nothing.
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const REPLACES = /\.source\s*\.\s*replace(?:All)?\(/;
/** It replaces types and functions of the language, and throws if one is left. */
const EMULATION = "testing/gpu/emulated-matrices.ts";

test("faults: no test looks for a shader's text", () => {
  const files = ["test", "testing"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((file) => `${folder}/${file}`)
      .filter((file) => file.endsWith(".ts") && file !== EMULATION),
  );
  expect(files.length).toBeGreaterThan(300);
  expect(files.filter((file) => REPLACES.test(readFileSync(file, "utf8")))).toEqual([]);
});

test("faults: the check itself → finds one that does", () => {
  for (const name of ["kernel.source", "own.source\n  "]) {
    expect(REPLACES.test(`const faulty = ${name}.replaceAll("+ EPS", "");`)).toBe(true);
  }
  expect(REPLACES.test(readFileSync(EMULATION, "utf8"))).toBe(true);
});
