/**
 * `npm run build`: what the package publishes. `npm run build -- demo`: the page.
 *
 *   dist/lib/      the library: an ES module for each door of the package, with the shaders inside
 *   dist/types/    its types
 *   dist/cli/      the command-line tool and its page
 *   dist/demo/     the page, for any static host
 */

import { execFileSync } from "node:child_process";
import { chmod, rm } from "node:fs/promises";
import path from "node:path";
import { build } from "vite";
import { buildCli } from "./build-cli.ts";
import { readOptions, UsageError } from "./options.ts";
import { repository } from "./repository.ts";

const usage = `
npm run build -- [PART]: what the package publishes, in dist

  PART    demo: the page instead, for any static host
`;

const dist: string = path.join(repository, "dist");

export async function main(args: readonly string[]): Promise<number> {
  const parsed = readOptions(args, usage, {}, true);
  if (parsed === undefined) return 0;
  const [part, ...rest] = parsed.positionals;
  if (part !== undefined && (part !== "demo" || rest.length > 0))
    throw new UsageError(`build: expected demo or nothing, got ${parsed.positionals.join(" ")}`);
  if (part === "demo") await build({ root: repository, mode: "demo" });
  else await buildPackage();
  return 0;
}

async function buildPackage(): Promise<void> {
  for (const part of ["lib", "types", "cli"]) {
    await rm(path.join(dist, part), { recursive: true, force: true });
  }
  await build({ root: repository, mode: "library" });
  const cli = path.join(dist, "cli");
  await buildCli(cli);
  await chmod(path.join(cli, "main.js"), 0o755);
  const tsc = path.join(repository, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tools/tsconfig.types.json"], {
    cwd: repository,
    stdio: "inherit",
  });
}
