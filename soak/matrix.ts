/** The matrix of faults: all kinds, by their tests, and for a night by their soaks too. */

import { spawnSync } from "node:child_process";
import path from "node:path";
import { FAULT_MATRIX } from "../testing/fault-matrix.ts";
import { UsageError, type Values } from "../tools/options.ts";
import { repository } from "../tools/repository.ts";
import { testInNode } from "../tools/test/vitest.ts";
import { publishTable } from "./parts/publish.ts";

export const usage: string = `
npm run soak -- matrix [OPTIONS]: every kind of fault provoked, counted in one table

  --size SIZE    small: the tests, some minutes (default); night: the soaks after them, hours
  --publish FILE puts the small table into a document, between its marks
`;

export const options = {
  size: { type: "string", default: "small" },
  publish: { type: "string" },
} as const;

/** What a night runs, each once: the soaks of the matrix, with the sizes of a night. */
const NIGHT: readonly (readonly string[])[] = [
  ["faults"],
  ["leaks"],
  ["fuzz", "--inputs", "1100000"],
  ["batch", "--rows", "100000", "--kills", "5"],
  ["day", "--hours", "8", "--fresh"],
];

export async function run({ size, publish }: Values<typeof options>): Promise<boolean> {
  if (size !== "small" && size !== "night") {
    throw new UsageError(`--size: expected small or night, got ${size}`);
  }
  const files = new Set(FAULT_MATRIX.flatMap(({ tests }) => tests.map((one) => one.path)));
  let table = "";
  const code = await testInNode(undefined, [...files], (text) => (table = text));
  console.log(`\n${table}\n`);
  if (publish !== undefined) publishTable(publish, "matrix", "The matrix of faults", table);
  if (size === "small") return code === 0;
  const failed = NIGHT.filter((args) => {
    console.log(`\nnpm run soak -- ${args.join(" ")}`);
    const tool = path.join(repository, "tools/run.mjs");
    const { status } = spawnSync(process.execPath, [tool, "soak", ...args], { stdio: "inherit" });
    return status !== 0;
  });
  for (const args of failed) console.log(`FAILED: npm run soak -- ${args.join(" ")}`);
  return code === 0 && failed.length === 0;
}
