/**
 * A directory in memory, and the ways in which real ones fail: calls that throw, writes that are
 * torn, space that ends, a process that is killed.
 */
import type { StoreDirectory, StoreFile } from "../../src/store/layout/directory.ts";

/** The state that outlives a process: the bytes of each file. */
export type Disk = Map<string, Uint8Array>;

export interface Faults {
  /**
   * Called before each call of the file system, counted from 0; throws to make it fail, or never
   * resolves.
   */
  before?(call: number, what: string): Promise<void> | void;
  /** Returns how many bytes of a write are stored. If fewer than all, the write throws. */
  tear?(call: number, byteLength: number): number;
  /** Bytes that all files together may have. */
  readonly quotaBytes?: number;
}

/** A process's view of a disk: files that it writes are locked as long as it lives. */
export function memoryDirectory(
  disk: Disk,
  faults: Faults = {},
): StoreDirectory & { calls(): number } {
  const locked = new Set<string>();
  let calls = 0;
  const step = async (what: string): Promise<number> => {
    const call = calls++;
    await faults.before?.(call, what);
    return call;
  };
  const opened = (name: string, isWriter: boolean): StoreFile => {
    const bytes = (): Uint8Array => {
      const found = disk.get(name);
      if (found === undefined) throw new DOMException(`${name} is gone`, "NotFoundError");
      return found;
    };
    return {
      async byteLength() {
        await step("byteLength");
        return bytes().byteLength;
      },
      async read(at, into) {
        await step("read");
        if (at + into.byteLength > bytes().byteLength) throw new Error(`${name} ends early`);
        into.set(bytes().subarray(at, at + into.byteLength));
      },
      async write(at, data) {
        if (!isWriter) throw new Error("read only");
        const call = await step("write");
        const taken = faults.tear?.(call, data.byteLength) ?? data.byteLength;
        grow(disk, name, at + taken, faults.quotaBytes);
        bytes().set(data.subarray(0, taken), at);
        if (taken < data.byteLength) throw new Error("torn write");
      },
      async truncate(byteLength) {
        await step("truncate");
        const whole = bytes();
        if (byteLength > whole.byteLength) grow(disk, name, byteLength, faults.quotaBytes);
        else disk.set(name, whole.slice(0, byteLength));
      },
      async flush() {
        await step("flush");
      },
      async close() {
        await step("close");
        if (isWriter) locked.delete(name);
      },
    };
  };
  return {
    calls: () => calls,
    async names() {
      await step("names");
      return [...disk.keys()];
    },
    async open(name) {
      await step("open");
      return disk.has(name) ? opened(name, false) : undefined;
    },
    async create(name) {
      await step("create");
      if (locked.has(name)) throw new DOMException("in use", "NoModificationAllowedError");
      locked.add(name);
      if (!disk.has(name)) disk.set(name, new Uint8Array());
      return opened(name, true);
    },
    async remove(name) {
      await step("remove");
      if (locked.has(name)) throw new DOMException("in use", "NoModificationAllowedError");
      disk.delete(name);
    },
    close() {},
  };
}

function grow(disk: Disk, name: string, byteLength: number, quotaBytes = Infinity): void {
  const old = disk.get(name) ?? new Uint8Array();
  if (byteLength <= old.byteLength) return;
  const others = [...disk.values()].reduce((sum, one) => sum + one.byteLength, -old.byteLength);
  if (others + byteLength > quotaBytes) throw new DOMException("no space", "QuotaExceededError");
  const bytes = new Uint8Array(byteLength);
  bytes.set(old);
  disk.set(name, bytes);
}

/** A disk's copy. */
export function copyOf(disk: Disk): Disk {
  return new Map([...disk].map(([name, bytes]) => [name, bytes.slice()]));
}
