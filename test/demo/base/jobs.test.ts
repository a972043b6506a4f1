import { describe, expect, it } from "vitest";
import { EngineFault } from "../../../demo/base/faults.ts";
import { drop, dropAll, idle, latest, stop } from "../../../demo/base/jobs.ts";
import type { Ends, Jobs } from "../../../demo/base/jobs.ts";

/** Writes down how a job ends. */
function noted(name: string, seen: string[]): Ends<string> {
  return {
    done: (result) => seen.push(`${name} done: ${result}`),
    failed: ({ code }) => seen.push(`${name} failed: ${code}`),
    ended: () => seen.push(`${name} ended`),
  };
}

/** Returns work that ends when it is stopped, with its results so far. */
function untilStopped(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve("half"));
  });
}

describe("jobs", () => {
  it("job: a result → done, then ended, and nothing runs any more", async () => {
    const [jobs, seen]: [Jobs, string[]] = [new Map(), []];
    await latest(jobs, "scoring", async () => "one", noted("a", seen));
    expect(seen).toEqual(["a done: one", "a ended"]);
    expect(jobs.size).toBe(0);
  });

  it("job: a second of the name → the first is stopped, and none of its ends is called", async () => {
    const [jobs, seen]: [Jobs, string[]] = [new Map(), []];
    const first = latest(jobs, "scoring", untilStopped, noted("a", seen));
    await latest(jobs, "scoring", async () => "two", noted("b", seen));
    await first;
    expect(seen).toEqual(["b done: two", "b ended"]);
  });

  it("job: another name → both run", async () => {
    const [jobs, seen]: [Jobs, string[]] = [new Map(), []];
    const first = latest(jobs, "ranking", untilStopped, noted("a", seen));
    await latest(jobs, "scoring", async () => "two", noted("b", seen));
    expect(jobs.has("ranking")).toBe(true);
    stop(jobs, "ranking");
    await first;
    expect(seen).toEqual(["b done: two", "b ended", "a done: half", "a ended"]);
  });

  it("job: stopped → its results count; dropped → they do not, and it still ends", async () => {
    const [jobs, seen]: [Jobs, string[]] = [new Map(), []];
    const first = latest(jobs, "reporting", untilStopped, noted("a", seen));
    stop(jobs, "reporting");
    drop(jobs, "reporting");
    await first;
    const second = latest(jobs, "reporting", untilStopped, noted("b", seen));
    dropAll(jobs);
    await second;
    expect(seen).toEqual(["a ended", "b ended"]);
  });

  it("job: a failure → failed; one that was stopped → not failed", async () => {
    const [jobs, seen]: [Jobs, string[]] = [new Map(), []];
    const fail = (code: "gpu" | "aborted") => (): Promise<string> =>
      Promise.reject(new EngineFault({ code, message: "lost" }));
    await latest(jobs, "scoring", fail("gpu"), noted("a", seen));
    await latest(jobs, "scoring", fail("aborted"), noted("b", seen));
    expect(seen).toEqual(["a failed: gpu", "a ended", "b ended"]);
  });

  it("job: an end that throws → the failure is shown, and the job has ended", async () => {
    const [jobs, seen]: [Jobs, string[]] = [new Map(), []];
    const ends = noted("a", seen);
    const broken = (): void => {
      throw new TypeError("no such field");
    };
    await latest(jobs, "scoring", async () => "one", { ...ends, done: broken });
    expect(seen).toEqual(["a failed: defect", "a ended"]);
  });

  it("jobs: idle → once all that count have ended, those too that began meanwhile", async () => {
    const [jobs, seen]: [Jobs, string[]] = [new Map(), []];
    const counts = (name: string): boolean => name !== "looking";
    void latest(jobs, "looking", untilStopped, noted("other", seen));
    void latest(jobs, "scoring", untilStopped, {
      ...noted("a", seen),
      ended: () => void latest(jobs, "ranking", untilStopped, noted("b", seen)),
    });
    const waits = idle(jobs, counts).then(() => seen.push("idle"));
    stop(jobs, "scoring");
    await new Promise((resolve) => setTimeout(resolve));
    expect(seen).toEqual(["a done: half"]);
    stop(jobs, "ranking");
    await waits;
    expect(seen).toEqual(["a done: half", "b done: half", "b ended", "idle"]);
    dropAll(jobs);
  });
});
