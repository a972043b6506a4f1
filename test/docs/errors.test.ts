/** docs/errors.md: each code has its heading, and what it quotes is what the sources say. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { GpuError, InputError, UnsupportedError, WeightsError } from "../../src/errors.ts";

const text = readFileSync("docs/errors.md", "utf8");
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.split("\n", 1)[0]!, section]),
);
const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(path.join("src", file), "utf8").replaceAll(/" \+\s+"/g, ""));

const CLASSES = [InputError, WeightsError, UnsupportedError, GpuError];

test.each(CLASSES)(
  "%o: help → a file of the package, and a heading of it that names the class",
  (Kind) => {
    const error = new Kind({ where: "x" });
    expect(error.help).toBe(`docs/errors.md#${error.code}`);
    expect(error.toJSON().help).toBe(error.help);
    expect(sections.get(error.code)).toContain(`\`${error.name}\``);
  },
);

test("headings: the codes, and no other", () => {
  expect([...sections.keys()]).toEqual(CLASSES.map((Kind) => new Kind({ where: "x" }).code));
});

test("package.json: the file is published", () => {
  const { files } = JSON.parse(readFileSync("package.json", "utf8")) as {
    readonly files: readonly string[];
  };
  expect(files).toContain("docs/*.md");
});

const quoted = [...text.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = ""]) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, phrase = ""]) => phrase),
);

test("quotes: there are many", () => {
  expect(quoted.length).toBeGreaterThan(30);
});

test.each(quoted)("`%s` → a source says it", (phrase) => {
  expect(sources.some((source) => source.includes(phrase))).toBe(true);
});
