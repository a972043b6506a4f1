/**
 * The demo page (`npm start`, `npm run build -- demo`) and, in mode `library`, the library.
 */

import path from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig, type UserConfigFnObject } from "vite";
import { benchPage } from "./bench/page/vite-bench-page.ts";
import { embeddedModel } from "./demo/vite-embedded-model.ts";
import { offlinePage } from "./demo/vite-offline.ts";
import { asciiOutput } from "./tools/vite/ascii.ts";
import { ENGINE_FILE, engineUrl } from "./tools/vite/engine-url.ts";
import { litAnywhere } from "./tools/vite/lit.ts";
import { boundedParquet } from "./tools/vite/parquet.ts";
import { wgslWithoutComments } from "./tools/vite/wgsl.ts";

const repository = path.dirname(fileURLToPath(import.meta.url));

/** @param isKept whether browsers keep the page for the next visit */
const demo = (isKept: boolean): UserConfig => ({
  root: path.join(repository, "demo"),
  // Relative addresses: the built page works in any folder of any static host.
  base: "./",
  plugins: [
    embeddedModel(path.join(repository, "weights/tiny-vl-reward")),
    benchPage(),
    boundedParquet(),
    offlinePage({ isKept }),
  ],
  worker: { format: "iife", plugins: () => [boundedParquet()] },
  server: { fs: { allow: [repository] } },
  build: {
    outDir: path.join(repository, "dist/demo"),
    emptyOutDir: true,
    target: "esnext",
  },
});

/** Sub-paths of the package: `vl-reward/store` and so on. */
const doors = [
  "preference",
  "store",
  "remote",
  "evaluate",
  "pairs",
  "rows",
  "sealed",
  "explain",
  "worker",
  "serve",
  "element",
  "node",
];

/** Where the file of a source lies in `dist/lib`. */
function placeOf(name: string): string {
  // Beside the worker's file, as bundlers keep it that take no file along.
  if (name === "worker/engine-url") return "engine-url";
  // npm packs no folder that has this name.
  return name.replace("node_modules", "vendor");
}

const library: UserConfig = {
  root: repository,
  publicDir: false,
  plugins: [wgslWithoutComments(), asciiOutput(), engineUrl(), litAnywhere()],
  build: {
    lib: {
      entry: {
        "vl-reward": "src/index.ts",
        ...Object.fromEntries(doors.map((door) => [door, `src/${door}/index.ts`])),
      },
      formats: ["es"],
      fileName: (_, name) => `${placeOf(name)}.js`,
    },
    outDir: "dist/lib",
    target: "esnext",
    // For people who read a stack: the host minifies.
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      external: [/^@huggingface\//, /^@noble\//, /^node:/, "webgpu", "sharp"],
      // A file for each source: bundlers leave out whole files, and parts of a file not always.
      // esbuild, if it splits, loads what lazy code shares with any file that an import reaches.
      output: { preserveModules: true, preserveModulesRoot: "src" },
    },
  },
};

/** The ready worker: one classic script with all inside, so that it runs in any kind of worker. */
const worker: UserConfig = {
  root: repository,
  publicDir: false,
  plugins: [wgslWithoutComments(), asciiOutput()],
  build: {
    lib: {
      entry: "src/serve/engine-worker.ts",
      formats: ["iife"],
      name: "vlRewardEngine",
      fileName: () => ENGINE_FILE,
    },
    outDir: "dist/lib",
    emptyOutDir: false,
    target: "esnext",
    sourcemap: true,
  },
};

/** Files without imports, minified, for pages without a bundler; each is a build of its own. */
const alone = (name: string, entry: string): UserConfig => ({
  root: repository,
  publicDir: false,
  plugins: [wgslWithoutComments(), asciiOutput(), engineUrl()],
  build: {
    outDir: "dist/browser",
    emptyOutDir: false,
    target: "esnext",
    modulePreload: false,
    sourcemap: true,
    rolldownOptions: {
      input: { [name]: entry },
      preserveEntrySignatures: "strict",
      output: { entryFileNames: "[name].js", codeSplitting: false },
    },
  },
});

const MODES: Readonly<Record<string, UserConfig>> = {
  library,
  worker,
  browser: alone("vl-reward", "src/browser/index.ts"),
  "browser-worker": alone("worker", "src/worker/index.ts"),
  "browser-element": alone("element", "src/element/index.ts"),
};
// `npm start` has no mode of its own: who works on the page wants to see each change, and other
// projects are served from the same port.
const config: UserConfigFnObject = defineConfig(({ mode }) => MODES[mode] ?? demo(mode === "demo"));
export default config;
