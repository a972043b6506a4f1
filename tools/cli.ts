/**
 * `npm run cli -- …`: the command-line tool of the working tree, built if a source has changed.
 *
 * Builds are in node_modules/.cache under a hash of the sources' sizes and times: two calls can run
 * side by side.
 */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { repository } from "./repository.ts";

const cache: string = path.join(repository, "node_modules", ".cache", "vl-reward");
const DAY_MS: number = 24 * 60 * 60 * 1000;

/** Runs it in this process, which ends when the tool does. */
export async function main(args: readonly string[]): Promise<undefined> {
  const built = path.join(cache, `cli-${hashSources()}`);
  if (!existsSync(built)) await buildInto(built);
  // npm runs scripts in the package's folder, but paths are relative to the user's folder.
  if (process.env["INIT_CWD"] !== undefined) process.chdir(process.env["INIT_CWD"]);
  const program = path.join(built, "main.js");
  process.argv.splice(1, process.argv.length, program, ...args);
  await import(pathToFileURL(program).href);
}

async function buildInto(built: string): Promise<void> {
  const { buildCli } = await import("./build-cli.ts");
  const fresh = `${built}.${process.pid}`;
  await mkdir(cache, { recursive: true });
  removeOld();
  try {
    await buildCli(fresh);
    // Another call may have been faster; then its build is as good.
    await rename(fresh, built).catch(() => {});
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

function hashSources(): string {
  const hash = createHash("sha256");
  for (const folder of ["src", "cli", "shaders", "tools"]) {
    const names = readdirSync(path.join(repository, folder), { recursive: true });
    for (const name of names.map(String).toSorted()) {
      const { size, mtimeMs } = statSync(path.join(repository, folder, name));
      hash.update(`${folder}/${name} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest("hex").slice(0, 16);
}

function removeOld(): void {
  for (const name of readdirSync(cache)) {
    const folder = path.join(cache, name);
    if (Date.now() - statSync(folder).mtimeMs > DAY_MS) void rm(folder, { recursive: true });
  }
}
