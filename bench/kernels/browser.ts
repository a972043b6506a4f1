/**
 * `npm run bench -- kernels`: serves the repository, opens headless Chrome, runs the cases one by
 * one, prints and stores the results.
 */
import { writeFile } from "node:fs/promises";
import type { Page } from "puppeteer";
import type { ViteDevServer } from "vite";
import { adapterChoices } from "../../cli/chrome/adapter.ts";
import type { AdapterChoice } from "../../cli/chrome/adapter.ts";
import { launchBrowser } from "../../cli/chrome/browser.ts";
import { syntheticCheckpoint } from "../../testing/checkpoint/synthetic-checkpoint.ts";
import { LOADED_SHAPE, loadReport } from "../load/load-rate.ts";
import type { LoadRate } from "../load/load-rate.ts";
import { serveSource } from "../../testing/files/serve-source.ts";
import type { BenchPage, CaseOptions, CaseResult, Setting } from "../page/compare.ts";
import type { StartResult } from "../page/start.ts";
import { caseTable, settingLines, startReport, summary } from "./report.ts";

export interface BrowserBenchOptions {
  readonly adapter: string;
  /** Runs the cases whose names contain one of these, separated by commas. */
  readonly only: string | undefined;
  /** Measures the start of the embedded model instead. */
  readonly start: boolean;
  /** Measures the loading of 0.7 GB over HTTP instead. */
  readonly load: boolean;
  readonly reps: number;
  readonly budgetSeconds: number;
  readonly profile: string | undefined;
  /** Runs the peer once more without subgroups: its attention is then right, but slow. */
  readonly peersWithoutSubgroups: boolean;
  /** Where results go as JSON; `-` prints them instead of tables. */
  readonly json: string | undefined;
}

/**
 * Returns true if every case ran and every result agreed. With a start or load benchmark: true if
 * it was as fast as its limit.
 */
export async function benchInBrowser(
  server: ViteDevServer,
  options: BrowserBenchOptions,
): Promise<boolean> {
  const adapter = adapterChoices.find((choice) => choice === options.adapter);
  if (!adapter) throw new Error(`--adapter takes ${adapterChoices.join(", ")}`);
  const say = options.json === "-" ? () => {} : (line: string) => console.log(line);
  const browser = await launchBrowser({ adapter: adapter satisfies AdapterChoice, log: say });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => say(`page: ${String(error)}`));
    const address = server.resolvedUrls?.local[0] ?? "";
    await page.goto(new URL("bench/page/index.html", address).href);
    const setting = await call<Setting>(
      page,
      "open",
      options.profile ?? null,
      options.peersWithoutSubgroups,
    );
    settingLines(setting).forEach(say);
    if (options.start) {
      const start = (): Promise<StartResult> => call<StartResult>(page, "measureStart");
      const first = await start();
      const warm: StartResult[] = [];
      while (warm.length < options.reps) warm.push(await start());
      const told = startReport(first, warm, setting);
      told.lines.forEach(say);
      await keep({ setting, first, warm }, options.json);
      return told.isHeld;
    }
    if (options.load) {
      const served = await serveSource(syntheticCheckpoint(LOADED_SHAPE));
      const rate = await call<LoadRate>(page, "measureLoad", served.url, options.reps).finally(() =>
        served.close(),
      );
      const told = loadReport("over HTTP", rate);
      say(told.line);
      await keep({ setting, rate }, options.json);
      return told.isHeld;
    }
    const results: CaseResult[] = [];
    const failures: string[] = [];
    for (const name of chosen(setting.cases, options.only)) {
      const own: CaseOptions = { reps: options.reps, budgetMs: options.budgetSeconds * 1000 };
      try {
        const result = await call<CaseResult>(page, "runCase", name, own);
        results.push(result);
        caseTable(result, setting).forEach(say);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        failures.push(`${name}: ${text.split("\n", 3).join(" ")}`);
        say(`\n${name}: FAILED: ${text}`);
      }
    }
    const told = summary(results, setting);
    told.lines.forEach(say);
    await keep({ setting, results, failures }, options.json);
    return failures.length === 0 && told.agree;
  } finally {
    await browser.close();
  }
}

/** Writes results as JSON, dated: to a file, or with `-` to the terminal. */
async function keep(results: object, to: string | undefined): Promise<void> {
  const record = JSON.stringify({ date: new Date().toISOString(), ...results });
  if (to === "-") console.log(record);
  else if (to !== undefined) await writeFile(to, `${record}\n`);
}

function chosen(names: readonly string[], only: string | undefined): readonly string[] {
  if (only === undefined) return names;
  const parts = only.split(",").map((part) => part.trim().toLowerCase());
  const found = names.filter((name) => parts.some((part) => name.toLowerCase().includes(part)));
  if (found.length === 0)
    throw new Error(`--only ${only}: no such case among\n${names.join("\n")}`);
  return found;
}

async function call<T>(page: Page, name: keyof BenchPage, ...args: unknown[]): Promise<T> {
  return (await page.evaluate(
    async (fn, values) => {
      const called = globalThis.benchPage[fn] as (...all: unknown[]) => unknown;
      return await called(...values);
    },
    name,
    args,
  )) as T;
}
