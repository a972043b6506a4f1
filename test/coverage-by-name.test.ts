/**
 * Where a source file is tested: in the test of its name, or in the one that its first line names,
 * `// Tested by: test/…`. Doors and files of types alone need none.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { filesBelow, importsOf, reachedFrom, readFile } from "../testing/imports.ts";

const root = path.resolve(import.meta.dirname, "..");
const TESTED_BY = /^(?:#!.*\n)?\/\/ Tested by: (test\/\S+\.test\.ts)$/m;

/** The program is started, not imported, by these. */
const RUNS_PROGRAM = /run\.mjs|openTestBrowser|callCli|serveBuilt/;

function testsOfName(file: string): string[] {
  const room = file.startsWith("src/") ? file.slice("src/".length) : file;
  const stem = `test/${room.replace(/\.ts$/, "")}`;
  return ["", ".gpu", ".browser"]
    .map((kind) => `${stem}${kind}.test.ts`)
    .filter((name) => existsSync(path.join(root, name)));
}

function needsTest(file: string): boolean {
  const isDoor = file.endsWith("/index.ts");
  return (
    !isDoor &&
    /^export (?:default |async |abstract )?(?:function|class|const|let)|^process\.|^void /m.test(
      readFile(file),
    )
  );
}

const sources = [...filesBelow("src"), ...filesBelow("cli")].filter(needsTest);

test("sources: each has a test of its name, or names one in its first line", () => {
  const lost = sources.filter((file) => {
    const [, named] = TESTED_BY.exec(readFile(file)) ?? [];
    return (
      testsOfName(file).length === 0 && (named === undefined || !existsSync(path.join(root, named)))
    );
  });
  expect(lost).toEqual([]);
});

test("sources: a test that a first line names reaches the file, or runs the program", () => {
  const cache = new Map<string, string[]>();
  const imports = (file: string): string[] => {
    const known = cache.get(file) ?? importsOf(file);
    cache.set(file, known);
    return known;
  };
  const reached = new Map<string, Map<string, number>>();
  const wrong = sources.filter((file) => {
    const [, named] = TESTED_BY.exec(readFile(file)) ?? [];
    if (named === undefined) return false;
    const steps = reached.get(named) ?? reachedFrom(named, imports);
    reached.set(named, steps);
    return !steps.has(file) && ![...steps.keys()].some((one) => RUNS_PROGRAM.test(readFile(one)));
  });
  expect(wrong).toEqual([]);
});
