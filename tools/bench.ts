/** `npm run bench -- NAME`: the benchmarks are the files of `bench/`. See bench/README.md. */

import { runNamed } from "./runs.ts";

export function main(args: readonly string[]): Promise<number> {
  return runNamed("bench", args);
}
