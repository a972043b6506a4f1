/**
 * Builds and packs both packages, and holds them to publint's rules and, for the library, to those
 * of "Are the types wrong?".
 */

import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { repository } from "../repository.ts";

export interface Tarballs {
  readonly library: string;
  readonly cli: string;
}

/** Builds both packages and packs them into a folder. Returns the paths. */
export async function packBoth(folder: string): Promise<Tarballs> {
  const build = path.join(repository, "tools/run.mjs");
  runQuietly(process.execPath, [build, "build"]);
  return { library: pack(folder, "vl-reward"), cli: pack(folder, "vl-reward-cli") };
}

/** Builds and packs the library alone. Returns the path. */
export async function packLibrary(folder: string): Promise<string> {
  runQuietly(process.execPath, [path.join(repository, "tools/run.mjs"), "build", "library"]);
  return pack(folder, "vl-reward");
}

function pack(folder: string, workspace: string): string {
  // It is built already.
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const [packed] = Object.values(
    JSON.parse(runQuietly("npm", [...args, "--workspace", workspace])) as Record<
      string,
      { filename: string }
    >,
  );
  if (!packed) throw new Error("npm pack packed nothing");
  return path.join(folder, packed.filename);
}

/** Returns what is wrong with the two packages, a line each. */
export async function checkPackages(): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-pack-"));
  try {
    const { library, cli } = await packBoth(folder);
    const found = [...(await lint(library)), ...(await lint(cli))];
    const attw = spawnSync("attw", [library, "--profile", "esm-only", "--no-color"], {
      encoding: "utf8",
    });
    return attw.status === 0 ? found : [...found, attw.stdout + attw.stderr];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function lint(tarball: string): Promise<string[]> {
  const bytes = await readFile(tarball);
  const { messages, pkg } = await publint({
    strict: true,
    pack: { tarball: new Uint8Array(bytes).buffer },
  });
  return messages.map((message) => `publint: ${formatMessage(message, pkg) ?? message.code}`);
}

/** Runs a program. Returns its stdout; throws with all of its output if it fails. */
function runQuietly(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: repository,
    encoding: "utf8",
  });
  if (status === 0) return stdout;
  throw new Error(`${path.basename(program)} ${args.join(" ")} fails:\n${stdout}${stderr}`);
}
