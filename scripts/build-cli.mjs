/**
 * Builds the command-line tool: `main.js` for Node (packages stay outside) and `page.js` for the
 * page that it opens in Chrome (all inside).
 */

import path from "node:path";
import { build } from "vite";
import { repository } from "./load.mjs";

/** @param {string} outDir */
export async function buildCli(outDir) {
  const common = /** @type {const} */ ({
    root: repository,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
  });
  const output = (/** @type {string} */ name) => ({ entryFileNames: name, codeSplitting: false });
  await build({
    ...common,
    build: {
      ssr: path.join(repository, "cli/bin.ts"),
      outDir,
      emptyOutDir: false,
      target: "node20",
      rolldownOptions: { output: output("main.js") },
    },
  });
  await build({
    ...common,
    build: {
      outDir,
      emptyOutDir: false,
      target: "esnext",
      modulePreload: false,
      rolldownOptions: {
        input: path.join(repository, "cli/chrome/page.ts"),
        output: output("page.js"),
      },
    },
  });
}
