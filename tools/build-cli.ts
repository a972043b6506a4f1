/**
 * Builds the command-line tool: `main.js` for Node (packages stay outside) and `page.js` for the
 * page that it opens in Chrome (all inside).
 */

import { appendFile } from "node:fs/promises";
import path from "node:path";
import { build, type InlineConfig } from "vite";
import { repository } from "./repository.ts";
import { boundedParquet } from "./vite/parquet.ts";

export async function buildCli(outDir: string): Promise<void> {
  const common: InlineConfig = {
    root: repository,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
  };
  // Nobody downloads it: it lies on the disk.
  const chunkSizeWarningLimit = 10_000;
  const output = (name: string) => ({ entryFileNames: name, codeSplitting: false });
  await build({
    ...common,
    plugins: [boundedParquet()],
    // The library's dependencies are bundled: a strict package manager would not find them here.
    // hyparquet is too: it is changed.
    ssr: { noExternal: [/^@huggingface\//, /^@noble\//, "hyparquet"] },
    build: {
      ssr: path.join(repository, "cli/bin.ts"),
      outDir,
      emptyOutDir: false,
      chunkSizeWarningLimit,
      target: "node20",
      rolldownOptions: { output: output("main.js") },
    },
  });
  await build({
    ...common,
    build: {
      outDir,
      emptyOutDir: false,
      chunkSizeWarningLimit,
      target: "esnext",
      modulePreload: false,
      rolldownOptions: {
        input: path.join(repository, "cli/chrome/page.ts"),
        output: output("page.js"),
      },
    },
  });
  // A module that exports nothing says so: publint takes WGSL's `global.x` for Node's.
  await appendFile(path.join(outDir, "page.js"), "\nexport {};\n");
}
