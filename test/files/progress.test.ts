import { expect, test } from "vitest";
import { overallProgress } from "../../src/files/progress.ts";
import type { Progress, StageProgress } from "../../src/types.ts";

const at = (stage: StageProgress["stage"], loadedBytes = 0, totalBytes = 0): StageProgress => ({
  stage,
  loadedBytes,
  totalBytes,
  bytesPerSecond: 0,
  secondsLeft: undefined,
});

function toldOf(steps: readonly StageProgress[]): Progress[] {
  const told: Progress[] = [];
  const tell = overallProgress((progress) => told.push(progress));
  for (const step of steps) tell?.(step);
  return told;
}

test.each([
  ["from the network", [at("resolve"), at("upload", 0, 9), at("upload", 9, 9), at("compile")]],
  [
    "into the store",
    [at("resolve"), at("download", 1, 9), at("download", 9, 9), at("upload", 9, 9), at("compile")],
  ],
  [
    "again on a new device",
    [at("resolve"), at("upload", 9, 9), at("resolve"), at("upload", 0, 9), at("upload", 9, 9)],
  ],
  ["of no known size", [at("upload", 5, 0)]],
])("overall: a load %s → never falls, from 0 to 1 when it is ready", (_, steps) => {
  const overall = toldOf([...steps, at("ready")]).map((progress) => progress.overall);
  expect(overall).toEqual(overall.toSorted((a, b) => a - b));
  expect(overall.every((share) => share >= 0 && share <= 1)).toBe(true);
  expect(overall.at(-1)).toBe(1);
  expect(overall.slice(0, -1).every((share) => share < 1)).toBe(true);
});

test("overall: a thousand reports together → the first and the last of the stage", () => {
  const steps = Array.from({ length: 1000 }, (_, i) => at("upload", i + 1, 1000));
  const told = toldOf(steps).map(({ loadedBytes }) => loadedBytes);
  expect(told[0]).toBe(1);
  expect(told.at(-1)).toBe(1000);
  expect(told.length).toBeLessThan(20);
});

test("overall: nobody listens → nothing is computed", () => {
  expect(overallProgress(undefined)).toBeUndefined();
});
