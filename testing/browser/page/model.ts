/**
 * One model in the page that loads and scores under faults, and what it leaves on the GPU and in
 * the store.
 */
import { RewardModel } from "../../../src/index.ts";
import { ModelStore } from "../../../src/store/index.ts";
import type { Conversation, LoadOptions } from "../../../src/index.ts";

export interface Outcome {
  /** The value head at every token of all conversations. */
  readonly values: readonly number[];
  /** Of an error: its class and message. */
  readonly error: { readonly name: string; readonly message: string } | undefined;
  readonly ms: number;
}

export interface Loading extends Outcome {
  readonly warnings: readonly string[];
  /** Bytes that this page itself has downloaded into the store. */
  readonly netBytes: number;
}

let model: RewardModel | undefined;
let store: ModelStore | undefined;
let liveBuffers = 0;
let devices = 0;

/** Counts buffers and devices of this page from now on. */
function watchGpu(): void {
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
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function (descriptor) {
    devices += 1;
    return requestDevice.call(this, descriptor);
  };
}
watchGpu();

async function outcomeOf(work: () => Promise<readonly number[]>): Promise<Outcome> {
  const begin = performance.now();
  try {
    const values = await work();
    return { values, error: undefined, ms: performance.now() - begin };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { values: [], error: { name, message }, ms: performance.now() - begin };
  }
}

export async function load(folder: string, options: LoadOptions, isKept = false): Promise<Loading> {
  const warnings: string[] = [];
  let netBytes = 0;
  if (isKept) store ??= await ModelStore.open();
  const outcome = await outcomeOf(async () => {
    model = await RewardModel.fromPretrained(folder, {
      ...options,
      ...(isKept && store ? { store } : {}),
      onWarning: (text) => warnings.push(text),
      onProgress(progress) {
        const isOwn = "isFollowing" in progress && progress.isFollowing === false;
        if (isOwn && "netBytes" in progress) netBytes = Number(progress.netBytes);
      },
    });
    return [];
  });
  return { ...outcome, warnings, netBytes };
}

export async function score(conversations: readonly Conversation[]): Promise<Outcome> {
  return await outcomeOf(async () => {
    const scores = (await model?.score(conversations)) ?? [];
    return scores.flatMap(({ tokenValues }) => [...tokenValues]);
  });
}

/** Gives the model back; what is left of it then. */
export async function dispose(): Promise<{ liveBuffers: number; devices: number }> {
  await model?.dispose();
  model = undefined;
  store?.close();
  store = undefined;
  const made = devices;
  devices = 0;
  return { liveBuffers, devices: made };
}

/** Returns what the store reports about incomplete and complete models. */
export async function kept(): Promise<{ complete: number; incomplete: number }> {
  const opened = await ModelStore.open();
  const models = await opened.list();
  opened.close();
  const complete = models.filter(({ isComplete }) => isComplete).length;
  return { complete, incomplete: models.length - complete };
}

/** Flips a bit of the store, at a share of all its bytes. Gives the file's name. */
export async function flipBit(share: number): Promise<string> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle("vl-reward");
  const files: { handle: FileSystemFileHandle; file: File }[] = [];
  for await (const handle of folder.values()) {
    if (handle.kind === "file") files.push({ handle, file: await handle.getFile() });
  }
  let bit = Math.floor(share * 8 * files.reduce((sum, { file }) => sum + file.size, 0));
  for (const { handle, file } of files) {
    if (bit < 8 * file.size) {
      const at = bit >> 3;
      const [byte = 0] = new Uint8Array(await file.slice(at, at + 1).arrayBuffer());
      const stream = await handle.createWritable({ keepExistingData: true });
      const flipped = Uint8Array.of(byte ^ (1 << (bit & 7)));
      await stream.write({ type: "write", position: at, data: flipped });
      await stream.close();
      return handle.name;
    }
    bit -= 8 * file.size;
  }
  throw new Error("nothing is stored");
}
