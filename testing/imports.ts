/** Reads which files of the repository import which, by the text of their imports. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");

const IMPORT =
  /^(?:import|export|\}) ?[^;"]*from "(\.[^"?]*)"|^import "(\.[^"?]*)"|import\("(\.[^"?]*)"\)/gm;

/** Returns the TypeScript files below a folder, as paths from the repository's root. */
export function filesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .filter((name) => !/(^|\/)(node_modules|dist)\//.test(name))
    .map((name) => path.posix.join(folder, name.replaceAll("\\", "/")))
    .toSorted();
}

export function readFile(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

/** Returns the files that one imports: types and values, also later ones (`import()`). */
export function importsOf(file: string): string[] {
  const found = [...readFile(file).matchAll(IMPORT)].map(
    ([, first, second, later]) => first ?? second ?? later ?? "",
  );
  return found
    .map((name) => path.posix.join(path.posix.dirname(file), name))
    .filter((name) => name.endsWith(".ts") && existsSync(path.join(root, name)));
}

/** Returns the number of imports on the way from a file to each that it reaches. */
export function reachedFrom(
  file: string,
  imports: (file: string) => readonly string[] = importsOf,
): Map<string, number> {
  const steps = new Map([[file, 0]]);
  for (const [one, distance] of steps) {
    for (const next of imports(one)) if (!steps.has(next)) steps.set(next, distance + 1);
  }
  return steps;
}

/** Returns the files of the first circle that a walk along the imports meets; none if empty. */
export function findCircle(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  function visit(file: string, way: readonly string[]): readonly string[] {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const to of imports.get(file) ?? []) {
      const circle = visit(to, [...way, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  }
  for (const file of imports.keys()) {
    const circle = visit(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}
