/** The docs name files, folders, types and npm scripts. Each of them exists. */
import { spawnSync } from "node:child_process";
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

test("README.md: what it links to → is in the package, where no repository shows it", () => {
  const links = [...readFileSync("README.md", "utf8").matchAll(/\]\((?!https?:)([^)#\s]+)/g)];
  const { stdout } = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    encoding: "utf8",
  });
  const [packed] = JSON.parse(stdout) as { readonly files: { readonly path: string }[] }[];
  const files = new Set(packed?.files.map(({ path: name }) => name));
  const wanted = links.map(([, link]) => path.normalize(link!));
  expect(wanted.length).toBeGreaterThan(20);
  expect(wanted.filter((name) => !files.has(name))).toEqual([]);
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
