/** The docs name files, folders, types and npm scripts. Each of them exists. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";

const docs = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "examples/README.md",
  "shaders/README.md",
  "src/model/MODEL.md",
  "src/store/README.md",
  "test/README.md",
  "weights/README.md",
  ...readdirSync("docs").map((name) => `docs/${name}`),
].filter((file) => file.endsWith(".md"));
const rooms =
  "src|cli|demo|testing|test|bench|soak|tools|examples|docs|shaders|weights|" +
  "base|files|image|gpu|kernels|text|checkpoint|pass|residency|model|tuning|store|load|" +
  "preference|evaluate|rows|score|pairs|remote";

describe.each(docs)("%s", (file) => {
  const text = readFileSync(file, "utf8");

  test("links → files that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, link]) => link!);
    const missing = links.filter((link) => !existsSync(path.join(path.dirname(file), link)));
    expect(missing).toEqual([]);
  });

  test("paths in code marks → files and folders that exist", () => {
    const marks = [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, mark]) => mark!.split(" "));
    const paths = marks.filter((mark) =>
      new RegExp(`^(${rooms})/[\\w./-]*$|^(errors|types|abort|index|reward-model)\\.ts$`).test(
        mark,
      ),
    );
    const missing = paths.filter((name) => !existsSync(name) && !existsSync(`src/${name}`));
    expect(missing).toEqual([]);
  });

  test("npm scripts → scripts of package.json", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    const named = [...text.matchAll(/npm run (?:-s |--silent )?([\w:-]+)/g)].map(
      ([, name]) => name!,
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

test("glossary: each name → is in the file beside it", () => {
  const rows = [
    ...readFileSync("docs/glossary.md", "utf8").matchAll(/^\|.*\| (`.*?`) *\| `([^`]+)` *\|$/gm),
  ];
  expect(rows.length).toBeGreaterThan(40);
  const missing = rows.flatMap(([, names, file]) => {
    const source = existsSync(file!) ? readFileSync(file!, "utf8") : "";
    return [...names!.matchAll(/`([^`]+)`/g)]
      .map(([, name]) => name!)
      .filter((name) => name !== path.basename(file!))
      .filter((name) => !new RegExp(`\\b${name}\\b`).test(source))
      .map((name) => `${name} in ${file}`);
  });
  expect(missing).toEqual([]);
});
