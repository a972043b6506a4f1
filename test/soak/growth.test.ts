/** Growth told from noise, and the record of a day that is killed and continued. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { DayRecord } from "../../soak/parts/day/record.ts";
import { type Plan, PLANS, refused, right, wrong } from "../../soak/parts/day/work.ts";
import { growthOf } from "../../soak/parts/growth.ts";
import { random } from "../../testing/store/model-fixture.ts";

const series = (value: (i: number, next: number) => number, count = 60) => {
  const next = random(3);
  return Array.from({ length: count }, (_, i) => ({ at: i * 100, value: value(i, next()) }));
};

test.each<[string, (i: number, next: number) => number, boolean]>([
  ["constant", () => 7, false],
  ["noise", (_, next) => 1000 + next * 500, false],
  [
    "a cache that fills in the first quarter",
    (i, next) => Math.min(i, 12) * 1000 + next * 50,
    false,
  ],
  ["falling", (i) => 1000 - i, false],
  ["one more each time", (i) => 500 + i, true],
  ["a leak under noise", (i, next) => 1000 + i * 20 + next * 300, true],
  ["steps", (i) => Math.floor(i / 10) * 16, true],
])("growth: %s → %s", (_, value, isGrowing) => {
  expect(growthOf(series(value), 0.5)?.isGrowing).toBe(isGrowing);
});

test("growth: less than allowed → not growing; too few samples → undefined", () => {
  expect(
    growthOf(
      series((i) => i),
      100,
    ),
  ).toMatchObject({ isGrowing: false, isSignificant: true });
  expect(
    growthOf(
      series((i) => i, 9),
      0,
    ),
  ).toBeUndefined();
});

const folder = mkdtempSync(path.join(tmpdir(), "day-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("day: killed between two jobs → continued with all that was counted; another commit → begun again", () => {
  const stem = path.join(folder, "day");
  const plan = PLANS[0] as Plan;
  const first = DayRecord.open(stem, 2, "abc", false);
  first.count(plan, 1, right(), "", 2);
  first.count(plan, 2, refused("a GpuError"), "", 4);
  first.state.seconds = 100;
  first.save();
  first.count(plan, 3, right(), "", 1); // killed before it is saved
  const second = DayRecord.open(stem, 2, "abc", false);
  expect(second.state).toMatchObject({ starts: 2, seconds: 100 });
  second.count(plan, 3, wrong("another score"), "another score", 1);
  second.count(plan, 4, "hang", "idle", 1);
  for (let i = 0; i < 20; i++) {
    second.state.seconds += 100;
    second.measure("engine", {
      promises: 100 + i,
      "open files": 5,
      "resident memory": i * 2 ** 20,
    });
  }
  second.save();
  expect(second.verdict()).toEqual({ cases: 4, wrong: 1, hangs: 1, growing: 1 });
  const table = readFileSync(`${stem}.md`, "utf8");
  expect(table).toContain("**4 cases: 1 wrong, 1 hangs, 1 of 2 measurements grow.**");
  expect(table).toContain("| score on one model | 4 | 1 | 1 | 1 | 1 | 2.0 |");
  expect(table).toMatch(/\| engine \| promises \| 20 \| 105 \| 119 \| 36 \| \*\*grows\*\* \|/);
  expect(table).toMatch(/resident memory .* told, not judged/);
  expect(DayRecord.open(stem, 2, "def", false).state).toMatchObject({ starts: 1, counts: {} });
});
