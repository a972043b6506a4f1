/** Holds comments, messages and docs to the prose rules of CONTRIBUTING.md. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { findPhrases } from "./phrases.ts";
import { repository } from "../repository.ts";

/** Texts of others, recorded data, and the files that list the phrases themselves. */
const EXCEPT =
  /(^|\/)golden\/|^weights\/|^bench\/LOG\.md$|^(CONTRIBUTING|NOTICE)\.md$|^(tools|test\/tools)\/check\/phrases\b/;

/** Returns a line for each phrase that breaks a rule. */
export function checkProse(): string[] {
  return filesToRead()
    .flatMap((file) => findPhrases(file, readFileSync(path.join(repository, file), "utf8")))
    .map(({ file, line, phrase, advice }) => `${file}:${line}: "${phrase}": ${advice}.`);
}

function filesToRead(): string[] {
  const files = execFileSync("git", ["ls-files"], { cwd: repository, encoding: "utf8" });
  return files
    .split("\n")
    .filter((file) => /\.(ts|mjs|wgsl|css|md)$/.test(file) && !EXCEPT.test(file));
}
