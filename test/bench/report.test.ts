import { expect, test } from "vitest";
import type { Setting } from "../../bench/page/compare.ts";
import type { StartResult } from "../../bench/page/start.ts";
import { startReport } from "../../bench/kernels/report.ts";

const lavapipe: Setting = {
  adapter: "google swiftshader",
  software: true,
  subgroupMinSize: 8,
  profile: "octet",
  browser: "Chrome/156",
  peer: "onnxruntime-web",
  cases: [],
};

/** A start whose score alone takes 60 ms: 390 ms are allowed. */
function start(firstScoreMs: number): StartResult {
  const stages = [
    { stage: "resolve", ms: 80 },
    { stage: "upload", ms: firstScoreMs - 170 },
  ];
  return { stages, scoreMs: 90, firstScoreMs, bareMs: 60 };
}

test("start: one warm start of three is too slow → held, and all stages are reported", () => {
  const { lines, isHeld } = startReport(start(2000), [370, 900, 380].map(start), lavapipe);
  expect(isHeld).toBe(true);
  expect(lines).toContain("warm start, median of 3");
  expect(lines).toContain("  upload           210 ms (200 to 730)");
  expect(lines).toContain("  click to score   380 ms (370 to 900)");
  expect(lines.at(-1)).toBe("  allowed 390 ms: 1.5 x 60.0 + 300");
});

test("start: the median is too slow → not held on lavapipe, no matter elsewhere", () => {
  const warm = [391, 900, 380].map(start);
  const slow = startReport(start(2000), warm, lavapipe);
  expect(slow.isHeld).toBe(false);
  expect(slow.lines.at(-1)).toContain("TOO SLOW");
  expect(startReport(start(2000), warm, { ...lavapipe, subgroupMinSize: 4 }).isHeld).toBe(true);
});
