/**
 * The layers of `docs/architecture.md`, held against the imports of the code. The reader of imports
 * here is a few regular expressions, apart from the linter's and the compiler's, and it counts
 * imports of types as well.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { findCircle } from "../testing/imports.ts";

const repository = path.resolve(".");
const docs = readFileSync("docs/architecture.md", "utf8");

/** Files beside each other in one folder, at most. */
const MOST_FILES = 20;

interface Import {
  readonly from: string;
  readonly to: string;
}

test("layers: each room of src stands in the list of docs/architecture.md, and each line names rooms that exist", () => {
  const rooms = new Set(sourcesOf("src").map(roomOf));
  expect([...rooms].filter((room) => !layers().has(room))).toEqual([]);
  expect([...layers().keys()].filter((room) => !rooms.has(room))).toEqual([]);
});

test("layers: every import of src → a line before its own", () => {
  expect(arrowsUp(importsOf(sourcesOf("src")))).toEqual([]);
});

test("layers: a planted import from a lower floor to a higher one → found", () => {
  const planted = { from: "src/base/json.ts", to: "src/load/load.ts" };
  expect(arrowsUp([planted])).toEqual(["src/base/json.ts → src/load/load.ts"]);
  expect(readImports('import type { A } from "../load/load.ts";', "src/base/x.ts")).toEqual([
    "src/load/load.ts",
  ]);
  expect(readImports('const { a } = await import("../load/load.ts");', "src/base/x.ts")).toEqual([
    "src/load/load.ts",
  ]);
});

test.each(["src", "cli", "demo", "testing"])("%s: no circle of imports, types included", (room) => {
  const files = sourcesOf(room);
  expect(files.length).toBeGreaterThan(5);
  const imports = new Map(files.map((file) => [file, importsOf([file]).map(({ to }) => to)]));
  expect(findCircle(imports)).toEqual([]);
});

test("circles: a planted one → named", () => {
  const planted = new Map([
    ["a", ["b"]],
    ["b", ["c"]],
    ["c", ["b"]],
  ]);
  expect(findCircle(planted)).toEqual(["b", "c", "b"]);
});

test("folders around src: each imports only what docs/architecture.md allows", () => {
  const wrong: string[] = [];
  for (const [folder, allowed] of allowedImports()) {
    for (const { from, to } of importsOf(sourcesOf(folder))) {
      const isAllowed = [folder, "shaders", ...allowed].some((room) => to.startsWith(`${room}/`));
      if (!isAllowed) wrong.push(`${from} → ${to}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("src: imports nothing outside src and shaders", () => {
  const outside = importsOf(sourcesOf("src")).filter(({ to }) => !/^(src|shaders)\//.test(to));
  expect(outside).toEqual([]);
});

test(`folders: at most ${MOST_FILES} files beside each other`, () => {
  const full = ["src", "cli", "demo", "testing", "tools"].flatMap((root) =>
    foldersOf(root).filter((folder) => filesIn(folder).length > MOST_FILES),
  );
  expect(full).toEqual([]);
});

/** Returns the floor of each room of src, ground floor first. */
function layers(): Map<string, number> {
  const list = /```layers\n([\s\S]*?)```/.exec(docs)?.[1];
  if (list === undefined) throw new Error("docs/architecture.md: expected a list of layers");
  const lines = list.trim().split("\n");
  return new Map(lines.flatMap((line, floor) => line.split(" ").map((room) => [room, floor])));
}

/** Reads the table of the folders around src: what each may import. */
function allowedImports(): Map<string, string[]> {
  const table = /## The folders around `src`\n\n([\s\S]*?)\n\n/.exec(docs)?.[1] ?? "";
  const names = (cell = ""): string[] => [...cell.matchAll(/`([\w/]+)`/g)].map(([, name]) => name!);
  const rows = table.split("\n").slice(2);
  const all = rows.flatMap((row) => names(row.split("|")[1]));
  return new Map(
    rows.flatMap((row) => {
      const [, folders, allowed] = row.split("|");
      const isAll = allowed?.includes("all of them") ?? false;
      return names(folders).map((folder): [string, string[]] => [
        folder,
        isAll ? ["src", "weights", ".ci", ...all] : names(allowed),
      ]);
    }),
  );
}

/** Returns the imports that do not point to a lower floor. */
function arrowsUp(imports: readonly Import[]): string[] {
  const floors = layers();
  return imports
    .filter(({ to }) => to.startsWith("src/"))
    .filter(({ from, to }) => roomOf(from) !== roomOf(to))
    .filter(({ from, to }) => floors.get(roomOf(from))! <= floors.get(roomOf(to))!)
    .map(({ from, to }) => `${from} → ${to}`);
}

function roomOf(file: string): string {
  const [, room = ""] = file.split("/");
  return room.replace(/\.ts$/, "");
}

function importsOf(files: readonly string[]): Import[] {
  return files.flatMap((from) =>
    readImports(readFileSync(from, "utf8"), from).map((to) => ({ from, to })),
  );
}

/**
 * Returns the files of the repository that a source imports, values and types, static and dynamic.
 */
function readImports(source: string, file: string): string[] {
  const code = source.replace(/^\s*(\*|\/\/).*$/gm, "");
  const specifiers = [
    ...code.matchAll(/\bfrom\s*"(\.[^"]*)"/g),
    ...code.matchAll(/\bimport\s*"(\.[^"]*)"/g),
    ...code.matchAll(/\bimport\(\s*"(\.[^"]*)"/g),
  ].map(([, specifier]) => specifier!.replace(/\?.*$/, ""));
  return specifiers.map((specifier) =>
    path.relative(repository, path.resolve(path.dirname(file), specifier)),
  );
}

function sourcesOf(root: string): string[] {
  const self = path.relative(repository, import.meta.filename);
  return foldersOf(root)
    .flatMap((folder) => filesIn(folder).map((name) => `${folder}/${name}`))
    .filter((file) => file.endsWith(".ts") && file !== self);
}

function foldersOf(root: string): string[] {
  const below = readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => path.join(parentPath, name));
  return [root, ...below].filter((folder) => !/(^|\/)(node_modules|dist)(\/|$)/.test(folder));
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}
