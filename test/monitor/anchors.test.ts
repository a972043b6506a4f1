/** Anchors: what a replay says of engine and model. */
import { expect, test } from "vitest";
import { AnchorCheck, type Anchor } from "../../src/monitor/anchors.ts";
import type { MonitorRow } from "../../src/monitor/row.ts";
import { readMonitorRow } from "../../src/monitor/row.ts";
import { normals } from "../adapt/numbers.ts";

const scores = normals(21, 30);

function anchors(more: Partial<Anchor> = {}): Map<string, Anchor> {
  return new Map(
    scores.map((score, i) => [
      `a${i}`,
      { score, digest: `d${i}`, tokens: 50 + i, model: undefined, engine: undefined, ...more },
    ]),
  );
}

function replay(change: (score: number, i: number) => object): MonitorRow[] {
  return scores.map((score, i) =>
    readMonitorRow(
      { id: `a${i}`, score, tokens: 50 + i, digest: `d${i}`, ...change(score, i) },
      "run",
    ),
  );
}

function verdictOf(rows: readonly MonitorRow[], more: Partial<Anchor> = {}, tolerance?: number) {
  const check = new AnchorCheck(anchors(more), true, 1000, tolerance);
  for (const row of rows) expect(check.add(row)).toBe(true);
  const result = check.result();
  return result === undefined ? undefined : [result.verdict, result.changed, result.otherTokens];
}

const noise = normals(22, 30);
const off = (size: number) => (score: number, i: number) => ({
  score: score + size * (noise[i] ?? NaN),
});

test.each([
  ["the same scores", () => ({}), {}, ["none", 0, 0]],
  [
    "within the tolerance of 2e-4",
    (score: number) => ({ score: score + 1.9e-4 }),
    {},
    ["none", 0, 0],
  ],
  ["a little beyond it", (score: number) => ({ score: score + 1e-3 }), {}, ["engine", 30, 0]],
  [
    "one score only",
    (score: number, i: number) => ({ score: score + (i === 4 ? 0.2 : 0) }),
    {},
    ["engine", 1, 0],
  ],
  ["off by 0.05 SD", off(0.05), {}, ["engine", 30, 0]],
  ["off by 0.5 SD", off(0.5), {}, ["model", 30, 0]],
  [
    "off by 0.5 SD, the same model by name",
    (score: number, i: number) => ({ ...off(0.5)(score, i), model: "m" }),
    { model: 'model "m"' },
    ["engine", 30, 0],
  ],
  [
    "another model by name, equal scores",
    () => ({ model: "n" }),
    { model: 'model "m"' },
    ["model", 0, 0],
  ],
  [
    "other token ids, equal scores",
    (_: number, i: number) => ({ digest: i < 3 ? "x" : `d${i}` }),
    {},
    ["model", 0, 3],
  ],
  [
    "another count of tokens, no ids",
    (_: number, i: number) => ({ digest: null, tokens: 51 + i }),
    {},
    ["model", 0, 30],
  ],
] as const)("anchors: %s → verdict, changed, other tokens", (_name, change, more, expected) => {
  expect(verdictOf(replay(change), more)).toEqual(expected);
});

test("anchors: a tolerance of the caller's → holds, times the size of the score", () => {
  expect(
    verdictOf(
      replay((score) => ({ score: score + 0.009 })),
      {},
      0.01,
    ),
  ).toEqual(["none", 0, 0]);
  expect(() => new AnchorCheck(new Map(), true, 0, -1)).toThrow("tolerance: expected 0 or more");
});

function unmarked(shared: number, digest: boolean): AnchorCheck {
  const all = new Map(
    normals(23, 1000).map((score, i) => [
      `${i}`,
      {
        score,
        digest: digest ? `d${i}` : undefined,
        tokens: 9,
        model: undefined,
        engine: undefined,
      },
    ]),
  );
  const check = new AnchorCheck(all, false, all.size);
  for (let i = 0; i < shared; i++) {
    const fields = digest ? { digest: `d${i}` } : {};
    check.add(readMonitorRow({ id: i, score: all.get(`${i}`)?.score ?? NaN, ...fields }, "run"));
  }
  return check;
}

test("anchors: ids that both files share, unmarked → anchors if they are few, or have equal tokens", () => {
  expect(unmarked(30, false).result()?.verdict).toBe("none");
  expect(unmarked(300, true).result()?.replays).toBe(300);
  expect(unmarked(300, false).result()).toBeUndefined();
  expect(unmarked(300, false).isCoincidence).toBe(true);
  expect(unmarked(3, false).result()).toBeUndefined();
});

test.each([
  ["the same scores", () => ({}), {}, { kind: "within tolerance" }],
  ["off by 0.05 SD", off(0.05), {}, { kind: "small" }],
  ["off by 0.5 SD", off(0.5), {}, { kind: "large", isOtherEngine: false }],
  [
    "off by 0.5 SD on another engine",
    (score: number, i: number) => ({ ...off(0.5)(score, i), engine: "2" }),
    { engine: 'engine "1"' },
    { kind: "large", isOtherEngine: true },
  ],
  [
    "other digests",
    (_: number, i: number) => (i < 3 ? { digest: "x" } : {}),
    {},
    { kind: "other tokens", count: 3 },
  ],
  [
    "another model",
    () => ({ model: "b" }),
    { model: 'model "a"' },
    { kind: "other model", count: 30 },
  ],
])("anchors: %s → why, as data", (_name, change, more, because) => {
  const check = new AnchorCheck(anchors(more), true, 1000);
  for (const row of replay(change)) check.add(row);
  expect(check.result()?.because).toEqual(because);
});
