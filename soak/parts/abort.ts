/**
 * Aborts calls at random times: while a model is downloaded, loaded and scores. The call rejects
 * within 250 ms, the next call is right, and no buffer is left.
 */
import { RewardModel } from "../../src/reward-model.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import { hashesOf, fakeSource, modelFiles, random } from "../../testing/store/model-fixture.ts";
import { modelPaths, readAll } from "../../testing/store/model-fixture.ts";
import { visit } from "../../testing/store/visit.ts";
import type { Disk } from "../../testing/store/memory-directory.ts";
import { faultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import type { FaultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import { modelFolder } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { FAULT_MODEL, faultConversation } from "./gpu.ts";
import { countOutcome, tally } from "../../testing/tally.ts";
import type { Tally } from "../../testing/tally.ts";

/** The most milliseconds from the abort to the rejection. */
const LATE_MS = 250;
/** The longest time until an aborted call has released the GPU. */
const WIND_DOWN_MS = 10_000;

interface Aborted {
  /** Milliseconds from the abort to the rejection; undefined if the work was done before. */
  readonly ms: number | undefined;
  /** What went wrong; undefined if nothing did. */
  readonly wrong: string | undefined;
}

/** Starts the work, aborts it after a while, and looks at how it ends. */
async function abortAfter(
  delayMs: number,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<Aborted> {
  const controller = new AbortController();
  const reason = new Error("given up");
  let abortedAt: number | undefined;
  const timer = setTimeout(() => {
    abortedAt = performance.now();
    controller.abort(reason);
  }, delayMs);
  try {
    await work(controller.signal);
    clearTimeout(timer);
    return { ms: undefined, wrong: abortedAt === undefined ? undefined : "resolved, aborted" };
  } catch (error) {
    const ms = performance.now() - (abortedAt ?? Number.NaN);
    if (error !== reason) return { ms, wrong: String(error) };
    return { ms, wrong: ms > LATE_MS ? `rejected after ${ms.toFixed(0)} ms` : undefined };
  }
}

/** Counts cases and the slowest rejection, for people. */
class Aborts {
  readonly tally: Tally;
  #slowestMs = 0;
  #inTime = 0;

  constructor(fault: string) {
    this.tally = tally(fault);
  }

  count({ ms, wrong }: Aborted, next: string | undefined): void {
    this.#slowestMs = Math.max(this.#slowestMs, ms ?? 0);
    if (ms !== undefined) this.#inTime += 1;
    const { fault } = this.tally;
    const faults = [wrong, next].filter((each) => each !== undefined);
    countOutcome(this.tally, 0, faults.length > 0 ? `${fault}: ${faults.join("; ")}` : undefined);
  }

  get line(): string {
    const { fault, cases } = this.tally;
    return `${fault}: ${this.#inTime} of ${cases} before the end, rejected after ${this.#slowestMs.toFixed(0)} ms at most`;
  }
}

/** Aborts `times` scores on one model. The score after each must have the same bits. */
async function abortedScores(name: string, options: LoadOptions, times: number): Promise<Aborts> {
  const into = new Aborts(name);
  const faulty = faultyGpu(testGpu());
  const source = fileSystemSource(modelFolder(FAULT_MODEL));
  const model = await RewardModel.fromPretrained(source, { ...options, gpu: faulty.gpu });
  const { value } = await model.score(faultConversation);
  const begin = performance.now();
  await model.score(faultConversation);
  const spanMs = performance.now() - begin;
  const held = faulty.liveBuffers;
  const next = random(1);
  for (let i = 0; i < times; i++) {
    const aborted = await abortAfter(next() * spanMs, (signal) =>
      model.score(faultConversation, { signal }),
    );
    const again = await model.score(faultConversation);
    const leak = faulty.liveBuffers === held ? undefined : `${faulty.liveBuffers} buffers`;
    into.count(aborted, again.value === value ? leak : `then ${again.value}`);
  }
  await model.dispose();
  if (faulty.liveBuffers > 0) into.tally.wrong.push(`${name}: ${faulty.liveBuffers} buffers left`);
  return into;
}

/** Returns how many buffers are left after the GPU had time to finish its work. */
async function liveBuffersAtLast(faulty: FaultyGpu): Promise<number> {
  const end = performance.now() + WIND_DOWN_MS;
  while (faulty.liveBuffers > 0 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return faulty.liveBuffers;
}

/** Loads; every tenth is followed by one that is not aborted. */
async function abortedLoads(times: number): Promise<Aborts> {
  const into = new Aborts("aborted: load");
  const source = fileSystemSource(modelFolder(FAULT_MODEL));
  const load = async (signal?: AbortSignal): Promise<number> => {
    const options = signal === undefined ? {} : { signal };
    const model = await RewardModel.fromPretrained(source, { ...options, gpu: faulty.gpu });
    const { value } = await model.score(faultConversation);
    await model.dispose();
    return value;
  };
  const faulty = faultyGpu(testGpu());
  const value = await load();
  const begin = performance.now();
  await load();
  const spanMs = performance.now() - begin;
  const next = random(2);
  for (let i = 0; i < times; i++) {
    const aborted = await abortAfter(next() * spanMs, async (signal) => {
      const options = { signal, gpu: faulty.gpu };
      const model = await RewardModel.fromPretrained(source, options);
      await model.dispose();
      signal.throwIfAborted();
    });
    const left = await liveBuffersAtLast(faulty);
    const isRight = i % 10 > 0 || (await load()) === value;
    const leak = left === 0 ? undefined : `${left} buffers left`;
    into.count(aborted, isRight ? leak : "the next score is another");
  }
  return into;
}

/** Aborts downloads into a store; the next download continues and gives the right bytes. */
async function abortedDownloads(times: number): Promise<Aborts> {
  const into = new Aborts("aborted: download");
  const files = modelFiles();
  const right = hashesOf(files);
  /** Pauses before each piece, so that an abort can fall into the download. */
  const before = async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 1));
  const next = random(3);
  for (let i = 0; i < times; i++) {
    const disk: Disk = new Map();
    const slow = fakeSource(files, { version: "1", before });
    const aborted = await abortAfter(next() * 60, async (signal) => {
      const stored = await visit(disk, slow, {}, { signal });
      await stored.close();
    });
    const stored = await visit(disk, fakeSource(files, { version: "1" }));
    const read = await readAll(stored, modelPaths);
    const isRight = [...right].every(([path, hash]) => read.get(path) === hash);
    into.count(aborted, isRight && stored.isStored ? undefined : "the next visit is not right");
  }
  return into;
}

/** Runs all parts; `tell` is called with the slowest rejections. */
export async function* aborts(tell: (line: string) => void, share = 1): AsyncGenerator<Tally> {
  const streamed: LoadOptions = { residency: "streamed", memoryBudgetBytes: 2 ** 16 };
  for (const work of [
    () => abortedDownloads(300 * share),
    () => abortedLoads(200 * share),
    () => abortedScores("aborted: score", {}, 250 * share),
    () => abortedScores("aborted: score, streamed", streamed, 250 * share),
  ]) {
    const done = await work();
    tell(done.line);
    yield done.tally;
  }
}
