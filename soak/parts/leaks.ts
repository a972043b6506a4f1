/**
 * Does the same work again and again in one process, and measures what is still there after each
 * part of it: V8's heap and promises after a collection, buffers of the GPU, open files, files in
 * the temporary folder.
 */
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { queryObjects } from "node:v8";
import { RewardModel } from "../../src/reward-model.ts";
import type { Source } from "../../src/files/source.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { modelFolder } from "../../testing/golden.ts";
import { faultyGpu, type FaultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { random } from "../../testing/store/model-fixture.ts";
import { FAULT_MODEL, faultConversation } from "./gpu.ts";
import { type Growth, growthOf, type Sample } from "./growth.ts";
import { PATIENCE_MS } from "./patience.ts";
import { openFiles } from "./processes.ts";

export interface LeakWork {
  readonly scores: number;
  readonly loads: number;
  readonly aborts: number;
}

/** Measurements of each kind of work. */
const SAMPLES = 24;

/** What may grow in the judged three quarters of a kind of work; all else may not grow at all. */
const ALLOWED: Readonly<Record<string, number>> = { "heap, bytes": 2 ** 20 };

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Returns true if nothing grows and every score has the bits of the first. */
export async function leaks(work: LeakWork): Promise<boolean> {
  const source = fileSystemSource(modelFolder(FAULT_MODEL));
  const gpu = faultyGpu(testGpu());
  const model = await RewardModel.fromPretrained(source, { gpu: gpu.gpu });
  const { value } = await model.score(faultConversation);
  const next = random(7);
  const jobs: readonly (readonly [name: string, times: number, job: () => Promise<boolean>])[] = [
    ["scores", work.scores, async () => (await model.score(faultConversation)).value === value],
    ["loads", work.loads, async () => await loadAndScore(source, gpu, value)],
    [
      "aborted scores",
      Math.ceil(work.aborts / 2),
      async () =>
        (await aborted(next() * 10, async (signal) => {
          await model.score(faultConversation, { signal });
        })) && (await model.score(faultConversation)).value === value,
    ],
    [
      "aborted loads",
      Math.floor(work.aborts / 2),
      async () =>
        await aborted(next() * 60, async (signal) => {
          const other = await RewardModel.fromPretrained(source, { gpu: gpu.gpu, signal });
          await other.dispose();
        }),
    ],
  ];
  let isGood = true;
  console.log(
    "| work | times | wrong | what | first | last | growth |\n|---|--:|--:|---|--:|--:|--:|",
  );
  for (const [name, times, job] of jobs) {
    isGood = (await repeat(name, times, job, gpu)) && isGood;
  }
  await model.dispose();
  if (gpu.liveBuffers > 0) console.log(`${gpu.liveBuffers} buffers of the GPU left at the end`);
  return isGood && gpu.liveBuffers === 0;
}

async function repeat(
  name: string,
  times: number,
  job: () => Promise<boolean>,
  gpu: FaultyGpu,
): Promise<boolean> {
  const series = new Map<string, Sample[]>();
  let wrong = 0;
  let done = 0;
  for (let part = 1; part <= SAMPLES; part += 1) {
    for (; done < Math.round((times * part) / SAMPLES); done += 1) wrong += (await job()) ? 0 : 1;
    for (const [what, value] of Object.entries(await measure(gpu))) {
      const samples = series.get(what) ?? [];
      samples.push({ at: done, value });
      series.set(what, samples);
    }
    console.error(`${name}: ${done} of ${times}`);
  }
  let isGood = wrong === 0;
  for (const [what, samples] of series) {
    const growth = growthOf(samples, ALLOWED[what] ?? 0);
    if (growth?.isGrowing === true) isGood = false;
    console.log(`| ${name} | ${times} | ${wrong} | ${what} | ${told(growth)} |`);
  }
  return isGood;
}

function told(growth: Growth | undefined): string {
  if (growth === undefined) return "too few | | ";
  const { first, last, total, isGrowing } = growth;
  const numbers = [first, last, total].map((each) => Math.round(each).toLocaleString("en"));
  return numbers.join(" | ") + (isGrowing ? " **grows**" : "");
}

async function measure(gpu: FaultyGpu): Promise<Record<string, number>> {
  // What aborted work had begun on the GPU ends by itself.
  await pause(200);
  const promises = Number(queryObjects(Promise));
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    "heap, bytes": heapUsed + arrayBuffers,
    promises,
    "buffers of the GPU": gpu.liveBuffers,
    "bytes of the GPU": gpu.liveBytes,
    "open files": openFiles(),
    "temporary files": readdirSync(tmpdir()).filter((file) => file.startsWith("vl-reward")).length,
  };
}

async function loadAndScore(source: Source, gpu: FaultyGpu, value: number): Promise<boolean> {
  const model = await RewardModel.fromPretrained(source, { gpu: gpu.gpu });
  const score = await model.score(faultConversation);
  await model.dispose();
  return score.value === value;
}

/** Returns true if the work ends in time, by itself or with the reason of the abort. */
async function aborted(
  delayMs: number,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const controller = new AbortController();
  const reason = new Error("given up");
  const timer = setTimeout(() => controller.abort(reason), delayMs);
  let patience: NodeJS.Timeout | undefined;
  const hang = new Promise<"hang">((resolve) => {
    patience = setTimeout(resolve, PATIENCE_MS, "hang");
  });
  try {
    return (await Promise.race([work(controller.signal), hang])) !== "hang";
  } catch (error) {
    return error === reason;
  } finally {
    clearTimeout(timer);
    clearTimeout(patience);
  }
}
