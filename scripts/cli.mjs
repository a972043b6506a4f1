/**
 * `npm run cli -- …`: the command-line tool of the working tree, built when a source has changed.
 *
 * Builds lie under node_modules/.cache by the state of the sources, so that two calls at once do
 * not meet.
 */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { buildCli } from "./build-cli.mjs";
import { repository } from "./load.mjs";

const cache = path.join(repository, "node_modules", ".cache", "vl-reward");
const dayMs = 24 * 60 * 60 * 1000;

const built = path.join(cache, `cli-${stateOfSources()}`);
if (!existsSync(built)) {
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
// npm runs scripts in the package's folder; paths are meant from where the user is.
if (process.env.INIT_CWD !== undefined) process.chdir(process.env.INIT_CWD);
await import(pathToFileURL(path.join(built, "main.js")).href);

function stateOfSources() {
  const hash = createHash("sha256");
  for (const folder of ["src", "cli", "shaders", "scripts"]) {
    const names = readdirSync(path.join(repository, folder), { recursive: true });
    for (const name of names.map(String).toSorted()) {
      const { size, mtimeMs } = statSync(path.join(repository, folder, name));
      hash.update(`${folder}/${name} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest("hex").slice(0, 16);
}

function removeOld() {
  for (const name of readdirSync(cache)) {
    const folder = path.join(cache, name);
    if (Date.now() - statSync(folder).mtimeMs > dayMs) void rm(folder, { recursive: true });
  }
}
