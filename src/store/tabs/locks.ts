// Tested by: test/store/copies/quantised-copy.gpu.test.ts
/**
 * One writer: of all tabs and workers of this origin, one at a time changes the store.
 *
 * Browsers drop the lock of a tab that is closed or crashes; the next one in line goes on from what
 * is there.
 */
import { orAborted } from "../../abort.ts";

export interface StoreLocks {
  /**
   * Runs `work` while nobody else holds the lock.
   * @param onWait called once where somebody else holds it
   * @throws the signal's reason where it is aborted while waiting
   */
  exclusive<T>(
    name: string,
    signal: AbortSignal | undefined,
    onWait: () => void,
    work: () => Promise<T>,
  ): Promise<T>;
}

/** Locks across tabs; among the callers of one realm where the browser has none. */
export function browserLocks(): StoreLocks {
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  return locks === undefined ? realmLocks() : webLocks(locks);
}

function webLocks(locks: LockManager): StoreLocks {
  return {
    async exclusive(name, signal, onWait, work) {
      signal?.throwIfAborted();
      const first = await locks.request(name, { ifAvailable: true }, async (lock) =>
        lock === null ? undefined : { result: await work() },
      );
      if (first !== undefined) return first.result;
      onWait();
      const options = signal === undefined ? {} : { signal };
      return await locks.request(name, options, async () => await work());
    },
  };
}

/** Locks among callers that share this object. */
export function realmLocks(): StoreLocks {
  const last = new Map<string, Promise<unknown>>();
  return {
    async exclusive(name, signal, onWait, work) {
      signal?.throwIfAborted();
      const before = last.get(name);
      const turn = withTurn(before, signal, onWait, work);
      // Who comes next waits for both: a waiter that gave up must not let others pass.
      const both = Promise.allSettled([before, turn]);
      last.set(name, both);
      void both.then(() => last.get(name) === both && last.delete(name));
      return await turn;
    },
  };
}

async function withTurn<T>(
  before: Promise<unknown> | undefined,
  signal: AbortSignal | undefined,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  if (before !== undefined) {
    onWait();
    await orAborted(signal, before);
  }
  return await work();
}
