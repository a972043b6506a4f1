/**
 * `npm run test:firefox -- FIREFOX`: the engine, the store and the page in a real Firefox, headless, with SwiftShader where it
 * finds no GPU. The tests are those of Chrome but for what only the DevTools protocol can do, and one of its own.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { repository } from "./load.mjs";
import { readOptions, refuse } from "./options.mjs";

const usage = `
npm run test:firefox -- FIREFOX [FILE…]: the tests that need a browser, in Firefox

  FIREFOX    the program, such as /usr/bin/firefox-esr: 141 or newer; on Linux its Vulkan needs libvulkan1
  FILE…      files of tests, by a part of their path; by default all that Firefox can run
`;
const { positionals } = readOptions(usage, { allowPositionals: true });
const [firefox, ...named] = positionals;
if (firefox === undefined) refuse("the path of Firefox is missing");
// npm runs scripts in the package's folder; paths are meant from where the user is.
const program = path.resolve(process.env.INIT_CWD ?? ".", firefox);
const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
if (!/Firefox/.test(stdout ?? "")) refuse(`${program} is no Firefox`);

const files = [
  "test/kernels/compile.browser.test.ts",
  "test/image/decode/decode.browser.test.ts",
  "test/load/firefox.browser.test.ts",
  "test/golden/goldens.browser.test.ts",
  "test/files/far-bytes.browser.test.ts",
  "test/store/store.browser.test.ts",
  "test/demo/page.browser.test.ts",
  "test/demo/kept.browser.test.ts",
];
const folder = mkdtempSync(path.join(tmpdir(), "vl-reward-firefox-"));
try {
  const results = path.join(folder, "results.json");
  const vitest = path.join(repository, "node_modules", "vitest", "vitest.mjs");
  const told = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${results}`];
  const args = [vitest, "run", ...told, ...(named.length > 0 ? named : files)];
  const env = { ...process.env, FIREFOX_PATH: program };
  const { status } = spawnSync(process.execPath, args, { cwd: repository, env, stdio: "inherit" });
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(results, "utf8"));
  console.log(`${stdout.trim()}: ${numPassedTests} passed, ${numFailedTests} failed`);
  // An error outside of every test fails too.
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
