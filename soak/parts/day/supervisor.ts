/** Mixes the jobs of all lanes in one run, at a share of a core, until its time is over. */

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { repository } from "../../../tools/repository.ts";
import { random } from "../../../testing/store/model-fixture.ts";
import { familyOf, secondsOf } from "../processes.ts";
import { Hang, LaneClient } from "./lane-client.ts";
import { DayRecord } from "./record.ts";
import { type LaneName, type Plan, PLANS } from "./work.ts";

export interface DayOptions {
  readonly hours: number;
  /** Where the table goes: STEM.json and STEM.md. */
  readonly stem: string;
  /** Percent of one core, on average. */
  readonly share: number;
  readonly isFresh: boolean;
  /** Lanes that take part. */
  readonly lanes: readonly LaneName[];
  readonly log: (line: string) => void;
}

const MEASURE_SECONDS = 100;
/** No pause is longer: the pace is kept over several jobs. */
const LONGEST_PAUSE_MS = 120_000;

/** Runs until the hours are over or it is interrupted. Returns whether nothing was wrong. */
export async function superviseDay(options: DayOptions): Promise<boolean> {
  const { stem, hours, share, log } = options;
  const commit = execFileSync("git", ["rev-parse", "HEAD"], {
    cwd: repository,
    encoding: "utf8",
  }).trim();
  const record = DayRecord.open(stem, hours, commit, options.isFresh);
  const { state } = record;
  log(
    `${state.starts === 1 ? "begins" : `continues at ${(state.seconds / 3600).toFixed(2)} h`}, commit ${commit}`,
  );
  const temporary = `${stem}-tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const env = { ...process.env, TMPDIR: path.resolve(temporary), SOAK_PATIENCE: "20" };
  const lanes = new Map(options.lanes.map((name) => [name, new LaneClient(name, env)]));
  const lifeBefore = { ...state.laneStarts };
  const plans = PLANS.filter(({ lane }) => lanes.has(lane));
  let isInterrupted = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => (isInterrupted = true));
  }
  const clock = startClock(state.seconds, state.processorSeconds);
  const keep = (): void => {
    state.seconds = clock.seconds();
    state.processorSeconds = clock.processorSeconds();
    for (const [name, lane] of lanes)
      state.laneStarts[name] = (lifeBefore[name] ?? 0) + lane.starts;
    record.save();
  };
  let measuredAt = clock.seconds();
  while (!isInterrupted && clock.seconds() < hours * 3600) {
    const seed = state.nextSeed;
    state.nextSeed += 1;
    const plan = choose(plans, random(seed)());
    const lane = lanes.get(plan.lane);
    if (lane === undefined) throw new Error(plan.lane);
    const begin = performance.now();
    try {
      const { outcome } = await lane.ask(plan.job, seed);
      if (outcome === undefined) throw new Error(`${plan.job}: no outcome`);
      record.count(plan, seed, outcome, outcome.told, (performance.now() - begin) / 1000);
      if (outcome.verdict === "wrong") log(`WRONG ${plan.title}, seed ${seed}: ${outcome.told}`);
    } catch (error) {
      const told = String(error);
      const isHang = error instanceof Hang;
      const verdict = isHang ? "hang" : ({ verdict: "wrong", told } as const);
      record.count(plan, seed, verdict, told, (performance.now() - begin) / 1000);
      log(`${isHang ? "HANG" : "WRONG"} ${plan.title}, seed ${seed}: ${told}`);
    }
    keep();
    if (clock.seconds() - measuredAt > MEASURE_SECONDS) {
      measuredAt = clock.seconds();
      await measureAll(lanes, record, temporary, log);
      keep();
      const { cases, wrong, hangs, growing } = record.verdict();
      log(
        `${(state.seconds / 3600).toFixed(2)} h: ${cases} cases, ${wrong} wrong, ${hangs} hangs, ${growing} growing`,
      );
    }
    await pauseFor(clock, share, () => isInterrupted);
  }
  if (!isInterrupted) state.ended = new Date().toISOString();
  keep();
  for (const lane of lanes.values()) await lane.close();
  const left = readdirSync(temporary);
  if (left.length > 0) log(`left in the temporary folder: ${left.join(", ")}`);
  rmSync(temporary, { recursive: true, force: true });
  log(record.table());
  const { wrong, hangs, growing } = record.verdict();
  return wrong + hangs + growing + left.length === 0;
}

async function measureAll(
  lanes: ReadonlyMap<string, LaneClient>,
  record: DayRecord,
  temporary: string,
  log: (line: string) => void,
): Promise<void> {
  for (const [name, lane] of lanes) {
    if (lane.starts === 0) continue;
    try {
      const { measured } = await lane.ask(undefined, 0);
      if (measured !== undefined) record.measure(name, measured);
    } catch (error) {
      log(`${name}: was not measured: ${String(error)}`);
    }
  }
  // Between jobs only the lanes' own processes and folders are left.
  record.measure("machine", {
    processes: familyOf(process.pid).length,
    "temporary folders": readdirSync(temporary).length,
  });
}

function choose(plans: readonly Plan[], share: number): Plan {
  let left = share * plans.reduce((sum, { weight }) => sum + weight, 0);
  for (const plan of plans) {
    left -= plan.weight;
    if (left < 0) return plan;
  }
  const last = plans.at(-1);
  if (last === undefined) throw new Error("no lane takes part");
  return last;
}

interface Clock {
  /** Of the run, with earlier starts. */
  seconds(): number;
  processorSeconds(): number;
}

function startClock(secondsBefore: number, processorBefore: number): Clock {
  const begin = performance.now();
  let most = 0;
  return {
    seconds: () => secondsBefore + (performance.now() - begin) / 1000,
    processorSeconds: () => {
      // Processes that were orphaned take their times with them.
      most = Math.max(most, secondsOf(familyOf(process.pid)));
      return processorBefore + most;
    },
  };
}

/** Pauses so long that the processor's time stays under the share. */
async function pauseFor(clock: Clock, share: number, isOver: () => boolean): Promise<void> {
  const wantedMs = ((clock.processorSeconds() * 100) / share - clock.seconds()) * 1000;
  const end = performance.now() + Math.min(LONGEST_PAUSE_MS, wantedMs);
  while (performance.now() < end && !isOver()) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(1000, end - performance.now())));
  }
}
