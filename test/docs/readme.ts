/** The code blocks of the README, as they are written. */
import { readFileSync } from "node:fs";
import path from "node:path";

const repository: string = path.resolve(import.meta.dirname, "../..");

/** Returns the blocks of a language, in their order. */
export function readmeBlocks(language: string): string[] {
  const text = readFileSync(path.join(repository, "README.md"), "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, name, block]) =>
    name === language && block !== undefined ? [block] : [],
  );
}

/** Returns the commands of the shell blocks, without comments and empty lines. */
export function readmeCommands(): string[] {
  return readmeBlocks("sh")
    .flatMap((block) => block.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
}
