/**
 * `npm run check`: types, lint, format, dead code, prose, and both packages as they are published.
 */

import { spawnSync } from "node:child_process";
import { checkPackages } from "./check/packages.ts";
import { checkProse } from "./check/prose.ts";
import { readOptions } from "./options.ts";
import { repository } from "./repository.ts";

const usage = `
npm run check: types, lint, format, dead code, prose, packages
`;

/** All that is linted and formatted. */
const FOLDERS: readonly string[] = [
  "src",
  "cli",
  "demo",
  "test",
  "testing",
  "tools",
  "bench",
  "soak",
  "examples",
];

/** In this order: the first that fails ends the check. The library has no types of Node. */
const STEPS: readonly (readonly string[])[] = [
  ["tsc", "-p", "src"],
  ["tsc", "-p", "demo"],
  ["tsc", "-p", "."],
  ["tsc", "-p", "tools"],
  ["oxlint", "--type-aware", ...FOLDERS],
  ["oxfmt", "--check", ...FOLDERS, "*.ts"],
  ["knip"],
];

export async function main(args: readonly string[]): Promise<number> {
  if (readOptions(args, usage, {}) === undefined) return 0;
  for (const [program = "", ...rest] of STEPS) {
    // npm puts node_modules/.bin into PATH.
    const { status } = spawnSync(program, rest, { cwd: repository, stdio: "inherit" });
    if (status === 0) continue;
    console.error(`check: ${[program, ...rest].join(" ")} fails`);
    return 1;
  }
  const found = [...checkProse(), ...(await checkPackages())];
  for (const line of found) console.error(line);
  return found.length === 0 ? 0 : 1;
}
