/** `node tools/run.mjs check-prose [FILE…]`: the rules of CONTRIBUTING.md for comments and messages. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { findPhrases } from "./prose.ts";
import { repository } from "./repository.ts";

/** Texts of others, recorded data, and the files that list the phrases themselves. */
const EXCEPT =
  /(^|\/)golden\/|^weights\/|^bench\/LOG\.md$|^CONTRIBUTING\.md$|^(tools|test\/tools)\/prose\b/;

export function main(args: readonly string[]): number {
  const findings = (args.length > 0 ? args : filesToRead()).flatMap((file) =>
    findPhrases(file, readFileSync(path.join(repository, file), "utf8")),
  );
  for (const { file, line, phrase, advice } of findings) {
    console.error(`${file}:${line}: "${phrase}": ${advice}.`);
  }
  if (findings.length > 0) {
    console.error(`check-prose: expected none of these phrases, got ${findings.length}.`);
  }
  return findings.length > 0 ? 1 : 0;
}

function filesToRead(): string[] {
  const files = execFileSync("git", ["ls-files"], { cwd: repository, encoding: "utf8" });
  return files
    .split("\n")
    .filter((file) => /\.(ts|mjs|wgsl|css|md)$/.test(file) && !EXCEPT.test(file));
}
