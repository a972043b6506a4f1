/** The library depends on at most four packages, and on none of the program's. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { repository } from "../../tools/repository.ts";

const IMPORT = /^(?:import|export|\})[^;"]*from "([\w@][^"]*)"|import\("([\w@][^"]*)"\)/gm;

/** The packages that a folder's files import, without those of Node. */
function importsOf(folder: string): string[] {
  const files = readdirSync(path.join(repository, folder), { recursive: true, encoding: "utf8" });
  const names = files
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
    .flatMap((file) => [
      ...readFileSync(path.join(repository, folder, file), "utf8").matchAll(IMPORT),
    ])
    .map(([, name, later]) => name ?? later ?? "")
    .filter((name) => !name.startsWith("node:"))
    .map((name) =>
      name
        .split("/")
        .slice(0, name.startsWith("@") ? 2 : 1)
        .join("/"),
    );
  return [...new Set(names)].toSorted();
}

function dependenciesOf(folder: string): string[] {
  const json = readFileSync(path.join(repository, folder, "package.json"), "utf8");
  return Object.keys((JSON.parse(json) as { dependencies: object }).dependencies).toSorted();
}

/** Of the door `vl-reward/node`: who needs them installs them. */
const OPTIONAL = ["sharp", "webgpu"];

test("vl-reward: four dependencies at most, those that src imports, and optional ones of Node", () => {
  expect(dependenciesOf(".").length).toBeLessThanOrEqual(4);
  // The element brings lit inside its file.
  const outside = importsOf("src").filter((name) => name !== "lit");
  expect(outside).toEqual([...dependenciesOf("."), ...OPTIONAL].toSorted());
  expect(importsOf("src/node")).toEqual(OPTIONAL);
  for (const folder of [".", "cli"]) {
    const json = readFileSync(path.join(repository, folder, "package.json"), "utf8");
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(json) as Record<string, object>;
    expect(Object.keys(peerDependencies ?? {})).toEqual(OPTIONAL);
    expect(Object.values(peerDependenciesMeta ?? {})).toEqual([
      { optional: true },
      { optional: true },
    ]);
  }
});

test("vl-reward-cli: its own dependencies, and the library with the embedded model", () => {
  expect([...importsOf("cli"), "vl-reward"].toSorted()).toEqual(dependenciesOf("cli"));
});
