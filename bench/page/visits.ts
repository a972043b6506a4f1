/**
 * One visit of a tab: the model loaded and a conversation scored, and how much of the store was
 * read for it.
 */
import { RewardModel } from "../../src/index.ts";
import { ModelStore } from "../../src/store/index.ts";
import type { Conversation, WeightForm } from "../../src/index.ts";
import type { StoreDirectory, StoreFile } from "../../src/store/layout/directory.ts";
import { opfsDirectory } from "../../src/store/layout/opfs-directory.ts";

export interface Visit {
  readonly adapter: string;
  /** Milliseconds to the first score, and bytes of the store that were read until then. */
  readonly ms: number;
  readonly readBytes: number;
  /**
   * Milliseconds from the visit until the quantised copy was stored. Undefined if nothing is
   * stored.
   */
  readonly keepMs: number | undefined;
  /** Bytes of the models in the store at the end: the files, and their quantised copy. */
  readonly storedBytes: number;
  readonly copyBytes: number;
  readonly values: readonly number[];
}

const DIRECTORY = "visits";

const conversation: Conversation = [
  { role: "user", content: "What is 3 plus 4?" },
  { role: "assistant", content: "3 plus 4 is 7." },
];

export async function visit(folder: string, weights: WeightForm): Promise<Visit> {
  let readBytes = 0;
  const directory = countReads(await opfsDirectory(DIRECTORY), (bytes) => (readBytes += bytes));
  const store = await ModelStore.open({ directory });
  const begin = performance.now();
  const model = await RewardModel.fromPretrained(folder, { weights, store });
  const { tokenValues } = await model.score(conversation);
  const ms = performance.now() - begin;
  const readForScore = readBytes;
  const isKept = await model.keepQuantised();
  const keepMs = isKept ? performance.now() - begin - ms : undefined;
  const { adapter } = model;
  await model.dispose();
  const models = await store.list();
  store.close();
  const bytesOf = (isCopy: boolean): number =>
    models
      .filter(({ copyOf }) => (copyOf !== undefined) === isCopy)
      .reduce((sum, { byteLength }) => sum + byteLength, 0);
  return {
    adapter: adapter.name,
    ms,
    readBytes: readForScore,
    keepMs,
    storedBytes: bytesOf(false),
    copyBytes: bytesOf(true),
    values: [...tokenValues],
  };
}

/** Removes everything from the store. */
export async function forget(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(DIRECTORY, { recursive: true });
}

function countReads(directory: StoreDirectory, tell: (bytes: number) => void): StoreDirectory {
  const counted = (file: StoreFile): StoreFile => ({
    ...file,
    async read(at, into) {
      await file.read(at, into);
      tell(into.byteLength);
    },
  });
  return {
    ...directory,
    async open(name) {
      const file = await directory.open(name);
      return file && counted(file);
    },
    create: async (name) => counted(await directory.create(name)),
  };
}
