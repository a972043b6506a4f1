// Tested by: test/cli/main.test.ts
/**
 * What `--model` names: a folder of this machine, a model of the hub, a URL; or the embedded model.
 */

import { existsSync, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { InputError } from "../../src/errors.ts";

export interface ModelLocation {
  /** The name that the user gave. */
  readonly name: string;
  /** The model's folder, if it is on this machine. */
  readonly folder?: string;
}

/** Returns the folder of the package `vl-reward`, which has the embedded model. */
export function packageFolder(): string {
  return path.dirname(createRequire(import.meta.url).resolve("vl-reward/package.json"));
}

/** Returns the version of this package. */
export function packageVersion(): string {
  const json = readFileSync(path.join(packageFolder(), "package.json"), "utf8");
  return (JSON.parse(json) as { version: string }).version;
}

/** Finds a model. @throws InputError if the name can be none */
export async function locateModel(model: string | undefined): Promise<ModelLocation> {
  if (model === undefined) {
    return { name: "tiny-vl-reward", folder: path.join(packageFolder(), "weights/tiny-vl-reward") };
  }
  if (/^https?:\/\//i.test(model)) return { name: model };
  const stats = await stat(model).catch(() => undefined);
  if (stats?.isDirectory()) {
    const folder = path.resolve(model);
    return { name: model.replace(/[\\/]+$/, ""), folder: snapshotIn(folder) ?? folder };
  }
  // Text with the form of a path is never read as a name of the hub.
  const hubName = /^[\w-][\w.-]*\/[\w-][\w.-]*(@[\w./-]+)?$/;
  if (stats === undefined && hubName.test(model)) return { name: model };
  throw new InputError({
    where: `--model ${model}`,
    what: stats === undefined ? "there is no such folder" : "is a file",
    expected: "a model's folder, org/name[@revision] of the hub, or a URL",
    todo: "Name the folder that holds config.json",
  });
}

/** Returns the snapshot of the main branch, if the folder is the root of a hub cache. */
function snapshotIn(folder: string): string | undefined {
  const ref = path.join(folder, "refs/main");
  if (existsSync(path.join(folder, "config.json")) || !existsSync(ref)) return undefined;
  const commit = readFileSync(ref, "utf8").trim();
  const snapshot = path.join(folder, "snapshots", commit);
  return /^[0-9a-f]{4,64}$/.test(commit) && existsSync(snapshot) ? snapshot : undefined;
}
