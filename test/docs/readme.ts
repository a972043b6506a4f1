/** The commands of the README, as they are written. */
import { readFileSync } from "node:fs";
import path from "node:path";

const repository: string = path.resolve(import.meta.dirname, "../..");

/** Returns the commands of the shell blocks, without comments and empty lines. */
export function readmeCommands(): string[] {
  const text = readFileSync(path.join(repository, "README.md"), "utf8");
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
}

/**
 * Commands that no test can run: they install, serve until they are stopped, or run all tests, this
 * one among them.
 */
export const notRun: RegExp = /^npm (ci|i|install|start|test)\b/;
