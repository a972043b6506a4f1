/**
 * Plants biases and drifts and counts what audit and monitor make of them; measures the time of a
 * long run and kills it while it works. `docs/trust.md` has the figures.
 */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { audit } from "../src/audit/audit.ts";
import { defaultSwaps, swapEdit } from "../src/audit/edits.ts";
import { Monitor } from "../src/monitor/monitor.ts";
import { binEdges, countBins, stabilityIndex } from "../src/monitor/psi.ts";
import { MonitorReference } from "../src/monitor/reference.ts";
import { readMonitorRow } from "../src/monitor/row.ts";
import { Draws } from "../testing/trust/draws.ts";
import { plantedPairs } from "../testing/trust/planted-bias.ts";
import {
  plantedReference,
  plantedRows,
  plantedRun,
  type Planted,
} from "../testing/trust/planted-drift.ts";
import { numberOf, type Values } from "../tools/options.ts";

export const usage = `
npm run bench -- trust [OPTIONS]: planted biases and drifts, a long run, kills

  --runs N     audits with a planted bias and as many without, 1,000 by default
  --drifts N   monitored runs of each kind, 100 by default
  --rows N     rows of the long run, 100,000 by default
  --kills N    kills of the long run, 20 by default
`;

export const options = {
  runs: { type: "string", default: "1000" },
  drifts: { type: "string", default: "100" },
  rows: { type: "string", default: "100000" },
  kills: { type: "string", default: "20" },
} as const;

export async function run(values: Values<typeof options>): Promise<boolean> {
  const runs = numberOf("runs", values.runs);
  const drifts = numberOf("drifts", values.drifts);
  const failures = [
    ...biases(runs),
    ...kindsOfDrift(drifts),
    ...withoutDrift(drifts),
    ...stabilityAlarms(),
    ...(await longRun(numberOf("rows", values.rows), numberOf("kills", values.kills))),
  ];
  console.log(failures.length === 0 ? "passed" : `missed: ${failures.join(", ")}`);
  return failures.length === 0;
}

const common = { judge: { model: "planted" }, edited: [], swaps: swapEdit(defaultSwaps) };

function biases(runs: number): string[] {
  const b = 0.3;
  let covered = 0;
  let alarms = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const planted = plantedPairs({ seed, prompts: 100, length: b }).map((row) => ({
      ...row,
      columns: undefined,
    }));
    const { results, scoreDeviation } = audit({
      ...common,
      rows: planted,
      bootstrap: { resamples: 1000 },
    });
    const length = results.find(({ name }) => name === "length");
    const scale = (b * (length?.details["spread"] ?? NaN)) / scoreDeviation;
    const { low = NaN, high = NaN } = length?.interval ?? {};
    if (low <= scale && scale <= high) covered += 1;
    const rows = plantedPairs({ seed: 1e6 + seed, prompts: 100, length: 0 });
    const none = audit({ ...common, rows, bootstrap: { resamples: 2 }, permutations: 999 });
    if (none.results.some(({ verdict }) => verdict === "effect")) alarms += 1;
  }
  const share = (100 * covered) / runs;
  const falsely = (100 * alarms) / runs;
  console.log(`b within its 95 % interval: ${share.toFixed(1)} % of ${runs} audits of 100 prompts`);
  console.log(`b = 0, any effect after Holm: ${falsely.toFixed(1)} % of ${runs} audits`);
  return [
    ...(share < 93 || share > 97 ? ["coverage"] : []),
    ...(falsely > 5 ? ["Holm's false alarms"] : []),
  ];
}

function monitored(seed: number, rows: number, drift: Planted, size?: number) {
  const reference = new MonitorReference();
  for (const row of plantedReference(seed, 1000)) reference.add(readMonitorRow(row, "reference"));
  const monitor = new Monitor(reference);
  const planted =
    size === undefined
      ? { seed: seed + 1e5, rows, drift }
      : { seed: seed + 1e5, rows, drift, size };
  for (const row of plantedRun(planted)) monitor.add(readMonitorRow(row, "run"));
  return monitor.report();
}

function kindsOfDrift(runs: number): string[] {
  const cases: readonly (readonly [Planted, number | undefined, string])[] = [
    ["none", undefined, "nothing"],
    ["engine", 0.001, "engine, 0.001 SD"],
    ["engine", 0.05, "engine, 0.05 SD"],
    ["model", 0.3, "model, 0.3 SD"],
    ["model", 1, "model, 1 SD"],
    ["traffic", 0.3, "traffic, 0.3 SD"],
    ["traffic", 1, "traffic, 1 SD"],
  ];
  return cases.flatMap(([drift, size, name]) => {
    let right = 0;
    for (let seed = 1; seed <= runs; seed++) {
      if (monitored(seed, 2000, drift, size).verdict === drift) right += 1;
    }
    console.log(`${name}: named rightly in ${right} of ${runs} runs of 2,000 rows`);
    return right < 0.95 * runs ? [name] : [];
  });
}

function withoutDrift(runs: number): string[] {
  let most = 0;
  let any = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const alarms = monitored(2000 + seed, 10_000, "none").tests.filter(({ alarm }) => alarm).length;
    most = Math.max(most, alarms);
    if (alarms > 0) any += 1;
  }
  console.log(
    `10,000 rows without drift: an alarm in ${any} of ${runs} runs, at most ${most} in one`,
  );
  return most > 1 ? ["alarms without drift"] : [];
}

function stabilityAlarms(): string[] {
  const draws = new Draws(1);
  const sample = (count: number): number[] => Array.from({ length: count }, () => draws.normal());
  return [50, 100, 200, 500].flatMap((size) => {
    let over = 0;
    for (let window = 0; window < 5000; window++) {
      const reference = sample(1000);
      const edges = binEdges(reference);
      const index = stabilityIndex(countBins(edges, reference), countBins(edges, sample(size)));
      if (index.value > index.limit) over += 1;
    }
    console.log(
      `PSI, n = ${size}: over its limit in ${((100 * over) / 5000).toFixed(2)} % of 5,000 windows`,
    );
    return over > 100 && size >= 100 ? [`PSI at ${size}`] : [];
  });
}

async function longRun(rows: number, kills: number): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-trust-"));
  try {
    const file = (name: string): string => path.join(folder, name);
    await write(file("ref.jsonl"), plantedReference(1, 1000));
    await write(file("run.jsonl"), plantedRows({ seed: 9, rows, drift: "none" }));
    const files = ["--reference", file("ref.jsonl"), "--run", file("run.jsonl")];
    const call = (output: string): string[] => {
      return ["monitor", ...files, "--output", file(output), "--quiet"];
    };
    // The first call builds the command line.
    await cli(["--version"]);
    const begin = performance.now();
    const whole = await cli(call("whole"));
    const seconds = (performance.now() - begin) / 1000;
    console.log(
      `${rows} rows: ${seconds.toFixed(1)} s, ${Math.round(whole.peakKiB / 1024)} MiB at most`,
    );
    let killed = 0;
    const draws = new Draws(2);
    for (let tries = 0; killed < kills && tries < 4 * kills; tries++) {
      // At any moment of the run: most of them while it appends.
      if ((await cli(call("killed"), seconds * 1000 * draws.uniform())).isKilled) killed += 1;
    }
    const after = await cli(call("killed"));
    const report = JSON.parse(await readFile(path.join(file("killed"), "report.json"), "utf8"));
    const size = (await stat(path.join(file("killed"), "state.jsonl"))).size;
    console.log(
      `${killed} kills: ${report.rows} of ${rows} rows, state ${Math.round(size / 1024)} KiB, report ${after.out === whole.out ? "equal" : "DIFFERENT"}`,
    );
    return [
      ...(seconds > 20 ? ["20 s"] : []),
      ...(report.rows === rows && after.out === whole.out ? [] : ["rows after kills"]),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function write(name: string, rows: Iterable<object>): Promise<void> {
  const stream = createWriteStream(name);
  for (const row of rows) stream.write(`${JSON.stringify(row)}\n`);
  await new Promise((resolve) => stream.end(resolve));
}

interface Ended {
  readonly out: string;
  readonly isKilled: boolean;
  readonly peakKiB: number;
}

/** Runs the command line in a process of its own, and kills it after some milliseconds. */
async function cli(args: readonly string[], killAfterMs?: number): Promise<Ended> {
  const child = spawn(process.execPath, [path.resolve("tools/run.mjs"), "cli", ...args]);
  let out = "";
  let peakKiB = 0;
  child.stdout.on("data", (piece: Buffer) => (out += piece.toString()));
  const timer =
    killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const look = setInterval(() => {
    readFile(`/proc/${child.pid}/status`, "utf8").then(
      (text) => (peakKiB = Math.max(peakKiB, Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? 0))),
      () => {},
    );
  }, 50);
  const signal = await new Promise<string | null>((resolve) =>
    child.once("close", (_code, name) => resolve(name)),
  );
  clearTimeout(timer);
  clearInterval(look);
  return { out, isKilled: signal !== null, peakKiB };
}
