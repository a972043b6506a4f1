/** docs/hosts.md shows the projects of examples/hosts as they are. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { HOSTS } from "../../tools/test/hosts/list.ts";

const text = readFileSync("docs/hosts.md", "utf8");
const HOSTS_FOLDER = "examples/hosts";

interface Quote {
  readonly file: string;
  /** A word that the quoted part of a file has; all of the file without it. */
  readonly part: string | undefined;
  readonly code: string;
}

/** Blocks that a comment names: `<!-- examples/hosts/NAME/FILE -->`, or `FILE:WORD` of a part. */
const quotes: readonly Quote[] = [
  ...text.matchAll(/<!-- (examples\/hosts\/[^:\s]+)(?::(\w+))? -->\n\n(?:```\w+\n(.*?)```\n)?/gs),
].map(([, file = "", part, code = ""]) => ({ file, part, code }));

test("blocks: there are many, of most hosts", () => {
  expect(quotes.length).toBeGreaterThan(12);
});

test.each(quotes)("$file: what the docs show → is what it has", ({ file, part, code }) => {
  const source = readFileSync(file, "utf8");
  expect(code).not.toBe("");
  if (part === undefined) expect(code).toBe(source);
  else {
    expect(code).toContain(part);
    const indent = /^ *(?=\S)/m.exec(
      source.slice(source.indexOf(code.trimStart().split("\n", 1)[0]!)),
    );
    expect(indent).not.toBeNull();
    const lines = (from: string): string[] => from.split("\n").map((line) => line.trim());
    expect(lines(source).join("\n")).toContain(lines(code).join("\n").trim());
  }
});

test("table: a row for each host that is tested", () => {
  const rows = [...text.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
  expect(rows).toEqual(HOSTS.map(({ name }) => name));
});

test("projects: each is a host, and each host has one", () => {
  const folders = readdirSync(HOSTS_FOLDER, { withFileTypes: true })
    .filter((one) => one.isDirectory() && one.name !== "node_modules")
    .map(({ name }) => name);
  const hosts = new Set(HOSTS.map(({ name }) => name.replace(/-dev$/, "")));
  expect(folders.toSorted()).toEqual([...hosts].toSorted());
});

test("React and Next.js: the same component, but for its first line", () => {
  const read = (file: string): string => readFileSync(path.join(HOSTS_FOLDER, file), "utf8");
  expect(read("next/app/scores.tsx")).toBe(`"use client";\n\n${read("react/scores.tsx")}`);
  expect(read("webpack/main.ts")).toBe(read("vite/main.ts"));
});

test("versions: exact ones, each in the lock file", () => {
  const read = (file: string) => JSON.parse(readFileSync(path.join(HOSTS_FOLDER, file), "utf8"));
  const { devDependencies } = read("package.json") as { devDependencies: Record<string, string> };
  const { packages } = read("package-lock.json") as {
    packages: Record<string, { version: string }>;
  };
  for (const [name, version] of Object.entries(devDependencies)) {
    expect(packages[`node_modules/${name}`]?.version, name).toBe(version);
  }
  expect(existsSync(path.join(HOSTS_FOLDER, "node_modules"))).toBe(false);
});
