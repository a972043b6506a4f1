/**
 * Runs a tool: `node tools/run.mjs NAME ARGUMENTS…` calls `main` of `tools/NAME.ts`.
 *
 * The tools are TypeScript, and Node 20 does not strip types: `hooks.mjs` does.
 */

import { register } from "node:module";

register("./hooks.mjs", import.meta.url);
process.setSourceMapsEnabled(true);

const [name = "", ...args] = process.argv.slice(2);
const { UsageError } = await import("./options.ts");
try {
  const { main } = await import(`./${name}.ts`);
  const code = await main(args);
  // Dawn would keep the process alive. A tool that continues after `main` returns undefined.
  if (code !== undefined) process.exit(code);
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(isUsage ? `${error.message}. --help lists the options.` : error);
  process.exit(isUsage ? 2 : 1);
}
