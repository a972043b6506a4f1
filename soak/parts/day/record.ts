/**
 * What a day of work has given so far: counts by job, and the measurements. It is written after
 * each job, so that the run continues after it was killed.
 */

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { type Growth, growthOf, LEAST_SAMPLES, type Sample } from "../growth.ts";
import { type Outcome, type Plan, PLANS } from "./work.ts";

export interface Count {
  cases: number;
  right: number;
  refused: number;
  hangs: number;
  wrong: number;
  seconds: number;
}

/** Measurements of one process of a lane, by name. */
export interface Series {
  readonly lane: string;
  readonly life: number;
  readonly name: string;
  readonly samples: Sample[];
}

export interface Fault {
  readonly at: string;
  readonly title: string;
  readonly seed: number;
  readonly told: string;
}

/** The file's content. */
export interface State {
  readonly version: 1;
  readonly hours: number;
  readonly commit: string;
  readonly begun: string;
  updated: string;
  ended: string | undefined;
  /** Seconds of all runs together, without the time between a kill and the next start. */
  seconds: number;
  processorSeconds: number;
  /** Starts of the supervisor. */
  starts: number;
  laneStarts: Record<string, number>;
  nextSeed: number;
  readonly counts: Record<string, Count>;
  readonly faults: Fault[];
  readonly series: Series[];
}

/** What may grow by how much in the judged part of the run: noise, not a trend. */
const ALLOWED: Readonly<Record<string, number>> = {
  heap: 2 * 2 ** 20,
  "page heap": 2 * 2 ** 20,
};
/** Told, not judged: the allocators of the GPU's driver and of V8 are not the engine's. */
const TOLD_ONLY: readonly string[] = ["resident memory"];
const BYTES: readonly string[] = [
  "heap",
  "page heap",
  "resident memory",
  "GPU bytes",
  "store bytes",
];
/** Faults that are kept in full; all are counted. */
const MOST_FAULTS = 200;

export class DayRecord {
  readonly state: State;
  readonly #stem: string;

  private constructor(stem: string, state: State) {
    this.#stem = stem;
    this.state = state;
  }

  /** Continues the record of a stem if it has not ended and is of the same commit. */
  static open(stem: string, hours: number, commit: string, isFresh: boolean): DayRecord {
    const before = isFresh ? undefined : readState(`${stem}.json`);
    const continues =
      before?.ended === undefined && before?.commit === commit && before.hours === hours;
    const now = new Date().toISOString();
    const state: State = continues
      ? before
      : {
          version: 1,
          hours,
          commit,
          begun: now,
          updated: now,
          ended: undefined,
          seconds: 0,
          processorSeconds: 0,
          starts: 0,
          laneStarts: {},
          nextSeed: 1,
          counts: {},
          faults: [],
          series: [],
        };
    state.starts += 1;
    return new DayRecord(stem, state);
  }

  count(plan: Plan, seed: number, outcome: Outcome | "hang", told: string, seconds: number): void {
    const { counts, faults } = this.state;
    const count = (counts[plan.title] ??= {
      cases: 0,
      right: 0,
      refused: 0,
      hangs: 0,
      wrong: 0,
      seconds: 0,
    });
    count.cases += 1;
    count.seconds += seconds;
    if (outcome === "hang") count.hangs += 1;
    else count[outcome.verdict] += 1;
    if (outcome !== "hang" && outcome.verdict !== "wrong") return;
    const fault = {
      at: new Date().toISOString(),
      title: plan.title,
      seed,
      told: told.slice(0, 2000),
    };
    if (faults.length < MOST_FAULTS) faults.push(fault);
  }

  measure(lane: string, measured: Readonly<Record<string, number>>): void {
    const life = this.state.laneStarts[lane] ?? 0;
    for (const [name, value] of Object.entries(measured)) {
      const same = (one: Series): boolean =>
        one.lane === lane && one.life === life && one.name === name;
      let series = this.state.series.find(same);
      if (series === undefined) {
        series = { lane, life, name, samples: [] };
        this.state.series.push(series);
      }
      series.samples.push({ at: this.state.seconds, value });
    }
  }

  /** Returns the number of each kind of failure. */
  verdict(): {
    readonly wrong: number;
    readonly hangs: number;
    readonly growing: number;
    readonly cases: number;
  } {
    const counts = Object.values(this.state.counts);
    const sum = (of: (one: Count) => number): number =>
      counts.reduce((all, one) => all + of(one), 0);
    const growing = this.#growths().filter(
      ({ name, growth }) => !TOLD_ONLY.includes(name) && growth.isGrowing,
    );
    return {
      cases: sum(({ cases }) => cases),
      wrong: sum(({ wrong }) => wrong),
      hangs: sum(({ hangs }) => hangs),
      growing: growing.length,
    };
  }

  #growths(): (Series & { readonly growth: Growth })[] {
    return this.state.series.flatMap((series) => {
      const growth = growthOf(series.samples, ALLOWED[series.name] ?? 0.5);
      return growth === undefined ? [] : [{ ...series, growth }];
    });
  }

  /** Writes the state and the table. A kill in between leaves the earlier ones. */
  save(): void {
    this.state.updated = new Date().toISOString();
    replace(`${this.#stem}.json`, `${JSON.stringify(this.state)}\n`);
    replace(`${this.#stem}.md`, this.table());
  }

  /** Returns the table, as Markdown. */
  table(): string {
    const { state } = this;
    const { cases, wrong, hangs, growing } = this.verdict();
    const kills = state.starts - 1;
    const percent = ((100 * state.processorSeconds) / Math.max(1, state.seconds)).toFixed(0);
    const lines = [
      `${state.begun.slice(0, 16).replace("T", " ")} UTC, commit ${state.commit.slice(0, 10)}, ` +
        `${cpus()[0]?.model.trim() ?? "unknown processor"}, SwiftShader; \`npm run soak -- day --hours ${state.hours}\`: ` +
        `${(state.seconds / 3600).toFixed(2)} h${state.ended === undefined ? " so far" : ""}, ` +
        `${percent} % of a core, ${kills === 0 ? "never" : `${kills} times`} killed itself.`,
      "",
      `**${cases} cases: ${wrong} wrong, ${hangs} hangs, ${growing} of ${this.#judgedCount()} measurements grow.**`,
      "",
      "| work | cases | right | typed error, then right | hangs | wrong | seconds each |",
      "|---|---:|---:|---:|---:|---:|---:|",
      ...PLANS.flatMap(({ title }) => {
        const one = state.counts[title];
        if (one === undefined) return [];
        const each = (one.seconds / one.cases).toFixed(1);
        return [
          `| ${title} | ${one.cases} | ${one.right} | ${one.refused} | ${one.hangs} | ${one.wrong} | ${each} |`,
        ];
      }),
      "",
      "| measured in | what | samples | first judged | last | growth an hour | verdict |",
      "|---|---|---:|---:|---:|---:|---|",
      ...this.#growths().map(({ lane, life, name, samples, growth }) => {
        const show = (value: number): string =>
          BYTES.includes(name)
            ? `${(value / 2 ** 20).toFixed(2)} MiB`
            : String(Math.round(value * 100) / 100);
        const verdict = TOLD_ONLY.includes(name)
          ? "told, not judged"
          : growth.isGrowing
            ? "**grows**"
            : "flat";
        const hour = growth.isSignificant ? show(growth.slope * 3600) : "no trend";
        const where = (state.laneStarts[lane] ?? 1) > 1 ? `${lane}, process ${life}` : lane;
        return `| ${where} | ${name} | ${samples.length} | ${show(growth.first)} | ${show(growth.last)} | ${hour} | ${verdict} |`;
      }),
      "",
      ...state.faults.map(
        ({ at, title, seed, told }) =>
          `- ${at}, ${title}, seed ${seed}: ${told.replaceAll(/\s+/g, " ")}`,
      ),
    ];
    return `${lines.join("\n").trimEnd()}\n`;
  }

  #judgedCount(): number {
    return this.state.series.filter(
      ({ name, samples }) => !TOLD_ONLY.includes(name) && samples.length * 0.75 >= LEAST_SAMPLES,
    ).length;
  }
}

function readState(file: string): State | undefined {
  try {
    const state = JSON.parse(readFileSync(file, "utf8")) as State;
    return (state.version as number) === 1 ? state : undefined;
  } catch {
    return undefined;
  }
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
