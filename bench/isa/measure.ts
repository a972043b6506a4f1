/** Compiles the jobs of GPUs, and traces their accesses to workgroup memory. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ProfileDevice } from "../../src/kernels/profile.ts";
import { testDevice } from "../../testing/gpu/gpu.ts";
import { Compiler, failureOf } from "./compile.ts";
import type { ShownAdapter } from "./compile.ts";
import type { Gpu } from "./gpus.ts";
import { jobsOf } from "./jobs.ts";
import type { GpuJob, Job } from "./jobs.ts";
import { parse } from "./parse/parse.ts";
import type { Parsed } from "./parse/instruction.ts";
import { rowLine, tableHead } from "./report.ts";
import type { Saved } from "./report.ts";
import { rowOf, sourceHash } from "./rows.ts";
import type { Row } from "./rows.ts";
import { traceBanks } from "./trace.ts";
import type { Banks } from "./trace.ts";

export interface IsaOptions {
  readonly only: RegExp;
  readonly all: boolean;
  readonly out: string | undefined;
  /** Processes that run together. */
  readonly together: number;
  readonly say: (line: string) => void;
}

/** Compiles in a folder that setup.sh has made. */
export async function measureIsa(
  folder: string,
  wanted: readonly Gpu[],
  { only, all, out, together, say }: IsaOptions,
): Promise<Saved> {
  const compiler = await Compiler.open(folder);
  const rows: Row[] = [];
  let driver = "";
  for (const gpu of wanted) {
    const missing = compiler.lacks(gpu);
    if (missing !== undefined) {
      throw new Error(`${gpu.name}: ${missing} is missing. Run bash bench/isa/setup.sh ${folder}.`);
    }
    const adapter = await compiler.adapter(gpu);
    driver = /Mesa [\d.]+/.exec(adapter.description)?.[0] ?? driver;
    const { profile, jobs } = jobsOf(deviceOf(gpu, adapter), all);
    const { subgroupMinSize: least, subgroupMaxSize: most } = adapter;
    say(`\n${gpu.title}: profile ${profile.name}, subgroups of ${least} to ${most}`);
    say(tableHead());
    const own = jobs.filter(({ job }) => only.test(job.id));
    const found: Row[] = [];
    const next = own.values();
    const work = async (): Promise<void> => {
      for (const one of next) found.push(await measureJob(compiler, gpu, one, adapter, out));
    };
    await Promise.all(Array.from({ length: together }, work));
    const byName = new Map(found.map((row) => [row.kernel, row]));
    for (const { job } of own) {
      const row = byName.get(job.id);
      if (!row) continue;
      rows.push(row);
      say(rowLine(row));
    }
  }
  return { driver, dawn: compiler.dawn, rows };
}

async function measureJob(
  compiler: Compiler,
  gpu: Gpu,
  one: GpuJob,
  { architecture }: ShownAdapter,
  out: string | undefined,
): Promise<Row> {
  const { job } = one;
  const { text } = await compiler.compile(gpu, job);
  if (out !== undefined) {
    mkdirSync(path.join(out, gpu.name), { recursive: true });
    writeFileSync(path.join(out, gpu.name, `${job.id}.txt`), text, "latin1");
  }
  const failed = failureOf(text);
  const parsed: Parsed | { failed: string } =
    failed === undefined ? parse(gpu.compiler, text, architecture) : { failed };
  const banks = failed === undefined ? await banksOf(compiler.cache, job) : undefined;
  return rowOf(gpu, one, parsed, banks);
}

/** Traces a job once, and keeps the result beside the compilers'. */
async function banksOf(cache: string, job: Job): Promise<Banks | undefined> {
  const { features } = job.step.kernel;
  // SwiftShader has neither f16 nor matrix units.
  if (features.includes("shader-f16") || job.step.bindings === undefined) return undefined;
  if (!job.step.kernel.source.includes("var<workgroup>")) return undefined;
  const kept = path.join(cache, `banks-${sourceHash(job)}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, "utf8")) as Banks;
  const banks = await traceBanks(await testDevice(), job);
  writeFileSync(kept, JSON.stringify(banks));
  return banks;
}

/** Returns the device as a browser would show it, with what drivers and shims change put back. */
export function deviceOf(gpu: Gpu, adapter: ShownAdapter): ProfileDevice {
  const { subgroupMinSize, subgroupMaxSize, features, matrices } = adapter;
  const facts = { name: gpu.seen, software: false, subgroupMinSize, subgroupMaxSize, matrices };
  return { adapter: facts, has: (feature) => features.includes(feature) };
}
