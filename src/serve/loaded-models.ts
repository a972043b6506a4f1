// Tested by: test/worker/worker.browser.test.ts
/** The models of a worker. Clients that ask for the same model by the same options share one. */
import { RewardModel } from "../reward-model.ts";
import type { ModelFolder } from "../files/resolve-source.ts";
import type { LoadOptions } from "../load/options.ts";
import type { ModelStore } from "../store/model-store.ts";
import type { Progress } from "../types.ts";
import type { SentLoadOptions } from "../worker/protocol.ts";

/** Who uses a model, and what they want to know of it. */
export interface ModelUser {
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
  onWarning(message: string): void;
}

interface Held {
  readonly key: string | undefined;
  readonly users: Set<ModelUser>;
  readonly abort: AbortController;
  readonly model: Promise<RewardModel>;
}

const shared = new Map<string, Held>();

/** A user's hold on a model. */
export interface ModelHold {
  readonly model: RewardModel;
  /** Disposes of the model with its last user. */
  release(): Promise<void>;
}

/** Loads a model, or joins those who have loaded it. */
export async function holdModel(
  from: ModelFolder,
  options: SentLoadOptions,
  isShared: boolean,
  user: ModelUser,
): Promise<ModelHold> {
  const key = isShared && typeof from === "string" ? JSON.stringify([from, options]) : undefined;
  const held = (key === undefined ? undefined : shared.get(key)) ?? load(key, from, options);
  held.users.add(user);
  const leave = async (): Promise<void> => {
    held.users.delete(user);
    if (held.users.size > 0) return;
    if (key !== undefined && shared.get(key) === held) shared.delete(key);
    held.abort.abort();
    await (await held.model.catch(() => undefined))?.dispose();
  };
  const abort = (): void => void leave();
  user.signal.addEventListener("abort", abort);
  try {
    const model = await held.model;
    user.signal.throwIfAborted();
    return { model, release: leave };
  } catch (error) {
    void leave();
    user.signal.throwIfAborted();
    throw error;
  } finally {
    user.signal.removeEventListener("abort", abort);
  }
}

function load(key: string | undefined, from: ModelFolder, options: SentLoadOptions): Held {
  const users = new Set<ModelUser>();
  const abort = new AbortController();
  const tell = (what: (user: ModelUser) => void): void => users.forEach(what);
  const warn = (message: string): void => tell((user) => user.onWarning(message));
  const model = openStore(options.store, warn).then((store) =>
    RewardModel.fromPretrained(from, {
      ...(options as LoadOptions),
      store,
      signal: abort.signal,
      onProgress: (progress) => tell((user) => user.onProgress(progress)),
      onWarning: warn,
    }),
  );
  const held = { key, users, abort, model };
  if (key !== undefined) shared.set(key, held);
  return held;
}

/** Opens the store; without one the model is loaded all the same, and every time again. */
export async function openStore(
  store: boolean | string | undefined,
  warn: (message: string) => void,
): Promise<ModelStore | undefined> {
  if (store === undefined || store === false) return undefined;
  const { ModelStore: Store } = await import("../store/model-store.ts");
  try {
    return await Store.open(store === true ? {} : { name: store });
  } catch (error) {
    warn(`the model is not kept: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
