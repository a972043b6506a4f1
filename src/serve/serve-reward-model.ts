// Tested by: test/worker/worker.browser.test.ts
/** The engine behind a port: it answers the calls of a `WorkerRewardModel`. */
import { InputError } from "../errors.ts";
import type { ModelFolder } from "../files/resolve-source.ts";
import { RewardModel } from "../reward-model.ts";
import type { ImageInput } from "../types.ts";
import { VERSION } from "../version.ts";
import type { CallPort } from "../worker/call-line.ts";
import { METHODS } from "../worker/protocol.ts";
import type {
  EngineReply,
  EngineRequests,
  Method,
  ModelFacts,
  RunResult,
} from "../worker/protocol.ts";
import { serveCalls } from "../worker/serve-calls.ts";
import type { ServedCall } from "../worker/serve-calls.ts";
import { holdModel, openStore } from "./loaded-models.ts";
import type { ModelHold } from "./loaded-models.ts";

type Call = ServedCall<EngineReply>;
type Run = (...args: unknown[]) => unknown;

/** What a call of one's own tells before its answer; `reply` says what it is. */
export interface OwnReply {
  readonly reply: string;
  readonly [field: string]: unknown;
}

/**
 * Calls of a worker of one's own, by name. Each gets what the page sent, the way to stop and to
 * report, and the loaded model.
 */
export type OwnCalls = Readonly<
  Record<
    string,
    (request: never, call: ServedCall<OwnReply>, model: RewardModel) => Promise<unknown>
  >
>;

/**
 * Answers the calls that come through a port: a worker's own scope, by default, or one port of
 * several. Call it while the script is first run, so that no message is missed.
 * @param ownCalls what `WorkerRewardModel.ask` may ask beside the calls of a model
 */
export function serveRewardModel(
  port: CallPort = self as unknown as CallPort,
  ownCalls: OwnCalls = {},
): void {
  const models = new Map<number, ModelHold>();

  function held(model: number): RewardModel {
    const found = models.get(model);
    if (found) return found.model;
    const what = "the model was disposed of";
    throw new InputError({ where: "worker", what, todo: "Load it again" });
  }

  async function load(request: EngineRequests["load"], call: Call): Promise<ModelFacts> {
    const { model, from, options, isShared } = request;
    const hold = await holdModel(from as ModelFolder, options, isShared, {
      signal: call.signal,
      onProgress: (progress) => call.tell({ reply: "progress", progress }),
      onWarning: (message) => call.tell({ reply: "warning", model, message }),
    });
    models.set(model, hold);
    return factsOf(hold.model);
  }

  async function run(request: EngineRequests["run"], call: Call): Promise<RunResult> {
    const { method, args, options, reports } = request;
    const model = held(request.model);
    const { signal } = call;
    const onProgress = (done: number, total: number): void =>
      call.tell({ reply: "done", done, total });
    const all = options && { ...options, signal, ...(reports ? { onProgress } : {}) };
    const value = await answer(model, method, all ? [...args, all] : args, signal);
    return { value, memory: model.memory };
  }

  async function ask({ model, name, request }: EngineRequests["ask"], call: Call) {
    const own = Object.hasOwn(ownCalls, name) ? ownCalls[name] : undefined;
    if (own) return await own(request as never, call, held(model));
    const expected = Object.keys(ownCalls).join(", ") || "no call: serveRewardModel was given none";
    throw new InputError({ where: "worker, ask", expected, got: name });
  }

  async function dispose({ model }: EngineRequests["dispose"]): Promise<void> {
    const hold = models.get(model);
    models.delete(model);
    await hold?.release();
  }

  async function availability(request: EngineRequests["availability"], { signal }: Call) {
    const { store: name, ...options } = request.options as { store?: boolean | string };
    const store = await openStore(name, () => {});
    return await RewardModel.availability(request.from as ModelFolder, {
      ...options,
      store,
      signal,
    });
  }

  /** Disposes of a client's models once its lock is free: its tab is gone. */
  async function watch({ lock }: EngineRequests["watch"]): Promise<void> {
    const gone = navigator.locks?.request(lock, async () => {
      await Promise.all(
        [...models.keys()].map(async (model) => await dispose({ call: "dispose", model })),
      );
    });
    gone?.catch(() => {});
    await Promise.resolve();
  }

  serveCalls<EngineReply>(port, { load, run, ask, dispose, availability, watch }, VERSION);
}

async function answer(
  model: RewardModel,
  method: Method,
  args: readonly unknown[],
  signal: AbortSignal,
): Promise<unknown> {
  if (!METHODS.includes(method)) {
    throw new InputError({ where: "worker", expected: METHODS.join(", "), got: method });
  }
  if (method !== "decode") return await (model[method] as Run).apply(model, [...args]);
  return await model.sharePictures().decode(args[0] as ImageInput, signal);
}

function factsOf(model: RewardModel): ModelFacts {
  const { name, config, adapter, head, headName, kernels, readsSteps, pictureFields } = model;
  const { ranksImages, inputQuota, memory } = model;
  return {
    name,
    architecture: config.architecture,
    hasVision: config.vision !== undefined,
    adapter: { ...adapter },
    head,
    headName,
    kernels,
    readsSteps,
    ranksImages,
    pictureFields,
    inputQuota,
    memory,
  };
}
