/**
 * `npm run build -- site`: the documentation as a site in `dist/site`, made from the sources: the
 * API from the doc comments of each door, the guides and recipes of `docs/`, the changelog.
 *
 * TypeDoc needs a TypeScript before 7, which the repository itself does not use: `tools/site` names
 * both exactly, and the first build installs them there.
 */

import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { repository } from "./repository.ts";

const tools: string = path.join(repository, "tools/site");
const site: string = path.join(repository, "dist/site");
/** One module for each door, under the name that people import it by. */
const entries: string = path.join(repository, "dist/site-doors");

/** Builds `dist/site`. */
export async function buildSite(): Promise<void> {
  await installTypeDoc();
  const tsc = path.join(repository, "node_modules/typescript/bin/tsc");
  const types = path.join(entries, "types");
  await rm(entries, { recursive: true, force: true });
  await mkdir(path.join(entries, "vl-reward"), { recursive: true });
  run(tsc, ["-p", "tools/tsconfig.types.json", "--outDir", types]);
  const doors = await writeDoors(types);
  const options = path.join(entries, "typedoc.json");
  await writeFile(options, JSON.stringify(await optionsOf(doors)));
  run(path.join(tools, "node_modules/typedoc/bin/typedoc"), ["--options", options]);
  await checkLinks();
  await rm(entries, { recursive: true });
}

function run(script: string, args: readonly string[]): void {
  execFileSync(process.execPath, [script, ...args], { cwd: repository, stdio: "inherit" });
}

/** Installs what `tools/site/package-lock.json` names, if it is not there or older. */
async function installTypeDoc(): Promise<void> {
  const lock = await stat(path.join(tools, "package-lock.json"));
  const installed = await stat(path.join(tools, "node_modules/.package-lock.json")).catch(
    () => undefined,
  );
  if (installed && installed.mtimeMs > lock.mtimeMs) return;
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: tools, stdio: "inherit" });
}

/** Writes a module for each door of package.json. Returns their files. */
async function writeDoors(types: string): Promise<readonly string[]> {
  const { exports } = JSON.parse(await readFile(path.join(repository, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  };
  const files: string[] = [];
  for (const [door, target] of Object.entries(exports)) {
    // Only modules of types have pages: not package.json, and not scripts that pages load.
    if (typeof target === "string" || door.endsWith(".js")) continue;
    const declared = target.types.replace("./dist/types/", "").replace(".d.ts", "");
    const source = await readFile(path.join(types, `${declared}.d.ts`), "utf8");
    const about = /^\/\*\*(.*?)\*\//s.exec(source)?.[1] ?? "";
    const name = door === "." ? "vl-reward" : `vl-reward/${door.slice(2)}`;
    const file = path.join(entries, `${name}.ts`);
    await writeFile(
      file,
      `/**${about}\n * @module ${name}\n */\nexport * from "${types}/${declared}.js";\n`,
    );
    files.push(file);
  }
  return files;
}

async function optionsOf(doors: readonly string[]): Promise<object> {
  const tsconfig = path.join(entries, "tsconfig.json");
  const compilerOptions = {
    module: "esnext",
    moduleResolution: "bundler",
    target: "es2024",
    lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"],
    types: ["@webgpu/types", "node"],
    typeRoots: [
      path.join(repository, "node_modules/@types"),
      path.join(repository, "node_modules"),
    ],
    skipLibCheck: true,
  };
  await writeFile(tsconfig, JSON.stringify({ compilerOptions, files: doors }));
  const guides = (await readdir(path.join(repository, "docs"))).filter((name) =>
    name.endsWith(".md"),
  );
  return {
    name: "vl-reward",
    tsconfig,
    entryPoints: doors,
    out: site,
    readme: path.join(repository, "README.md"),
    projectDocuments: [
      ...guides.map((name) => `docs/${name}`),
      "docs/recipes/*.md",
      "CHANGELOG.md",
    ].map((name) => path.join(repository, name)),
    navigation: { includeCategories: true, includeGroups: false },
    sort: ["source-order"],
    excludePrivate: true,
    excludeInternal: true,
    disableSources: true,
    hideGenerator: true,
    headings: { readme: false },
    lang: "en",
    ignoredHighlightLanguages: ["layers", "vue", "svelte"],
    // What a door's types name must be importable too, but for these, which callers never write.
    intentionallyNotExported: [
      "With",
      "Progressed",
      "Random",
      "LABELS",
      "Family",
      "PositionScheme",
      "QuantisedForm",
    ],
    treatValidationWarningsAsErrors: true,
    skipErrorChecking: true,
  };
}

/**
 * Checks that each link of a page to another one leads to a file.
 * @throws Error that lists the others
 */
async function checkLinks(): Promise<void> {
  const files = new Set(
    (await readdir(site, { recursive: true, withFileTypes: true })).flatMap((entry) =>
      entry.isFile() ? [path.join(entry.parentPath, entry.name)] : [],
    ),
  );
  const broken = new Set<string>();
  let links = 0;
  for (const file of files) {
    if (!file.endsWith(".html")) continue;
    const text = await readFile(file, "utf8");
    for (const [, href = ""] of text.matchAll(/(?:href|src)="([^"#]+)[^"]*"/g)) {
      if (/^(?:[a-z]+:|\/\/)/.test(href)) continue;
      links += 1;
      const target = path.resolve(path.dirname(file), decodeURIComponent(href.split("?")[0] ?? ""));
      if (!files.has(target)) broken.add(`${path.relative(site, file)}: ${href}`);
    }
  }
  if (broken.size > 0) throw new Error(`links to nothing:\n${[...broken].join("\n")}`);
  console.log(`${links} links between ${files.size} files, each leads to one of them`);
}
