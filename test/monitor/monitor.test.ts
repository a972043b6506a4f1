/**
 * Planted drift to verdicts, on small runs. `npm run bench -- trust` does the same on many and long
 * ones (docs/trust.md).
 */
import { expect, test } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { Monitor, type MonitorReport } from "../../src/monitor/monitor.ts";
import { MonitorReference } from "../../src/monitor/reference.ts";
import { readMonitorRow } from "../../src/monitor/row.ts";
import { plantedReference, plantedRun, type Planted } from "../../testing/trust/planted-drift.ts";

function monitor(
  reference: readonly JsonObject[],
  run: readonly JsonObject[],
  settings = {},
): MonitorReport {
  const known = new MonitorReference();
  for (const row of reference) known.add(readMonitorRow(row, "reference"));
  const watched = new Monitor(known, settings);
  for (const row of run) watched.add(readMonitorRow(row, "run"));
  return watched.report();
}

test.each<Planted>(["none", "engine", "model", "traffic"])(
  "20 runs, planted: %s → named rightly in 19 or more",
  (drift) => {
    const verdicts = Array.from({ length: 20 }, (_, i) => {
      const reference = plantedReference(i + 1, 600);
      return monitor(reference, plantedRun({ seed: i + 400, rows: 600, drift })).verdict;
    });
    expect(verdicts.filter((verdict) => verdict === drift).length).toBeGreaterThanOrEqual(19);
  },
);

test("10,000 scores without drift → at most one alarm", () => {
  const run = plantedRun({ seed: 3, rows: 10_000, drift: "none" });
  const report = monitor(plantedReference(2, 1000), run);
  expect(report.rows).toBe(10_030);
  expect(report.tests.filter(({ alarm }) => alarm).length).toBeLessThanOrEqual(1);
  expect(report.tests.length).toBeGreaterThan(12);
  expect(report.trends.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
});

/** Changes a column of the traffic; anchors stay. */
function changed(change: (row: JsonObject, i: number) => object): MonitorReport {
  const run = plantedRun({ seed: 7, rows: 1500, drift: "none" });
  const rows = run.map((row, i) => (row["anchor"] === true ? row : { ...row, ...change(row, i) }));
  return monitor(plantedReference(5, 1000), rows);
}

test.each<[string, string, (row: JsonObject, i: number) => object]>([
  [
    "longer answers",
    "tokens: Kolmogorov-Smirnov",
    (row) => ({ tokens: 1.4 * Number(row["tokens"]) }),
  ],
  [
    "larger pictures",
    "picture sizes: Kolmogorov-Smirnov",
    (row) => (row["pixels"] === undefined ? {} : { pixels: 1.5 * Number(row["pixels"]) }),
  ],
  ["half without a picture", "share without a picture", (_, i) => ({ pictures: i % 2 })],
  ["15 % unknown inputs", "share outside the reference set", (_, i) => ({ outside: i % 7 === 0 })],
  [
    "other kinds",
    "kind: shares of its groups",
    (_, i) => ({ kind: i % 3 === 0 ? "chart" : "photo" }),
  ],
  [
    "one kind's scores",
    "kind chart: score, Mann-Whitney",
    (row) => (row["kind"] === "chart" ? { score: Number(row["score"]) + 0.6 } : {}),
  ],
  [
    "a judge that guesses",
    "labels: accuracy",
    (row, i) => (row["correct"] === undefined ? {} : { correct: i % 8 === 0, probability: null }),
  ],
  [
    "a shift at the end",
    "score: CUSUM",
    (row, i) => ({ score: Number(row["score"]) + (i > 1380 ? 1 : 0) }),
  ],
])("traffic: %s → its test alarms, and the verdict is traffic", (_name, test_, change) => {
  const report = changed(change);
  expect(report.tests.filter(({ alarm }) => alarm).map(({ name }) => name)).toContain(test_);
  expect(report.verdict).toBe("traffic");
  expect(report.reason).toContain(test_);
});

test("labels: a trickle with chances → accuracy by PPI, narrower than the labels alone", () => {
  const { accuracy } = monitor(
    plantedReference(1, 1000),
    plantedRun({ seed: 8, rows: 3000, drift: "none" }),
  );
  expect(accuracy?.by).toBe("PPI");
  expect(accuracy?.labels).toBeGreaterThan(100);
  const { low = NaN, high = NaN } = accuracy?.interval ?? {};
  expect(low).toBeLessThan(0.77);
  expect(high).toBeGreaterThan(0.77);
});

test("ids that are numbers on both sides by coincidence → no anchors, and no row is lost", () => {
  const numbered = (rows: readonly JsonObject[]): JsonObject[] =>
    rows.filter((row) => row["anchor"] !== true).map((row, id) => ({ ...row, id }));
  const report = monitor(
    numbered(plantedReference(1, 1000)),
    numbered(plantedRun({ seed: 9, rows: 1000, drift: "none" })),
  );
  expect([report.verdict, report.anchors, report.rows]).toEqual(["none", undefined, 1000]);
  expect(report.trends.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
  expect(report.notes.join(" ")).toContain("No anchors were replayed");
});

test("a long run → at most 240 windows, all rows in them", () => {
  const report = monitor(
    plantedReference(1, 600),
    plantedRun({ seed: 2, rows: 6000, drift: "none" }),
    { window: 10 },
  );
  expect(report.trends.length).toBeLessThanOrEqual(240);
  expect(report.trends.length).toBeGreaterThan(100);
  expect(report.trends.reduce((sum, { count }) => sum + count, 0)).toBe(6000);
});

test("a reference that is too small, settings that make no sense → refused", () => {
  expect(() => monitor(plantedReference(1, 19), [])).toThrow(
    "reference: expected 20 rows or more besides anchors, got 19",
  );
  expect(() => monitor(plantedReference(1, 600), [], { k: 0 })).toThrow("CUSUM: expected k");
});

test("few scores, old rows, unknown anchors, many values → a note each", () => {
  const reference = plantedReference(1, 100).filter((row) => row["id"] !== "anchor 30");
  const [first = {}, ...rest] = plantedRun({ seed: 2, rows: 300, drift: "none" });
  const run = [first, ...rest.map((row, i) => ({ ...row, user: `u${i}`, time: 5_000_000 - i }))];
  const notes = monitor(reference, run).notes.join("\n");
  expect(notes).toContain("The reference has 100 scores.");
  expect(notes).toContain("1 anchors are not in the reference");
  expect(notes).toContain("rows are older than the row before them");
  expect(notes).toContain("Too many values to be groups: user.");
});

test("no rows → nothing is tested, and nothing alarms", () => {
  const report = monitor(plantedReference(1, 600), []);
  expect([report.verdict, report.tests]).toEqual(["none", []]);
});
