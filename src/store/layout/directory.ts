// Tested by: test/store/read/verified-file.test.ts
/**
 * What the store needs from a file system: one directory of files that are read and written at
 * offsets. Nothing is renamed: a file counts from the moment when a manifest names it.
 *
 * Browsers have the origin private file system (`opfs-directory.ts`). Tests have memory, and memory
 * that fails.
 */

/** One directory. Names are letters, digits, dots and dashes. */
export interface StoreDirectory {
  names(): Promise<string[]>;
  /** Opens a file to read it; undefined if there is none. */
  open(name: string): Promise<StoreFile | undefined>;
  /** Opens a file for exclusive reading and writing; creates it if need be. */
  create(name: string): Promise<StoreFile>;
  /** Removes a file, if there is one. */
  remove(name: string): Promise<void>;
  /** Releases what the directory holds beside files. */
  close(): void;
}

/** An open file. Offsets and lengths are in bytes. */
export interface StoreFile {
  byteLength(): Promise<number>;
  /**
   * Fills `into`.
   * @throws if the file ends before
   */
  read(at: number, into: Uint8Array): Promise<void>;
  /** Writes all bytes; a gap before `at` becomes zeros. */
  write(at: number, bytes: Uint8Array): Promise<void>;
  truncate(byteLength: number): Promise<void>;
  /** Resolves when written bytes would survive a power cut. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** The store itself failed: no space, no permission, or a missing file. Loading continues. */
export class StoreFault extends Error {
  override readonly name = "StoreFault";
  /** Whether the browser refused the space. */
  readonly isQuota: boolean;

  constructor(what: string, cause?: unknown) {
    const why = cause instanceof Error ? ` (${cause.name}: ${cause.message})` : "";
    super(`${what}${why}`, { cause });
    this.isQuota = cause instanceof Error && cause.name === "QuotaExceededError";
  }
}

/** Returns the same directory, all of whose errors are `StoreFault`s. */
export function guardDirectory(directory: StoreDirectory): StoreDirectory {
  return {
    names: () => guard("the store cannot be listed", () => directory.names()),
    async open(name) {
      const file = await guard(`${name} cannot be opened`, () => directory.open(name));
      return file && guardFile(name, file);
    },
    async create(name) {
      const file = await guard(`${name} cannot be opened`, () => directory.create(name));
      return guardFile(name, file);
    },
    remove: (name) => guard(`${name} cannot be removed`, () => directory.remove(name)),
    close: () => directory.close(),
  };
}

function guardFile(name: string, file: StoreFile): StoreFile {
  const reading = `${name} cannot be read`;
  const writing = `${name} cannot be written`;
  return {
    byteLength: () => guard(reading, () => file.byteLength()),
    read: (at, into) => guard(reading, () => file.read(at, into)),
    write: (at, bytes) => guard(writing, () => file.write(at, bytes)),
    truncate: (byteLength) => guard(writing, () => file.truncate(byteLength)),
    flush: () => guard(writing, () => file.flush()),
    close: () => guard(`${name} cannot be closed`, () => file.close()),
  };
}

async function guard<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new StoreFault(what, cause);
  }
}

/** Reads the whole of a small file; undefined if there is none. */
export async function readWhole(
  directory: StoreDirectory,
  name: string,
): Promise<Uint8Array | undefined> {
  const file = await directory.open(name);
  if (file === undefined) return undefined;
  return await closeAfter(file, async () => {
    const bytes = new Uint8Array(await file.byteLength());
    await file.read(0, bytes);
    return bytes;
  });
}

/** Replaces a small file, and waits until it is flushed. */
export async function writeWhole(
  directory: StoreDirectory,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const file = await directory.create(name);
  await closeAfter(file, async () => {
    await file.truncate(0);
    await file.write(0, bytes);
    await file.flush();
  });
}

/** Closes files after the work. An error of the work hides one of closing. */
export async function closeAfter<T>(
  file: StoreFile | readonly StoreFile[],
  work: () => Promise<T>,
): Promise<T> {
  const files = "close" in file ? [file] : file;
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await Promise.allSettled(files.map((one) => one.close()));
    throw error;
  }
  for (const one of files) await one.close();
  return result;
}
