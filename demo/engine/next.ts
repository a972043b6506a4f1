// Tested by: test/demo/next.browser.test.ts
/**
 * Another model on its way, while the one in use goes on judging. It takes over when it is ready
 * and nothing is being judged. If the GPU may not hold both, it is downloaded into the store first,
 * and the one in use is let go when this one moves to the GPU.
 */
import type { StageProgress } from "../../src/types.ts";
import { faultOf } from "../base/faults.ts";
import { drop, dropAll, idle } from "../base/jobs.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { words } from "../language/language.ts";
import { askLibrary } from "./library-line.ts";
import { becomeReady, loadModel, startEngine, warn } from "./life.ts";
import type { ModelChoice } from "./protocol.ts";
import { engine, titleOf } from "./state.ts";
import type { NextModel } from "./state.ts";

/**
 * How another model comes: both are on the GPU for a while, or it goes through the store first, or
 * the one in use is let go immediately.
 */
export type Way = "beside" | "store" | "inPlace";

/** Returns how a model would come; undefined if none is in use that it would replace. */
export function wayOf(page: Page, choice: ModelChoice): Way | undefined {
  const { state, running, fault, choice: used } = page.get(engine);
  if (state.kind !== "ready" || running === undefined || fault?.code === "gpu") return undefined;
  const own = running.client.gpuBytes;
  const held = choice.heldBytes ?? (choice.from === used.from ? own : 0);
  if (own + held <= choice.memoryBudgetBytes) return "beside";
  return choice.keep && typeof choice.from === "string" ? "store" : "inPlace";
}

/** Asks the library and not the engine: these go on. */
const OF_LIBRARY: readonly string[] = ["looking", "rank-reading", "rank-fetching"];
/** These begin again with the model that takes over. */
const BEGIN_AGAIN: readonly string[] = ["label-reading", "counting"];

/**
 * Brings another model, in place of one that is on its way.
 * @param onEnd called when it judges, has failed or has stopped; after a pause, once more
 * @returns once it judges and the one before is freed: true. False if it was stopped or failed
 */
export async function changeModel(
  page: Page,
  choice: ModelChoice,
  onEnd: () => void = () => {},
): Promise<boolean> {
  page.get(engine).next?.stop.abort();
  page.change(engine, { next: undefined });
  const way = wayOf(page, choice);
  if (way === "beside" || way === "store") return await bring(page, { choice, way, onEnd });
  const isReady = await replace(page, choice);
  onEnd();
  return isReady;
}

/** Lets the model in use go, and loads the other one. */
async function replace(page: Page, choice: ModelChoice): Promise<boolean> {
  const isReady = page.get(engine).state.kind === "ready";
  const before = page.get(engine).running?.client;
  dropAll(page.jobs);
  for (const view of page.views) view.reset(page);
  loadModel(page, choice, isReady ? before?.ended : undefined);
  const loaded = await page.get(engine).running?.loaded.catch(() => undefined);
  return loaded !== undefined;
}

let lastId = 0;

async function bring(
  page: Page,
  { choice, way, onEnd }: Pick<NextModel, "choice" | "way" | "onEnd">,
  after?: Promise<void>,
): Promise<boolean> {
  const stop = new AbortController();
  const id = (lastId += 1);
  const ended = Promise.withResolvers<void>();
  page.change(engine, {
    next: { id, choice, way, onEnd, stop, ended: ended.promise, state: { kind: "loading" } },
  });
  const note = (state: NextModel["state"]): void => {
    const { next } = page.get(engine);
    if (next?.id === id && !stop.signal.aborted) page.change(engine, { next: { ...next, state } });
  };
  const arrival = { choice, after, signal: stop.signal, note };
  try {
    return await (way === "beside" ? besideTheOther(page, arrival) : throughStore(page, arrival));
  } catch (error) {
    note({ kind: "failed", fault: faultOf(error) });
    if (!stop.signal.aborted) announce(page, words().engine.next.failed(titleOf(choice)));
    return false;
  } finally {
    ended.resolve();
    onEnd();
  }
}

interface Arrival {
  readonly choice: ModelChoice;
  readonly after: Promise<void> | undefined;
  readonly signal: AbortSignal;
  readonly note: (state: NextModel["state"]) => void;
}

async function besideTheOther(
  page: Page,
  { choice, after, signal, note }: Arrival,
): Promise<boolean> {
  const warnings = new Set<string>();
  let judges = false;
  const started = startEngine(page, choice, {
    // Only the end is announced: people go on with the model in use.
    onProgress: (progress) => note({ kind: "loading", progress }),
    onWarning(message) {
      if (judges) warn(page, message);
      else warnings.add(message);
    },
    after,
  });
  const { client, loaded } = started.running;
  signal.addEventListener("abort", () => client.end());
  try {
    const model = await loaded;
    note({ kind: "waiting" });
    await quiet(page, signal);
    const before = page.get(engine).running?.client;
    for (const name of BEGIN_AGAIN) drop(page.jobs, name);
    for (const view of page.views) view.reset(page);
    becomeReady(page, choice, started, model);
    judges = true;
    page.change(engine, {
      next: undefined,
      fault: undefined,
      proof: undefined,
      warnings: [...warnings],
    });
    before?.end();
    await before?.ended;
    return true;
  } catch (error) {
    // It closes its files first: the list of kept models then shows what is here.
    client.end();
    await client.ended;
    throw error;
  }
}

async function throughStore(page: Page, { choice, signal, note }: Arrival): Promise<boolean> {
  const onProgress = (progress: StageProgress): void => note({ kind: "loading", progress });
  await askLibrary("download", { choice }, { signal, onProgress });
  note({ kind: "waiting" });
  await quiet(page, signal);
  page.change(engine, { next: undefined });
  return await replace(page, choice);
}

/** Waits until nothing is judged: a run keeps the model that it began with. */
async function quiet(page: Page, signal: AbortSignal): Promise<void> {
  await idle(page.jobs, (name) => !OF_LIBRARY.includes(name) && !BEGIN_AGAIN.includes(name));
  signal.throwIfAborted();
}

/** Stops a download. What is here stays in the store; `resumeNext` goes on from there. */
export function pauseNext(page: Page): void {
  const { next } = page.get(engine);
  if (next?.state.kind !== "loading") return;
  next.stop.abort();
  const { progress } = next.state;
  page.change(engine, { next: { ...next, state: { kind: "paused", progress } } });
  announce(page, words().engine.pausedSaid);
}

export function resumeNext(page: Page): void {
  const { next } = page.get(engine);
  if (next !== undefined) void bring(page, next, next.ended);
}

/** Gives the other model up. The one in use stays as it is. */
export function cancelNext(page: Page): void {
  const { next } = page.get(engine);
  next?.stop.abort();
  dismissNext(page);
  announce(page, words().engine.next.cancelled);
}

/** Forgets one that failed. */
export function dismissNext(page: Page): void {
  page.change(engine, { next: undefined });
}
