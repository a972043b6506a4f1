/**
 * `npm test -- firefox FIREFOX`: the engine, the store and the page in a real Firefox, headless,
 * with SwiftShader if it finds no GPU. The tests are those of Chrome, without what only the
 * DevTools protocol can do, and one of its own.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readOptions, UsageError } from "../options.ts";
import { repository } from "../repository.ts";
import { vitest } from "./vitest.ts";

const usage = `
npm test -- firefox FIREFOX [FILE…]: the tests that need a browser, in Firefox

  FIREFOX    the program, such as /usr/bin/firefox-esr: 141 or newer; on Linux its Vulkan needs libvulkan1
  FILE…      files of tests, by a part of their path; by default all that Firefox can run
`;

const FILES: readonly string[] = [
  "test/kernels/compile.browser.test.ts",
  "test/image/decode/decode.browser.test.ts",
  "test/load/firefox.browser.test.ts",
  "test/golden/goldens.browser.test.ts",
  "test/files/far-bytes.browser.test.ts",
  "test/store/store.browser.test.ts",
  "test/worker/worker.browser.test.ts",
  "test/worker/sealed.browser.test.ts",
  "test/element/element.browser.test.ts",
  "test/demo/page.browser.test.ts",
  "test/demo/kept.browser.test.ts",
];

export async function testInFirefox(args: readonly string[]): Promise<number> {
  const parsed = readOptions(args, usage, {}, true);
  if (parsed === undefined) return 0;
  const [firefox, ...named] = parsed.positionals;
  if (firefox === undefined)
    throw new UsageError("firefox: expected the path of Firefox, got none");
  // npm runs scripts in the package's folder, but paths are relative to the user's folder.
  const program = path.resolve(process.env["INIT_CWD"] ?? ".", firefox);
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  const version = stdout?.trim() ?? "";
  if (!version.includes("Firefox")) throw new UsageError(`firefox: ${program} is not Firefox`);
  const folder = mkdtempSync(path.join(tmpdir(), "vl-reward-firefox-"));
  try {
    const results = path.join(folder, "results.json");
    const told = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${results}`];
    const files = named.length > 0 ? named : FILES;
    const { status } = spawnSync(process.execPath, [vitest, "run", ...told, ...files], {
      cwd: repository,
      env: { ...process.env, FIREFOX_PATH: program },
      stdio: "inherit",
    });
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(results, "utf8")) as {
      numPassedTests: number;
      numFailedTests: number;
    };
    console.log(`${version}: ${numPassedTests} passed, ${numFailedTests} failed`);
    // An error outside of every test fails too.
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
