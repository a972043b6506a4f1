/**
 * `npm test -- hosts [HOST…]`: the packed library in the bundlers, frameworks and other places that
 * people build pages with. Each project of `examples/hosts` is built with its own tool, checked for
 * types, served with a strict policy, and driven in headless Chrome: it must score the embedded
 * model's first sample as the reference does. Not part of `npm test`: the tools are 500 MB.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { readOptions, UsageError } from "../options.ts";
import { HOSTS, type Host } from "./hosts/list.ts";
import type { HostResult } from "./hosts/drive.ts";
import { tryPureFunction } from "./hosts/shake.ts";
import { installTools, makeProject, type Workplace } from "./hosts/project.ts";

const names = HOSTS.map(({ name }) => name);

const usage = `
npm test -- hosts [HOST…]: the packed library in the places that people embed it in

  HOST      by default all: ${names.slice(0, 7).join(", ")},
            ${names.slice(7).join(", ")}
  --keep    leaves the projects, and says where they are

Tools are installed once, by examples/hosts/package-lock.json, into .cache/hosts.
`;

const options = { keep: { type: "boolean", default: false } } as const;

export async function testHosts(args: readonly string[]): Promise<number> {
  const parsed = readOptions(args, usage, options, true);
  if (parsed === undefined) return 0;
  const unknown = parsed.positionals.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`hosts: expected some of ${names.join(", ")}, got ${unknown}`);
  const { positionals } = parsed;
  const chosen = HOSTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-hosts-"));
  try {
    const workplace = await installTools(folder);
    const results: HostResult[] = [];
    for (const host of chosen) results.push(await tryHost(workplace, host));
    return report(results);
  } finally {
    if (parsed.values.keep) console.log(folder);
    else await rm(folder, { recursive: true });
  }
}

async function tryHost(workplace: Workplace, host: Host): Promise<HostResult> {
  const result: HostResult = { name: host.name, lines: [], scripts: {}, longestTaskMs: undefined };
  console.log(`\n${host.name}`);
  const tell = (name: string, problem: string | undefined): void => {
    result.lines.push({ name, problem });
    console.log(problem === undefined ? `  passed: ${name}` : `  FAILED: ${name}: ${problem}`);
  };
  try {
    // Brings the browser's driver, which help and docs do without.
    const { runHost } = await import("./hosts/drive.ts");
    const project = await makeProject(workplace, host, tell);
    if (host.shakes === true) await tryPureFunction(project, tell);
    await runHost(project, host, result, tell);
  } catch (error) {
    tell("runs", error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return result;
}

/** Prints the table of docs/hosts.md, and the counts. */
function report(results: readonly HostResult[]): number {
  const inKb = (bytes: number | undefined): string =>
    bytes === undefined ? "" : `${(bytes / 1000).toFixed(1)} KB`;
  console.log("\n| host | this thread | worker: the page | worker: the engine | longest task |");
  console.log("|---|---|---|---|---|");
  for (const { name, scripts, longestTaskMs } of results) {
    const task = longestTaskMs === undefined ? "" : `${longestTaskMs.toFixed(0)} ms`;
    const sizes = [scripts.thread, scripts.page, scripts.engine].map(inKb);
    console.log(`| ${name} | ${sizes.join(" | ")} | ${task} |`);
  }
  const lines = results.flatMap((one) => one.lines);
  const failed = lines.filter(({ problem }) => problem !== undefined).length;
  console.log(`\n${lines.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
