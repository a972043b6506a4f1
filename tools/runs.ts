/**
 * Benchmarks and soaks: a file of `bench/` or `soak/` is one, and its exports say how it is run.
 *
 *   export const usage = "npm run bench -- load [OPTIONS]: …";
 *   export const options = { rounds: { type: "string", default: "5" } } as const;
 *   export async function run({ rounds }: Values<typeof options>): Promise<boolean> { … }
 */

import { readdir } from "node:fs/promises";
import path from "node:path";
import { type Options, readOptions, UsageError } from "./options.ts";
import { repository } from "./repository.ts";

export interface Run {
  /** The first line begins with the command. `--help` prints all. */
  readonly usage: string;
  readonly options: Options;
  /** True if the run takes positional arguments. */
  readonly allowPositionals?: boolean;
  /** Returns true if all goals are met. */
  run(values: unknown, positionals: readonly string[]): Promise<boolean>;
}

/** Returns the names of a folder's runs. */
export async function runNames(folder: string): Promise<string[]> {
  const names = await readdir(path.join(repository, folder));
  return names
    .filter((name) => name.endsWith(".ts"))
    .map((name) => path.basename(name, ".ts"))
    .toSorted();
}

export async function loadRun(folder: string, name: string): Promise<Run> {
  return (await import(`../${folder}/${name}.ts`)) as Run;
}

/** Runs the one that the first argument names. Returns the exit code: 1 if a goal is missed. */
export async function runNamed(folder: string, args: readonly string[]): Promise<number> {
  const names = await runNames(folder);
  const [name, ...rest] = args;
  if (name === "--help" || name === "-h") {
    console.log(`npm run ${folder} -- NAME [OPTIONS]; --help after a name lists its options\n`);
    for (const one of names) {
      const [head = ""] = (await loadRun(folder, one)).usage.trim().split("\n", 1);
      console.log(`  ${head.replace(`npm run ${folder} -- `, "")}`);
    }
    return 0;
  }
  if (name === undefined || !names.includes(name)) {
    const got = name === undefined ? "no name" : name;
    throw new UsageError(`${folder}: expected one of ${names.join(", ")}, got ${got}`);
  }
  const run = await loadRun(folder, name);
  const parsed = readOptions(rest, run.usage, run.options, run.allowPositionals);
  if (parsed === undefined) return 0;
  return (await run.run(parsed.values, parsed.positionals)) ? 0 : 1;
}
