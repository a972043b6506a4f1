/** `vl-reward monitor` from files to files: verdicts, exit codes, the state, kills, merging. */
import { spawn } from "node:child_process";
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { JsonObject } from "../../../src/base/json.ts";
import { Draws } from "../../../testing/trust/draws.ts";
import { plantedReference, plantedRun } from "../../../testing/trust/planted-drift.ts";
import { run } from "../../../testing/cli/run.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-monitor-"));
  await write("ref.jsonl", plantedReference(1, 600));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string): string => path.join(folder, name);

function lines(rows: readonly JsonObject[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

async function write(name: string, rows: readonly JsonObject[]): Promise<void> {
  await writeFile(at(name), lines(rows));
}

function monitor(output: string, ...more: string[]) {
  return run("monitor", "--reference", at("ref.jsonl"), "--output", at(output), ...more);
}

async function report(output: string) {
  return JSON.parse(await readFile(path.join(at(output), "report.json"), "utf8"));
}

test.each(["none", "engine", "model", "traffic"] as const)(
  "monitor: planted %s → verdict, exit code 0 or 3, JSON, a page of trends",
  async (drift) => {
    await write("run.jsonl", plantedRun({ seed: 5, rows: 1200, drift }));
    const { code, out, err } = await monitor("out", "--run", at("run.jsonl"));
    expect(code).toBe(drift === "none" ? 0 : 3);
    const said = JSON.parse(out);
    expect(Object.keys(said)).toEqual(["verdict", "reason", "tests"]);
    expect(said.verdict).toBe(drift);
    for (const { name, statistic, p, limit, alarm } of said.tests) {
      expect(typeof name).toBe("string");
      expect([typeof statistic, typeof alarm]).toEqual(["number", "boolean"]);
      expect(Number.isFinite(p) !== Number.isFinite(limit)).toBe(true);
    }
    expect(said.tests.some((one: { alarm: boolean }) => one.alarm)).toBe(drift !== "none");
    expect(await report("out")).toMatchObject({ verdict: drift, rows: 1230 });
    const html = await readFile(path.join(at("out"), "report.html"), "utf8");
    expect(html).toContain(drift === "none" ? "Nothing changed" : `The ${drift} changed`);
    expect(html.match(/<svg/g)?.length).toBeGreaterThan(5);
    expect(html).not.toMatch(/<script|<link|src=|url\(/);
    expect(err).toContain("run.jsonl: 1230 new rows");
  },
);

test("monitor: an output that ends in .json → that file, page and state beside it", async () => {
  await write("run.jsonl", plantedRun({ seed: 5, rows: 100, drift: "none" }));
  expect((await monitor("o.json", "--run", at("run.jsonl"), "--quiet")).code).toBe(0);
  expect(JSON.parse(await readFile(at("o.json"), "utf8")).rows).toBe(130);
  for (const name of ["o.html", "o.state.jsonl"])
    expect((await stat(at(name))).isFile()).toBe(true);
});

test("monitor: a run that grows → each row once; a changed or shorter run → refused", async () => {
  const rows = plantedRun({ seed: 6, rows: 1300, drift: "none" });
  await write("run.jsonl", rows.slice(0, 700));
  await appendFile(at("run.jsonl"), '{"id": "half", "sc');
  const first = await monitor("out", "--run", at("run.jsonl"));
  expect(first.err).toContain("line 701: is not JSON");
  expect(first.err).toContain("It is the last line: the next call reads it.");
  expect((await report("out")).rows).toBe(700);
  await write("run.jsonl", rows);
  const second = await monitor("out", "--run", at("run.jsonl"));
  expect(second.err).toContain("run.jsonl: 630 new rows, 700 known");
  const whole = await monitor("whole", "--run", at("run.jsonl"));
  expect(second.out).toBe(whole.out);
  await write("run.jsonl", rows.slice(0, 900));
  expect((await monitor("out", "--run", at("run.jsonl"))).err).toContain(
    "has 900 rows, and had 1330. Give the whole run, or a new --name.",
  );
  await write("run.jsonl", [...rows.slice(0, 1329), { ...rows[1329], score: 9 }]);
  const changed = await monitor("out", "--run", at("run.jsonl"));
  expect([changed.code, changed.err]).toEqual([
    1,
    expect.stringContaining("row 1330 is not as it was read"),
  ]);
});

test("monitor: the state cut at 20 places, as kills leave it → no row lost, none twice", async () => {
  await write("run.jsonl", plantedRun({ seed: 7, rows: 2000, drift: "none" }));
  const args = ["--run", at("run.jsonl")];
  const whole = await monitor("whole", ...args);
  const state = path.join(at("out"), "state.jsonl");
  const draws = new Draws(4);
  await monitor("out", ...args);
  for (let cut = 0; cut < 20; cut++) {
    await truncate(state, draws.below((await stat(state)).size + 1));
    const { out, code } = await monitor("out", ...args, "--quiet");
    expect([code, out]).toEqual([0, whole.out]);
    expect((await report("out")).rows).toBe(2030);
  }
  // A whole line that is not as it was written.
  const other = path.join(at("whole"), "state.jsonl");
  const text = await readFile(other, "utf8");
  const changed = text.replace(/("rows":\[\["[^"]+",)[^,]+/, (_, before: string) => `${before}99`);
  expect(changed).not.toBe(text);
  await writeFile(other, changed);
  const mended = await monitor("whole", ...args);
  expect(mended.out).toBe(whole.out);
  expect(mended.err).toContain("1 cut lines are not used");
});

test("monitor: kill -9 while it appends → the same call goes on to the same report", async () => {
  await write("run.jsonl", plantedRun({ seed: 8, rows: 20_000, drift: "none" }));
  const args = ["--reference", at("ref.jsonl"), "--run", at("run.jsonl"), "--output", at("out")];
  const script = path.resolve("tools/run.mjs");
  const child = spawn(process.execPath, [script, "cli", "monitor", ...args], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const timer = setInterval(() => {
    stat(path.join(at("out"), "state.jsonl")).then(
      ({ size }) => size > 200_000 && child.kill("SIGKILL"),
      () => {},
    );
  }, 1);
  await ended;
  clearInterval(timer);
  const resumed = await run("monitor", ...args);
  const whole = await monitor("whole", "--run", at("run.jsonl"));
  expect(resumed.out).toBe(whole.out);
  expect((await report("out")).rows).toBe(20_030);
}, 120_000);

test("monitor: states of two machines, merged or joined by cat, twice → each row once", async () => {
  for (const [name, seed] of [
    ["a", 11],
    ["b", 12],
  ] as const) {
    await write(`${name}.jsonl`, plantedRun({ seed, rows: 700, drift: "none" }));
    await monitor(name, "--run", at(`${name}.jsonl`));
  }
  const state = (name: string): string => path.join(at(name), "state.jsonl");
  const merge = ["--merge", state("a"), "--merge", state("b"), "--merge", state("a")];
  const merged = await monitor("both", ...merge);
  expect(merged.code).toBe(0);
  expect((await report("both")).rows).toBe(1460);
  expect((await monitor("both", ...merge)).out).toBe(merged.out);
  const joined = (
    await Promise.all(["b", "a", "b"].map((name) => readFile(state(name), "utf8")))
  ).join("");
  await writeFile(at("joined.jsonl"), joined);
  await monitor("cat", "--merge", at("joined.jsonl"));
  expect((await report("cat")).rows).toBe(1460);
  expect(JSON.parse(await readFile(path.join(at("cat"), "report.json"), "utf8")).verdict).toBe(
    "none",
  );
  await writeFile(at("again.jsonl"), await readFile(at("a.jsonl"), "utf8"));
  for (const name of ["a.jsonl", "again.jsonl"]) {
    await monitor("named", "--run", at(name), "--name", "one");
  }
  expect((await report("named")).rows).toBe(730);
  await writeFile(at("empty.jsonl"), "{}\n");
  expect((await monitor("x", "--merge", at("empty.jsonl"))).err).toContain(
    "has no rows of a monitor",
  );
});

test("monitor: a run in pieces of other lengths, joined in any order → each row once", async () => {
  const rows = plantedRun({ seed: 13, rows: 700, drift: "none" });
  const named = ["--run", at("run.jsonl"), "--name", "one"];
  await write("run.jsonl", rows);
  await monitor("whole", ...named);
  await write("run.jsonl", rows.slice(0, 300));
  await monitor("grown", ...named);
  await write("run.jsonl", rows);
  await monitor("grown", ...named);
  const states = ["whole", "grown"].map((name) =>
    readFile(path.join(at(name), "state.jsonl"), "utf8"),
  );
  const [whole = "", grown = ""] = await Promise.all(states);
  for (const [i, text] of [whole + grown, grown + whole].entries()) {
    await writeFile(at("joined.jsonl"), text);
    await monitor(`joined-${i}`, "--merge", at("joined.jsonl"));
    expect((await report(`joined-${i}`)).rows).toBe(730);
  }
});

test("monitor: --group → these columns alone; --alpha, --tolerance → are held", async () => {
  await write("run.jsonl", plantedRun({ seed: 5, rows: 800, drift: "engine" }));
  const loose = await monitor(
    "a",
    "--run",
    at("run.jsonl"),
    "--tolerance",
    "0.1",
    "--group",
    "none",
  );
  expect(JSON.parse(loose.out).verdict).toBe("none");
  expect((await report("a")).groups).toEqual([]);
  await monitor("b", "--run", at("run.jsonl"), "--group", "kind");
  expect((await report("b")).groups.map(({ value }: { value: string }) => value)).toEqual([
    "chart",
    "photo",
    "text",
  ]);
});

test.each([
  [["--output", "o"], 2, "--reference is missing"],
  [["--reference", "r", "--run", "u"], 2, "--output is missing"],
  [["--reference", "r", "--output", "o"], 2, "--run is missing"],
  [
    ["--reference", "r", "--run", "u", "--output", "o", "--alpha", "2"],
    2,
    "--alpha takes a number between 0 and 1; got 2",
  ],
  [
    ["--reference", "r", "--run", "u", "--output", "o", "--window", "3"],
    2,
    "--window takes a whole number from 10; got 3",
  ],
  [
    ["--reference", "/no/ref", "--run", "u", "--output", "/tmp/vl-reward-none"],
    1,
    "/no/ref: cannot be read",
  ],
])("monitor %j → exit code %i and why", async (args, wanted, why) => {
  const { code, err } = await run("monitor", ...args);
  expect([code, err.includes(why)]).toEqual([wanted, true]);
});

test("monitor: a row without a score → refused by file and line", async () => {
  await writeFile(at("run.jsonl"), '{"id": 1, "score": 2}\n{"id": 2}\n{"id": 3, "score": 1}\n');
  const { code, err } = await monitor("out", "--run", at("run.jsonl"));
  expect(code).toBe(1);
  expect(err).toContain("run.jsonl, line 2, score: expected a finite number, got nothing");
});
