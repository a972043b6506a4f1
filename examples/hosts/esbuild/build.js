import { copyFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { build } from "esbuild";

await build({
  entryPoints: ["main.ts"],
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target: "es2022",
  outdir: "dist",
});
// esbuild does not take the worker's file along.
const engine = createRequire(import.meta.url).resolve("vl-reward/engine-worker.js");
await copyFile(engine, "dist/engine-worker.js");
