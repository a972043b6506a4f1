// Tested by: test/store/copies/quantised-copy.gpu.test.ts
/**
 * The store's directory in the origin private file system.
 *
 * In a worker, files are read and written through sync access handles, the fastest way. Pages have
 * none: there a file is read by slices, and a separate worker writes it. A file is never open for
 * writing and reading in two tabs: the store's lock prevents it. If a browser allows only one
 * handle per file, all readers but the first read slices.
 */
import type { StoreDirectory, StoreFile } from "./directory.ts";
import { opfsWriter } from "./opfs-writer.ts";
import type { OpfsWriter } from "./opfs-writer.ts";
import type { SyncAccessHandle, WorkerFileHandle } from "./sync-access.ts";

/** @throws the browser's error if the page may have no files */
export async function opfsDirectory(name: string): Promise<StoreDirectory> {
  const root = await navigator.storage.getDirectory();
  const directory = await root.getDirectoryHandle(name, { create: true });
  const isWorker = "createSyncAccessHandle" in FileSystemFileHandle.prototype;
  let writer: OpfsWriter | undefined;
  return {
    async names() {
      const names: string[] = [];
      for await (const [file] of directory.entries()) names.push(file);
      return names;
    },
    async open(file) {
      const handle = await find(directory, file);
      return handle && (isWorker ? await openToRead(directory, handle) : await slicedFile(handle));
    },
    async create(file) {
      if (!isWorker) {
        writer ??= opfsWriter(name);
        return await writer.create(file);
      }
      const handle = (await directory.getFileHandle(file, { create: true })) as WorkerFileHandle;
      return handleFile(directory, file, await handle.createSyncAccessHandle());
    },
    async remove(file) {
      try {
        await directory.removeEntry(file);
      } catch (error) {
        if (!isNamed(error, "NotFoundError")) throw error;
      }
    },
    close() {
      writer?.close();
      writer = undefined;
    },
  };
}

async function find(
  directory: FileSystemDirectoryHandle,
  name: string,
): Promise<WorkerFileHandle | undefined> {
  try {
    return (await directory.getFileHandle(name)) as WorkerFileHandle;
  } catch (error) {
    if (isNamed(error, "NotFoundError")) return undefined;
    throw error;
  }
}

async function openToRead(
  directory: FileSystemDirectoryHandle,
  handle: WorkerFileHandle,
): Promise<StoreFile> {
  try {
    const opened = await handle.createSyncAccessHandle({ mode: "read-only" });
    return handleFile(directory, handle.name, opened);
  } catch (error) {
    // Another tab uses the file, in a browser that allows only one handle per file.
    if (isNamed(error, "NoModificationAllowedError")) return slicedFile(handle);
    throw error;
  }
}

function handleFile(
  directory: FileSystemDirectoryHandle,
  name: string,
  handle: SyncAccessHandle,
): StoreFile {
  return {
    byteLength: async () => handle.getSize(),
    async read(at, into) {
      const read = handle.read(into, { at });
      if (read !== into.byteLength) throw new Error(`ends at byte ${at + read}`);
    },
    async write(at, bytes) {
      const written = handle.write(bytes, { at });
      // On a full disk, a write may store only a part and not throw.
      if (written !== bytes.byteLength) throw new DOMException("disk full", "QuotaExceededError");
    },
    truncate: async (byteLength) => handle.truncate(byteLength),
    flush: async () => handle.flush(),
    async close() {
      // If the file was deleted with the site's data, closing it never returns in Chrome. This
      // throws before.
      await directory.getFileHandle(name);
      handle.close();
    },
  };
}

async function slicedFile(handle: FileSystemFileHandle): Promise<StoreFile> {
  const file = await handle.getFile();
  const refuse = async (): Promise<never> => {
    throw new Error("is open for reading only");
  };
  return {
    byteLength: async () => file.size,
    async read(at, into) {
      const bytes = await file.slice(at, at + into.byteLength).arrayBuffer();
      if (bytes.byteLength !== into.byteLength) throw new Error(`ends at byte ${file.size}`);
      into.set(new Uint8Array(bytes));
    },
    write: refuse,
    truncate: refuse,
    flush: refuse,
    close: async () => {},
  };
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
