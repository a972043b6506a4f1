/** One model in the page that lives as long as the page, for `npm run soak -- day`. */
import { RewardModel } from "../../../src/index.ts";
import type { Conversation, LoadOptions } from "../../../src/index.ts";

export interface PageScore {
  readonly value: number;
  readonly tokens: number;
}

export interface Answer {
  readonly scores: readonly PageScore[];
  /** Of an error: its class and message. */
  readonly error: string | undefined;
}

let model: RewardModel | undefined;
let liveBuffers = 0;

/** Counts buffers of this page from now on. */
function watchBuffers(): void {
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    const destroy = buffer.destroy.bind(buffer);
    liveBuffers += 1;
    buffer.destroy = () => {
      liveBuffers -= 1;
      buffer.destroy = destroy;
      destroy();
    };
    return buffer;
  };
}
watchBuffers();

async function answerOf(work: () => Promise<readonly PageScore[]>): Promise<Answer> {
  try {
    return { scores: await work(), error: undefined };
  } catch (error) {
    return {
      scores: [],
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
  }
}

export async function load(folder: string, options: LoadOptions): Promise<Answer> {
  return await answerOf(async () => {
    model = await RewardModel.fromPretrained(folder, options);
    return [];
  });
}

export async function score(conversations: readonly Conversation[]): Promise<Answer> {
  return await answerOf(() => scoreAll(conversations));
}

/** Scores, and aborts after a while. */
export async function scoreAborted(
  conversations: readonly Conversation[],
  afterMs: number,
): Promise<Answer> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error("given up")), afterMs);
  const answer = await answerOf(() => scoreAll(conversations, controller.signal));
  clearTimeout(timer);
  return answer;
}

async function scoreAll(
  conversations: readonly Conversation[],
  signal?: AbortSignal,
): Promise<readonly PageScore[]> {
  const scores = (await model?.score(conversations, signal === undefined ? {} : { signal })) ?? [];
  return scores.map(({ value, tokenIds }) => ({ value, tokens: tokenIds.length }));
}

export async function dispose(): Promise<void> {
  await model?.dispose();
  model = undefined;
}

/** What the page holds on the GPU, and keeps on the disk. */
export async function held(): Promise<{ buffers: number; storeBytes: number }> {
  const { usage = 0 } = await navigator.storage.estimate();
  return { buffers: liveBuffers, storeBytes: usage };
}
