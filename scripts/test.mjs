/**
 * `npm test [-- [unit|gpu|browser] VITEST ARGUMENTS]`: gets a browser where there is none, runs the tests, and ends in
 * a line `N passed, N failed` that counts a file that did not even load as a failure.
 */

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { getChrome } from "./get-chrome.mjs";
import { load, repository } from "./load.mjs";

const [first = "", ...others] = process.argv.slice(2);
const isProject = ["unit", "gpu", "browser"].includes(first);
const rest = isProject ? ["--project", first, ...others] : process.argv.slice(2);
// Unit tests need no browser.
const environment = first === "unit" ? process.env : await withBrowser();

const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-test-"));
const report = path.join(folder, "report.json");
try {
  const code = await runVitest();
  const { passed, failed, skipped } = await count();
  const failedAtLeast = code === 0 || failed > 0 ? failed : 1;
  if (skipped > 0) console.log(`${skipped} skipped`);
  console.log(`${passed} passed, ${failedAtLeast} failed`);
  process.exitCode = code === 0 && failed > 0 ? 1 : code;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** The environment for tests that need a browser or a GPU. */
async function withBrowser() {
  const chrome = await getChrome((line) => console.error(line));
  const { adapterFlags } = await load("cli/chrome/adapter.ts");
  const { swiftshaderIcd } = await load("cli/chrome/chrome.ts");
  const { kind, why } = adapterFlags("auto");
  console.error(`browser: ${chrome}, adapter: ${kind} (${why})`);
  const env = { ...process.env, CHROME_PATH: chrome };
  // Dawn in Node brings no driver of its own, as Chrome does: it takes Chrome's.
  if (kind === "swiftshader") env.VK_ICD_FILENAMES ??= swiftshaderIcd();
  return env;
}

async function runVitest() {
  const vitest = path.join(repository, "node_modules", "vitest", "vitest.mjs");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const child = spawn(process.execPath, [vitest, ...args, ...rest], {
    cwd: repository,
    env: environment,
    stdio: "inherit",
  });
  const onInterrupt = () => {}; // the child gets it too, and ends by itself
  process.on("SIGINT", onInterrupt);
  const code = await new Promise((resolve) => child.once("exit", (status) => resolve(status ?? 1)));
  process.off("SIGINT", onInterrupt);
  return /** @type {number} */ (code);
}

async function count() {
  const text = await readFile(report, "utf8").catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } =
    JSON.parse(text);
  // A file whose import or set-up failed has no test of its own that did.
  const broken = testResults.filter(
    (file) =>
      file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    skipped: numPendingTests + numTodoTests,
  };
}
