/** Makes the projects: tools from the cache, the tarball installed, sources copied, built. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { packLibrary } from "../../check/packages.ts";
import { repository } from "../../repository.ts";
import type { Host } from "./list.ts";

/** A folder whose node_modules all projects in it find. */
export interface Workplace {
  readonly folder: string;
  /** The installed library. */
  readonly library: string;
}

export interface Project {
  readonly folder: string;
  readonly workplace: Workplace;
}

export type Tell = (name: string, problem: string | undefined) => void;

const SOURCES: string = path.join(repository, "examples/hosts");
const MODEL: string = path.join(repository, "weights/tiny-vl-reward");
const PICTURE: string = path.join(MODEL, "samples/01-tallest-bar.png");
const QUIET = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--silent"];

/** Packs the library, and installs it beside the hosts' tools. */
export async function installTools(folder: string): Promise<Workplace> {
  const tarball = await packLibrary(folder);
  const cache = await toolsInCache();
  for (const name of ["package.json", "package-lock.json"]) {
    await cp(path.join(SOURCES, name), path.join(folder, name));
  }
  // Links in place of copies; npm replaces files and writes into none.
  const linked = spawnSync("cp", ["-al", path.join(cache, "node_modules"), folder]);
  if (linked.status !== 0) {
    await cp(path.join(cache, "node_modules"), path.join(folder, "node_modules"), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  call(folder, "npm", ["install", ...QUIET, tarball]);
  return { folder, library: path.join(folder, "node_modules/vl-reward") };
}

/** Installs the tools once for each lock file. Returns the folder. */
async function toolsInCache(): Promise<string> {
  const lock = await readFile(path.join(SOURCES, "package-lock.json"));
  const name = createHash("sha256").update(lock).digest("hex").slice(0, 12);
  const root = path.join(repository, ".cache/hosts");
  const cache = path.join(root, name);
  if (existsSync(cache)) return cache;
  console.log(`installs the hosts' tools into ${path.relative(repository, cache)}`);
  const unfinished = `${cache}.unfinished`;
  await rm(root, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) {
    await cp(path.join(SOURCES, file), path.join(unfinished, file));
  }
  // Not `npm ci`: it fails if a registry has not all that packages may do without. The lock holds.
  call(unfinished, "npm", ["install", "--no-save", ...QUIET]);
  await rename(unfinished, cache);
  return cache;
}

/** Copies a project, checks its types and builds it. */
export async function makeProject(workplace: Workplace, host: Host, tell: Tell): Promise<Project> {
  const folder = path.join(workplace.folder, host.name);
  // `vite-dev` is the project `vite`, served in another way.
  const source = path.join(SOURCES, host.name.replace(/-dev$/, ""));
  await cp(source, folder, { recursive: true });
  const served = "folder" in host.serve ? path.join(folder, host.serve.folder) : folder;
  for (const [program = "", ...args] of host.build) {
    callTool(workplace, folder, program, args);
    tell(`builds: ${[program, ...args].join(" ")}`, undefined);
  }
  for (const name of host.copies ?? []) {
    const to = path.join(served, path.basename(name));
    await cp(fileOf(name, workplace, folder), to, { recursive: true });
  }
  if (host.types !== undefined) {
    const [program = "", ...args] = host.types;
    callTool(workplace, folder, program, args);
    tell(`types: ${program}`, undefined);
  }
  return { folder, workplace };
}

/** A file of the package, of the embedded model, or of the project. */
function fileOf(name: string, { library }: Workplace, folder: string): string {
  if (name === "model") return MODEL;
  if (name === "chart.png") return PICTURE;
  return name.includes("/") ? path.join(library, "dist", name) : path.join(folder, name);
}

/** Returns the file that a server has at an address besides the project's own. */
export function modelFile(name: string): string | undefined {
  if (name === "chart.png") return PICTURE;
  return name.startsWith("model/") ? path.join(MODEL, name.slice("model/".length)) : undefined;
}

/** Returns how a program of the tools is called. */
export function toolCommand(
  { folder }: Workplace,
  program: string,
): readonly [string, readonly string[]] {
  if (program === "node") return [process.execPath, []];
  return [process.execPath, [path.join(folder, "node_modules/.bin", program)]];
}

export function callTool(
  workplace: Workplace,
  cwd: string,
  program: string,
  args: readonly string[],
): void {
  const [node, before] = toolCommand(workplace, program);
  call(cwd, node, [...before, ...args]);
}

/** Runs a program; throws with all of its output if it fails. */
function call(cwd: string, program: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: undefined },
  });
  if (status === 0) return;
  throw new Error(`${path.basename(program)} ${args.join(" ")} fails:\n${stdout}${stderr}`);
}
