/**
 * Loads and scores with one fault somewhere: its outcome, and what is left on the GPU.
 *
 * Shared by the tests, which try samples, and by `npm run soak -- gpu`, which lets every call fail.
 */
import { RewardError } from "../../src/errors.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { Conversation } from "../../src/types.ts";
import type { Source } from "../../src/files/source.ts";
import { faultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import type { Fault, FaultKind } from "../../testing/gpu/faulty-gpu.ts";
import { modelFolder } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { countOutcome, tally } from "../../testing/tally.ts";
import type { Tally } from "../../testing/tally.ts";
import { AFTER_PATIENCE, PATIENCE_MS } from "./patience.ts";

/** The golden model that loads fastest. */
export const FAULT_MODEL = "bare";

export const faultConversation: Conversation = [
  { role: "user", content: "What is 3 plus 4?" },
  { role: "assistant", content: "3 plus 4 is 7." },
];

export interface FaultRun {
  /** The score's value, or the error. */
  readonly outcome: number | Error;
  /** The same model's score after a single error, when nothing fails any more. */
  readonly next: number | Error | undefined;
  /** Buffers that were not destroyed. */
  readonly left: number;
  /** The call that failed. */
  readonly failed: string | undefined;
}

/**
 * Counts the calls that can fail in one load and one score, and returns the score without faults.
 */
export async function countCalls(
  source: Source,
  gpu: GPU,
): Promise<{ calls: number; value: number }> {
  const faulty = faultyGpu(gpu);
  const model = await RewardModel.fromPretrained(source, { gpu: faulty.gpu });
  const { value } = await model.score(faultConversation);
  await model.dispose();
  return { calls: faulty.calls, value };
}

/**
 * Loads, scores and disposes while a call fails. The outcome is an error of our own if it took
 * longer than 30 s.
 */
export async function runWithFault(source: Source, gpu: GPU, fault: Fault): Promise<FaultRun> {
  const faulty = faultyGpu(gpu);
  faulty.arm(fault);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Error>((resolve) => {
    timer = setTimeout(() => resolve(new Error(`pending ${AFTER_PATIENCE}`)), PATIENCE_MS);
  });
  let next: number | Error | undefined;
  const work = async (): Promise<number | Error> => {
    let model: RewardModel | undefined;
    try {
      model = await RewardModel.fromPretrained(source, { gpu: faulty.gpu });
      const outcome = await valueOrError(model);
      if (outcome instanceof Error && !fault.isPersistent) next = await valueOrError(model);
      return outcome;
    } catch (error) {
      return asError(error);
    } finally {
      await model?.dispose();
    }
  };
  const outcome = await Promise.race([work(), late]);
  clearTimeout(timer);
  return { outcome, next, left: faulty.liveBuffers, failed: faulty.failed };
}

async function valueOrError(model: RewardModel): Promise<number | Error> {
  try {
    return (await model.score(faultConversation)).value;
  } catch (error) {
    return asError(error);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(`not an error: ${String(error)}`);
}

/** Returns what is wrong with a run, given its right value; undefined if nothing is. */
export function faultOfRun(
  { outcome, next, left, failed }: FaultRun,
  value: number,
): string | undefined {
  const wrong: string[] = [];
  if (!(outcome instanceof RewardError) && outcome !== value) wrong.push(String(outcome));
  if (next !== undefined && next !== value) wrong.push(`the next score: ${String(next)}`);
  if (left !== 0) wrong.push(`${left} buffers left`);
  return wrong.length === 0 ? undefined : `${failed ?? "no call"}: ${wrong.join(", ")}`;
}

export interface SoakGpuOptions {
  /** One of every `every` calls fails. */
  readonly every: number;
  readonly kinds: readonly FaultKind[];
}

/** Runs in parallel: a failing run mostly waits for the report of a lost device. */
const RUNS_AT_ONCE = 4;

/** Lets calls of WebGPU fail one by one, each in a run of its own. */
export async function* failingGpuCalls({ every, kinds }: SoakGpuOptions): AsyncGenerator<Tally> {
  const source = fileSystemSource(modelFolder(FAULT_MODEL));
  const gpu = testGpu();
  const { calls, value } = await countCalls(source, gpu);
  for (const kind of kinds) {
    for (const isPersistent of [false, true]) {
      const how = isPersistent ? "from there on" : "once";
      const one = tally(`k-th GPU call: ${kind}, ${how}`, calls);
      const numbers = Array.from({ length: Math.ceil(calls / every) }, (_, i) => 1 + i * every);
      const runs = numbers.values();
      const work = async (): Promise<void> => {
        for (const at of runs) {
          const run = await runWithFault(source, gpu, { kind, at, isPersistent });
          const wrong = faultOfRun(run, value);
          countOutcome(one, run.outcome, wrong && `${one.fault}, k = ${at}, ${wrong}`);
        }
      };
      await Promise.all(Array.from({ length: RUNS_AT_ONCE }, work));
      yield one;
    }
  }
}
