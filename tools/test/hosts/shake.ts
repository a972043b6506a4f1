// Tested by: npm test -- hosts esbuild
/**
 * What a page pays for one pure function, by esbuild when it splits: it then keeps all that lazy
 * code needs, and loads from it what the entry could reach.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { callTool, type Project, type Tell } from "./project.ts";

/** Doors, and the most gzipped bytes that `rankValues` of them may bring. */
const MOST: Readonly<Record<string, number>> = {
  "vl-reward": 10_000,
  "vl-reward/preference": 2500,
};

interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      { readonly imports: readonly { readonly path: string; readonly kind: string }[] }
    >
  >;
}

export async function tryPureFunction(project: Project, tell: Tell): Promise<void> {
  for (const [door, most] of Object.entries(MOST)) {
    const bytes = await bytesOf(project, door);
    const said = `rankValues of ${door} alone: ${bytes.toLocaleString("en-US")} bytes`;
    tell(said, bytes <= most ? undefined : `wanted at most ${most.toLocaleString("en-US")}`);
  }
}

async function bytesOf({ folder, workplace }: Project, door: string): Promise<number> {
  const place = path.join(folder, "pure", door);
  await mkdir(place, { recursive: true });
  const script = `import { rankValues } from "${door}"; console.log(rankValues([1, 2]));`;
  await writeFile(path.join(place, "entry.js"), script);
  const how = ["--bundle", "--splitting", "--format=esm", "--minify", "--target=es2022"];
  const where = ["--outdir=dist", "--metafile=meta.json", "--log-level=error"];
  callTool(workplace, place, "esbuild", ["entry.js", ...how, ...where]);
  const { outputs } = JSON.parse(await readFile(path.join(place, "meta.json"), "utf8")) as Metafile;
  // A page loads what is imported by statements; `import()` waits until it is called.
  const loaded = new Set(["dist/entry.js"]);
  for (const file of loaded) {
    for (const one of outputs[file]?.imports ?? []) {
      if (one.kind === "import-statement") loaded.add(one.path);
    }
  }
  const texts = await Promise.all(
    [...loaded].map(async (file) => await readFile(path.join(place, file), "utf8")),
  );
  return gzipSync(texts.join("\n"), { level: 9 }).length;
}
