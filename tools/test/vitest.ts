/** Runs vitest, and counts a file that did not even load as a failure. */

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { adapterFlags } from "../../cli/chrome/adapter.ts";
import { swiftshaderIcd } from "../../cli/chrome/chrome.ts";
import { matrixOf, matrixTable, type ReportedTest } from "../../testing/fault-matrix.ts";
import { getChrome } from "../get-chrome.ts";
import { repository } from "../repository.ts";

/** The projects of vitest.config.ts. */
export const PROJECTS = ["unit", "gpu", "browser"] as const;

export type Project = (typeof PROJECTS)[number];

export const vitest: string = path.join(repository, "node_modules", "vitest", "vitest.mjs");

/** Has files of the browser that failed run once more, alone: `.ci/run` shares its cores. */
const SECOND_TRY = "--second-try";

/** A fault that takes more files than these is not the work of a busy machine. */
const MOST_SECOND_TRIES = 3;

/** Prints the matrix of faults from the tests that ran: it costs nothing then. */
const MATRIX = "--matrix";

/**
 * Runs one project, or all. Gets a browser if one is needed and missing. Returns the exit code.
 * @param onMatrix gets the matrix of faults, as Markdown
 */
export async function testInNode(
  project: Project | undefined,
  args: readonly string[],
  onMatrix?: (table: string) => void,
): Promise<number> {
  const env = project === "unit" ? process.env : await browserEnvironment();
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-test-"));
  const report = path.join(folder, "report.json");
  try {
    const own = args.filter((each) => each !== SECOND_TRY && each !== MATRIX);
    const mayTry = args.includes(SECOND_TRY);
    const tellMatrix = onMatrix ?? (args.includes(MATRIX) ? console.log : undefined);
    const chosen = project === undefined ? own : ["--project", project, ...own];
    let code = await runVitest(chosen, env, report);
    let counts = await countTests(report);
    if (mayTry && mayTryAgain(counts)) {
      const again = path.join(folder, "again.json");
      code = await runVitest(counts.failedFiles, env, again);
      counts = withSecondTry(counts, await countTests(again));
    }
    const { passed, failed, skipped, tests } = counts;
    tellMatrix?.(matrixTable(matrixOf(tests), new Date().toISOString()));
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

/** True if what failed is a few files of the browser, and nothing else. */
export function mayTryAgain({ failed, failedFiles }: Counts): boolean {
  const areOfBrowser = failedFiles.every((file) => file.endsWith(".browser.test.ts"));
  const areFew = failedFiles.length > 0 && failedFiles.length <= MOST_SECOND_TRIES;
  return failed > 0 && areOfBrowser && areFew;
}

/** Returns the counts after a second try, and says aloud what needed it. */
export function withSecondTry(first: Counts, second: Counts): Counts {
  for (const file of first.failedFiles) {
    const result = second.failedFiles.includes(file) ? "failed again" : "passed on its second try";
    console.log(`${path.relative(repository, file)}: ${result}`);
  }
  const { passed, failed, skipped } = second;
  return {
    // The files' own tests are counted once, by their second try.
    passed: first.passed - first.passedInFailedFiles + passed,
    failed,
    skipped: first.skipped - first.skippedInFailedFiles + skipped,
    passedInFailedFiles: second.passedInFailedFiles,
    skippedInFailedFiles: second.skippedInFailedFiles,
    failedFiles: second.failedFiles,
    tests: [
      ...first.tests.filter(({ file }) => !first.failedFiles.includes(file)),
      ...second.tests,
    ],
  };
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    /** The file's path. */
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

/** What a run of vitest counted. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failedFiles: readonly string[];
  readonly passedInFailedFiles: number;
  readonly skippedInFailedFiles: number;
  readonly tests: readonly ReportedTest[];
}

const NO_REPORT: Counts = {
  passed: 0,
  failed: 1,
  skipped: 0,
  failedFiles: [],
  passedInFailedFiles: 0,
  skippedInFailedFiles: 0,
  tests: [],
};

async function countTests(report: string): Promise<Counts> {
  const text = await readFile(report, "utf8").catch(() => undefined);
  if (text === undefined) return NO_REPORT;
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    text,
  ) as Report;
  // A file whose import or set-up failed has no test of its own that did.
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  );
  const failedFiles = testResults.filter(({ status }) => status === "failed");
  const inFailedFiles = failedFiles.flatMap(({ assertionResults }) => assertionResults);
  const countOf = (...wanted: readonly string[]): number =>
    inFailedFiles.filter(({ status }) => wanted.includes(status)).length;
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    skipped: numPendingTests + numTodoTests,
    failedFiles: failedFiles.map(({ name }) => name),
    passedInFailedFiles: countOf("passed"),
    skippedInFailedFiles: countOf("skipped", "pending", "todo"),
    tests: testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ status, title }) => ({ file: name, status, title })),
    ),
  };
}
