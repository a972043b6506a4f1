/**
 * Runs in the page, for goldens.browser.test.ts: golden cases scored from their files, pictures by
 * the browser's decoder.
 */
import { RewardModel } from "../../src/index.ts";
import type { Conversation, LoadOptions } from "../../src/index.ts";

export interface PageScore {
  readonly value: number;
  readonly tokenIds: readonly number[];
  readonly tokenValues: readonly number[];
}

/** Scores conversations whose pictures are URLs. */
export async function scoreAll(
  folder: string,
  conversations: readonly Conversation[],
  options: LoadOptions,
): Promise<PageScore[]> {
  await using model = await RewardModel.fromPretrained(folder, options);
  const scores = await model.score(conversations);
  return scores.map(({ value, tokenIds, tokenValues }) => ({
    value,
    tokenIds: [...tokenIds],
    tokenValues: [...tokenValues],
  }));
}

/** Loads a model that is expected to fail; gives the error's class and message. */
export async function loadError(folder: string): Promise<{ name: string; message: string }> {
  try {
    const model = await RewardModel.fromPretrained(folder);
    await model.dispose();
  } catch (error) {
    return error instanceof Error
      ? { name: error.name, message: error.message }
      : { name: "", message: String(error) };
  }
  return { name: "none", message: "loaded" };
}

/** Scores in a store of its own: the first time from the network, the second from disk. */
export async function scoreFromStore(
  folder: string,
  conversation: Conversation,
): Promise<{ values: number[]; netBytes: number[]; kept: string[] }> {
  const { ModelStore } = await import("../../src/store/index.ts");
  const store = await ModelStore.open({ name: "goldens" });
  const values: number[] = [];
  const netBytes: number[] = [];
  for (let visit = 0; visit < 2; visit++) {
    let fetched = 0;
    await using model = await RewardModel.fromPretrained(folder, {
      store,
      onProgress: (progress) => {
        fetched = Math.max(fetched, "netBytes" in progress ? Number(progress.netBytes) : 0);
      },
    });
    values.push((await model.score(conversation)).value);
    netBytes.push(fetched);
  }
  const kept = (await store.list()).map(({ name }) => name);
  await Promise.all(kept.map(async (name) => await store.delete(name)));
  return { values, netBytes, kept };
}
