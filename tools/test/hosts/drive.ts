/** Drives a built project in headless Chrome: clicks, reads, measures. */

import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer, { type Browser, type Frame, type Page, TargetType } from "puppeteer";
import { launchBrowser } from "../../../cli/chrome/browser.ts";
import { longestTaskMs } from "../../../test/demo/main-thread.ts";
import { repository } from "../../repository.ts";
import { leastOf, type Measured } from "./least.ts";
import type { Host, Step } from "./list.ts";
import { toolCommand, type Project, type Tell } from "./project.ts";
import { serveHost, type HostServer } from "./serve.ts";

/** Gzipped bytes of scripts. */
interface ScriptBytes {
  /** Of a page that scored in its own thread. */
  thread?: number;
  /** Of a page that scored in a worker, and of what that worker ran. */
  page?: number;
  engine?: number;
}

export interface HostResult {
  readonly name: string;
  readonly lines: { readonly name: string; readonly problem: string | undefined }[];
  readonly scripts: ScriptBytes;
  longestTaskMs: number | undefined;
}

const TOLERANCE = 1e-5;
/** No task of the page's thread may take longer while a worker loads and scores. */
const LONGEST_TASK_MS = 50;
const PATIENCE_MS = 120_000;

/** Of the first sample: "Yes, purple is the highest.", "No, purple is not the highest." */
const [YES = Number.NaN, , NO = Number.NaN] = referenceScores();

function referenceScores(): readonly number[] {
  const file = path.join(repository, "weights/tiny-vl-reward/reference_scores.json");
  const { samples } = JSON.parse(readFileSync(file, "utf8")) as {
    samples: Record<string, { bf16: readonly number[] }>;
  };
  return samples["sample-01"]?.bf16 ?? [];
}

export async function runHost(
  project: Project,
  host: Host,
  result: HostResult,
  tell: Tell,
): Promise<void> {
  const started =
    "program" in host.serve ? await startProgram(project, host.serve.program) : undefined;
  const folder = "folder" in host.serve ? path.join(project.folder, host.serve.folder) : "";
  const server = await serveHost({
    from: started?.port ?? folder,
    policy: host.policy,
    headers: host.headers,
  });
  const launcher: Parameters<typeof launchBrowser>[0] & object = {
    launcher: {
      launch: async (options) =>
        await puppeteer.launch({
          ...options,
          ...(host.extension === true ? { enableExtensions: [folder] } : {}),
        }),
    },
  };
  const browser = await launchBrowser(launcher);
  try {
    const first = host.extension === true ? await extensionPage(browser) : server.url;
    for (const step of host.steps) {
      const place = { browser, server, first, folder, host, step, result };
      const measures = step.measures === "worker" || step.measures === "task";
      const measure = async (): Promise<Measured> => {
        const problem = await tryStep(place);
        return { problem, value: measures ? (result.longestTaskMs ?? 0) : 0 };
      };
      const { problem, value } = await leastOf(LONGEST_TASK_MS, measure, (values) => {
        console.log(`    longest tasks: ${values.map((one) => one.toFixed(0)).join(", ")} ms`);
      });
      if (measures) result.longestTaskMs = value;
      tell(step.name, problem);
    }
    const { longestTaskMs: longest } = result;
    if (longest === undefined) return;
    const isLong = longest >= LONGEST_TASK_MS;
    const said = `${inMs(result)} of CPU`;
    tell(
      `no long task beside the worker (${said})`,
      isLong ? `${said}, wanted 50 at most` : undefined,
    );
  } finally {
    await browser.close();
    server.close();
    started?.end();
  }
}

function inMs({ longestTaskMs: longest = 0 }: HostResult): string {
  return `${longest.toFixed(0)} ms`;
}

interface StepPlace {
  readonly browser: Browser;
  readonly server: HostServer;
  readonly first: string;
  readonly folder: string;
  readonly host: Host;
  readonly step: Step;
  readonly result: HostResult;
}

/** Returns what is wrong, or undefined. */
async function tryStep(place: StepPlace): Promise<string | undefined> {
  const { browser, server, first, folder, host, step, result } = place;
  if (step.page === "html") {
    const text = await (await fetch(first)).text();
    return saysWhat(step, text.replaceAll("&quot;", '"'));
  }
  const page = await browser.newPage();
  const complaints = watch(page);
  server.scripts.clear();
  try {
    let said: string | readonly number[] = "";
    const url = step.page === "file:" ? pathToFileURL(path.join(folder, "index.html")).href : first;
    await page.goto(url);
    const frame = host.frame === true ? await innerFrame(page) : page.mainFrame();
    const act = async (): Promise<void> => void (said = await click(frame, step));
    if (step.measures === "worker" || step.measures === "task") {
      // What a framework does to start is its own.
      await frame.waitForSelector(String(step.click), { timeout: PATIENCE_MS });
      result.longestTaskMs = await longestTaskMs(page, act);
      if (step.measures === "worker") Object.assign(result.scripts, workerBytes(server.scripts));
    } else await act();
    if (step.measures === "thread" && server.scripts.size > 0) {
      result.scripts.thread = [...server.scripts.values()].reduce(
        (sum, { bytes }) => sum + bytes,
        0,
      );
    }
    const unexpected = complaints.filter((one) => step.complaint?.test(one) !== true);
    return saysWhat(step, said) ?? unexpected[0];
  } catch (error) {
    return `${String(error)} ${complaints.join(" | ")}`;
  } finally {
    await page.close();
  }
}

/** The worker's file is a script of its own; the rest is the page's. */
function workerBytes(scripts: HostServer["scripts"]): ScriptBytes {
  const sum = { page: 0, engine: 0 };
  for (const { bytes, isEngine } of scripts.values()) sum[isEngine ? "engine" : "page"] += bytes;
  return sum.page + sum.engine > 0 ? sum : {};
}

/** Clicks once there is something to click, and waits for what the page then says. */
async function click(frame: Frame, step: Step): Promise<string | readonly number[]> {
  if (step.click !== undefined) {
    const button = await frame.waitForSelector(step.click, { timeout: PATIENCE_MS });
    // A framework may still bind its listeners: press until something begins.
    await frame.waitForFunction(() => document.readyState === "complete");
    await button?.click();
  }
  if (step.expected === "element") {
    const values = await frame.waitForFunction(
      (where: string) => {
        const element = document.querySelector(where) as
          | (HTMLElement & { values: readonly number[]; fault?: Error })
          | null;
        if (element?.fault) return element.fault.message;
        return element !== null && element.values.length > 0 && [...element.values];
      },
      { timeout: PATIENCE_MS },
      step.at ?? "vl-score",
    );
    return (await values.jsonValue()) as string | number[];
  }
  const text = await frame.waitForFunction(
    (where: string) => {
      const element = document.querySelector<HTMLElement>(where);
      return element !== null && element.checkVisibility() && element.textContent?.trim();
    },
    { timeout: PATIENCE_MS },
    step.at ?? "output",
  );
  return String(await text.jsonValue());
}

function saysWhat({ expected }: Step, said: string | readonly number[]): string | undefined {
  const got = typeof said === "string" ? [said === "" ? Number.NaN : Number(said)] : said;
  if (expected instanceof RegExp) {
    return expected.test(String(said))
      ? undefined
      : `expected ${String(expected)}, got ${String(said)}`;
  }
  const wanted = expected === "score" ? [YES] : [NO, YES];
  const isRight =
    got.length === wanted.length &&
    wanted.every((one, i) => Math.abs(one - (got[i] ?? Number.NaN)) <= TOLERANCE);
  return isRight ? undefined : `expected ${wanted.join()} within ${TOLERANCE}, got ${String(said)}`;
}

/** What a page says of itself that no test wants: errors, refusals of the policy. */
function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`uncaught: ${String(error)}`));
  page.on("console", (message) => {
    // The engine asks for files that a model may lack.
    if (message.type() !== "error" || / status of 404 |ERR_FILE_NOT_FOUND/.test(message.text()))
      return;
    complaints.push(`console: ${message.text()}`);
  });
  return complaints;
}

async function innerFrame(page: Page): Promise<Frame> {
  const frame = page.frames().find((one) => one.url().endsWith("frame.html"));
  if (!frame) throw new Error("the page has no frame");
  return frame;
}

/** Waits for the extension's service worker. Returns the address of its page. */
async function extensionPage(browser: Browser): Promise<string> {
  const worker = await browser.waitForTarget((one) => one.type() === TargetType.SERVICE_WORKER);
  return new URL("/popup.html", worker.url()).href;
}

/** Starts a host's own server on a free port. */
async function startProgram(
  { folder, workplace }: Project,
  [program = "", ...args]: readonly string[],
): Promise<{ readonly port: number; end(): void }> {
  const port = await freePort();
  const [node, before] = toolCommand(workplace, program);
  const child: ChildProcess = spawn(
    node,
    [...before, ...args.map((one) => (one === "PORT" ? String(port) : one))],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (piece: Buffer) => (log += piece.toString()));
  }
  const end = (): void => {
    // It may have children: the whole group ends.
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
  };
  for (let tries = 0; tries < 240; tries += 1) {
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (isUp) return { port, end };
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  end();
  throw new Error(`${program} serves nothing:\n${log}`);
}

async function freePort(): Promise<number> {
  return await new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
