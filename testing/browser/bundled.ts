/**
 * What a host's bundler makes of an import: the built library in a folder that says of itself what
 * the package says, bundled and minified.
 */
import { existsSync } from "node:fs";
import { readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build, minifySync, type Rolldown } from "vite";
import { repository } from "../../tools/repository.ts";

export interface Bundled {
  /** What a page loads immediately, minified. */
  readonly code: string;
  /** Of all of it together, gzipped. */
  readonly bytes: number;
}

/**
 * Bundles a script that imports from the library.
 * @param folder the doors' files, as `buildLibrary` makes them
 * @param script with imports such as `./vl-reward.js`
 */
export async function bundled(folder: string, script: string): Promise<Bundled> {
  await describe(folder);
  const entry = path.join(folder, "entry-of-a-host.js");
  const built = await build({
    configFile: false,
    root: folder,
    logLevel: "error",
    publicDir: false,
    build: {
      write: false,
      target: "esnext",
      // Not an app: Vite's own loader of chunks is not the library's weight.
      lib: { entry, formats: ["es"], fileName: "entry" },
      rolldownOptions: { external: [/^node:/, "sharp", "webgpu"] },
    },
    plugins: [
      {
        name: "entry-of-a-host",
        enforce: "pre",
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? script : undefined),
        transform: withoutAsset,
      },
    ],
  });
  const outputs = (Array.isArray(built) ? built : [built]) as Rolldown.RolldownOutput[];
  const chunks = outputs.flatMap(({ output }) => output).filter((one) => one.type === "chunk");
  const first = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const { imports } of first) {
    for (const one of chunks) if (imports.includes(one.fileName)) first.add(one);
  }
  const minified = [...first].map(
    (one) => minifySync(one.fileName, one.code, { module: true }).code,
  );
  const code = minified.join("\n");
  return { code, bytes: gzipSync(code, { level: 9 }).length };
}

/** Writes of the folder what package.json says of `dist/lib`, which bundlers go by. */
async function describe(folder: string): Promise<void> {
  const file = path.join(folder, "package.json");
  if (existsSync(file)) return;
  const { sideEffects } = JSON.parse(
    await readFile(path.join(repository, "package.json"), "utf8"),
  ) as { readonly sideEffects: readonly string[] };
  const own = sideEffects.map((one) => one.replace("/dist/lib/", "/"));
  await writeFile(file, JSON.stringify({ type: "module", sideEffects: own }));
  await symlink(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
}

/** Vite would write the worker's file into the script of a library. */
function withoutAsset(code: string): string {
  return code.replace(/new URL\("\S*engine-worker.js", import.meta.url\)/, 'new URL("x:engine")');
}
