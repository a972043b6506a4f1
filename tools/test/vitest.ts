/** Runs vitest, and counts a file that did not even load as a failure. */

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { adapterFlags } from "../../cli/chrome/adapter.ts";
import { swiftshaderIcd } from "../../cli/chrome/chrome.ts";
import { getChrome } from "../get-chrome.ts";
import { repository } from "../repository.ts";

/** The projects of vitest.config.ts. */
export const PROJECTS = ["unit", "gpu", "browser"] as const;

export type Project = (typeof PROJECTS)[number];

export const vitest: string = path.join(repository, "node_modules", "vitest", "vitest.mjs");

/** Runs one project, or all. Gets a browser if one is needed and missing. Returns the exit code. */
export async function testInNode(
  project: Project | undefined,
  args: readonly string[],
): Promise<number> {
  const env = project === "unit" ? process.env : await browserEnvironment();
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-test-"));
  const report = path.join(folder, "report.json");
  try {
    const chosen = project === undefined ? args : ["--project", project, ...args];
    const code = await runVitest(chosen, env, report);
    const { passed, failed, skipped } = await countTests(report);
    const failedAtLeast = code === 0 || failed > 0 ? failed : 1;
    if (skipped > 0) console.log(`${skipped} skipped`);
    console.log(`${passed} passed, ${failedAtLeast} failed`);
    return code === 0 && failed > 0 ? 1 : code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function browserEnvironment(): Promise<NodeJS.ProcessEnv> {
  const chrome = await getChrome((line) => console.error(line));
  const { kind, why } = adapterFlags("auto");
  console.error(`browser: ${chrome}, adapter: ${kind} (${why})`);
  const env: NodeJS.ProcessEnv = { ...process.env, CHROME_PATH: chrome };
  // Dawn in Node has no driver of its own: it takes Chrome's.
  const icd = kind === "swiftshader" ? swiftshaderIcd() : undefined;
  if (icd !== undefined) env["VK_ICD_FILENAMES"] ??= icd;
  return env;
}

async function runVitest(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  report: string,
): Promise<number> {
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], {
    cwd: repository,
    env,
    stdio: "inherit",
  });
  const onInterrupt = (): void => {}; // the child gets it too, and ends by itself
  process.on("SIGINT", onInterrupt);
  const code = await new Promise<number>((resolve) =>
    child.once("exit", (status) => resolve(status ?? 1)),
  );
  process.off("SIGINT", onInterrupt);
  return code;
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

async function countTests(report: string): Promise<Counts> {
  const text = await readFile(report, "utf8").catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    text,
  ) as Report;
  // A file whose import or set-up failed has no test of its own that did.
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    skipped: numPendingTests + numTodoTests,
  };
}
