// Tested by: test/store/copies/quantised-copy.gpu.test.ts
/**
 * Allows one writer: of all tabs and workers of this origin, one at a time changes the store.
 *
 * Browsers release the lock of a tab that is closed or crashes. The next one resumes from what is
 * stored.
 */
import { orAborted } from "../../abort.ts";

export interface StoreLocks {
  /**
   * Runs `work` while no other caller holds the lock.
   * @param onWait called once if another caller holds it
   * @throws the signal's reason, if it is aborted while waiting
   */
  exclusive<T>(
    name: string,
    signal: AbortSignal | undefined,
    onWait: () => void,
    work: () => Promise<T>,
  ): Promise<T>;
}

/** Returns locks across tabs; only among callers of one realm if the browser has none. */
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

/** Returns locks among callers that share this object. */
export function realmLocks(): StoreLocks {
  const last = new Map<string, Promise<unknown>>();
  return {
    async exclusive(name, signal, onWait, work) {
      signal?.throwIfAborted();
      const before = last.get(name);
      const turn = withTurn(before, signal, onWait, work);
      // The next caller waits for both: an aborted waiter must not let others pass.
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
