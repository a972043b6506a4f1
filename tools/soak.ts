/** `npm run soak -- NAME`: long runs that provoke faults. They are the files of `soak/`. */

import { runNamed } from "./runs.ts";

export function main(args: readonly string[]): Promise<number> {
  return runNamed("soak", args);
}
