/** A visit of a process to a disk in memory: the store opened, and a model through it. */
import type { Source } from "../../src/files/source.ts";
import { realmLocks } from "../../src/store/tabs/locks.ts";
import { ModelStore } from "../../src/store/model-store.ts";
import { storedSource } from "../../src/store/read/stored-source.ts";
import type { StoredSource, StoredSourceOptions } from "../../src/store/read/stored-source.ts";
import { memoryDirectory } from "./memory-directory.ts";
import type { Disk, Faults } from "./memory-directory.ts";
import { CHUNK } from "./model-fixture.ts";

/** The store of a process that sees the disk with these faults. */
export async function openStore(disk: Disk, faults?: Faults): Promise<ModelStore> {
  return await ModelStore.open({ directory: memoryDirectory(disk, faults), locks: realmLocks() });
}

export async function visit(
  disk: Disk,
  source: Source,
  faults?: Faults,
  options: StoredSourceOptions = {},
): Promise<StoredSource> {
  return await storedSource(source, await openStore(disk, faults), {
    chunkBytes: CHUNK,
    ...options,
  });
}
