/**
 * `npm run build`: what the two packages publish. `npm run build -- demo`: the page.
 *
 *   dist/lib/      the library: an ES module for each door of the package, with the shaders inside
 *   dist/browser/  files without imports, for pages without a bundler
 *   dist/types/    its types
 *   cli/dist/      the command-line tool and its page
 *   dist/demo/     the page, for any static host
 *   dist/site/     the documentation
 */

import { execFileSync } from "node:child_process";
import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "vite";
import { buildCli } from "./build-cli.ts";
import { buildSite } from "./build-site.ts";
import { gpuDeclarations, gpuNames, withGpuTypes } from "./gpu-types.ts";
import { readOptions, UsageError } from "./options.ts";
import { repository } from "./repository.ts";
import { ENGINE_FILE } from "./vite/engine-url.ts";

const usage = `
npm run build -- [PART]: what the two packages publish, in dist and cli/dist

  PART    library or cli, one of the packages; demo, the page for any static host; site, the documentation
`;

const dist: string = path.join(repository, "dist");

const PARTS: Readonly<Record<string, readonly (() => Promise<unknown>)[]>> = {
  both: [buildLibrary, buildProgram],
  library: [buildLibrary],
  cli: [buildProgram],
  site: [buildSite],
  demo: [() => build({ configFile: path.join(repository, "vite.config.ts"), mode: "demo" })],
};

export async function main(args: readonly string[]): Promise<number> {
  const parsed = readOptions(args, usage, {}, true);
  if (parsed === undefined) return 0;
  const [part = "both", ...rest] = parsed.positionals;
  const steps = PARTS[part];
  if (steps === undefined || rest.length > 0) {
    const got = parsed.positionals.join(" ");
    throw new UsageError(`build: expected library, cli, demo, site or nothing, got ${got}`);
  }
  for (const step of steps) await step();
  return 0;
}

async function buildLibrary(): Promise<void> {
  for (const part of ["lib", "browser", "types"]) {
    await rm(path.join(dist, part), { recursive: true, force: true });
  }
  for (const mode of ["library", "worker", "browser", "browser-worker", "browser-element"]) {
    await build({ root: repository, mode });
  }
  const engine = await readFile(path.join(dist, "lib", ENGINE_FILE), "utf8");
  // Its map is large: the package has it once.
  const copy = engine.replace(/(?<=# sourceMappingURL=)/, "../lib/");
  await writeFile(path.join(dist, "browser", ENGINE_FILE), copy);
  const tsc = path.join(repository, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tools/tsconfig.types.json"], {
    cwd: repository,
    stdio: "inherit",
  });
  await declareGpu(path.join(dist, "types"));
}

/** Lets projects compile whose TypeScript does not know WebGPU. */
async function declareGpu(folder: string): Promise<void> {
  const declarations = path.join(folder, "webgpu.d.ts");
  const names: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith(".d.ts")) continue;
    const file = path.join(folder, name);
    const text = await readFile(file, "utf8");
    names.push(...gpuNames(text));
    const way = path.relative(path.dirname(file), declarations).replaceAll("\\", "/");
    await writeFile(file, withGpuTypes(text, way));
  }
  await writeFile(declarations, gpuDeclarations(names));
}

async function buildProgram(): Promise<void> {
  const folder = path.join(repository, "cli/dist");
  await rm(folder, { recursive: true, force: true });
  await buildCli(folder);
  await chmod(path.join(folder, "main.js"), 0o755);
}
