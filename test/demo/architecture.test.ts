/**
 * The rooms of the page: imports point down, views do not know each other, and there is no circle.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { findCircle } from "../../testing/imports.ts";

/** The folders of the views: each has its record in view.ts. */
const views = readdirSync("demo").filter((room) => existsSync(`demo/${room}/view.ts`));

/** The floors, lowest first. Rooms of one floor do not import each other. */
const FLOORS: readonly (readonly string[])[] = [
  ["language"],
  ["base"],
  ["store", "offline"],
  ["engine"],
  ["draft"],
  ["explain"],
  ["verdict"],
  views,
  ["views.ts", "worker.ts", "library.ts"],
  ["sessions"],
  ["shell"],
  ["main.ts"],
];

/** A file, by its path in the folder, and the files of the folder that it imports, types too. */
type Imports = ReadonlyMap<string, readonly string[]>;

const IMPORT =
  /(?:\bfrom|^import|\bimport\(|^declare module|new URL\()\s*"(?<to>\.[^"]+\.(?:ts|json))"/gm;

function readImports(folder: string): Imports {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => file.endsWith(".ts") && !file.startsWith("vite-"));
  return new Map(
    sources.map((file) => {
      const text = readFileSync(path.join(folder, file), "utf8");
      const named = [...text.matchAll(IMPORT)].map(({ groups }) => groups?.["to"] ?? "");
      const inside = named
        .map((to) => path.join(path.dirname(file), to))
        .filter((to) => to.endsWith(".ts") && !to.startsWith(".."));
      return [file, inside];
    }),
  );
}

function roomOf(file: string): string {
  return file.split("/")[0] ?? "";
}

function floorOf(file: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(roomOf(file)));
}

/** Arrows that point up, or from a room to another of its floor. */
function wrongArrows(imports: Imports): string[] {
  return [...imports].flatMap(([from, all]) => {
    const wrong = all.filter(
      (to) =>
        floorOf(to) > floorOf(from) ||
        (floorOf(to) === floorOf(from) && roomOf(to) !== roomOf(from)),
    );
    return wrong.map((to) => `${from} → ${to}`);
  });
}

/**
 * The workers are entries of their own: the page names their addresses, and imports nothing of
 * them.
 */
const imports = new Map(
  [...readImports("demo")].map(([file, all]) => [
    file,
    all.filter((to) => to !== "worker.ts" && to !== "library.ts"),
  ]),
);

test("page: its folder → every file is in a room of the list", () => {
  expect(imports.size).toBeGreaterThan(50);
  expect(views.length).toBeGreaterThan(3);
  expect([...imports.keys()].filter((file) => floorOf(file) === -1)).toEqual([]);
});

test("page: imports, of types too → none points up or to a neighbour", () => {
  expect(wrongArrows(imports)).toEqual([]);
});

test("page: imports, of types too → no circle", () => {
  expect(findCircle(imports)).toEqual([]);
});

test("page: an arrow up, one to a neighbour and a circle, planted → found", () => {
  const planted = new Map([
    ["base/a.ts", ["engine/b.ts"]],
    ["engine/b.ts", ["base/a.ts"]],
    ["rank/c.ts", ["score/d.ts", "base/a.ts"]],
  ]);
  expect(wrongArrows(planted)).toEqual(["base/a.ts → engine/b.ts", "rank/c.ts → score/d.ts"]);
  expect(findCircle(planted)).toEqual(["base/a.ts", "engine/b.ts", "base/a.ts"]);
});
