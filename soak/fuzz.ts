/** Damaged and hostile files for every reader of strangers' bytes, by the million. */

import { isMainThread } from "node:worker_threads";
import { numberOf, UsageError, type Values } from "../tools/options.ts";
import { FUZZ_HEAD, fuzzAll, type FuzzLine, fuzzRow } from "./parts/fuzz/fuzz.ts";

export const usage = `
npm run soak -- fuzz [TARGET…] [OPTIONS]: damaged files for every reader of strangers' bytes

  TARGET…       parts of names of readers, such as tokenizer: all by default
  --inputs N    of all readers together, 1100000 by default
  --seed N      1 by default; the same inputs for the same seed, but for what coverage adds
  --out DIR     inputs that break something, soak-faults by default
  --thread      the soak's own: one reader, for its parent
`;

export const options = {
  inputs: { type: "string", default: "1100000" },
  seed: { type: "string", default: "1" },
  out: { type: "string", default: "soak-faults" },
  thread: { type: "boolean", default: false },
} as const;

export const allowPositionals = true;

export async function run(
  values: Values<typeof options>,
  named: readonly string[],
): Promise<boolean> {
  if (values.thread && !isMainThread) {
    await (await import("./parts/fuzz/worker.ts")).fuzzInThread();
    return true;
  }
  const { TARGETS } = await import("./parts/fuzz/targets.ts");
  const targets = TARGETS.filter(
    ({ name }) => named.length === 0 || named.some((part) => name.includes(part)),
  );
  if (targets.length === 0) {
    const names = TARGETS.map(({ name }) => name).join("; ");
    throw new UsageError(`fuzz: expected a part of ${names}, got ${named.join(", ")}`);
  }
  const log = (line: string): void => console.error(line);
  const begin = performance.now();
  const lines: FuzzLine[] = [];
  const inputs = numberOf("inputs", values.inputs);
  const seed = numberOf("seed", values.seed);
  for await (const line of fuzzAll({ inputs, seed, folder: values.out, targets, log })) {
    console.error(`${((performance.now() - begin) / 1000).toFixed(0)} s: ${fuzzRow(line)}`);
    for (const fault of line.faults) console.error(`  ${fault}`);
    lines.push(line);
  }
  const sum = (of: (line: FuzzLine) => number): number =>
    lines.reduce((all, line) => all + of(line), 0);
  const faults = sum((line) => line.faults.length);
  console.log([FUZZ_HEAD, ...lines.map(fuzzRow)].join("\n"));
  console.log(
    `\n${new Date().toISOString().slice(0, 10)}: ${sum((line) => line.inputs)} inputs, ${faults} faults, ` +
      `seed ${seed}, ${((performance.now() - begin) / 60_000).toFixed(0)} min`,
  );
  return faults === 0;
}
