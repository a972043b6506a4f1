/**
 * Types of the sync access handles of the origin private file system. They exist in dedicated
 * workers only, so TypeScript's types of a page do not have them.
 */

export interface SyncAccessHandle {
  getSize(): number;
  /** Returns how many bytes were read. */
  read(into: Uint8Array, options: { at: number }): number;
  /** Returns how many bytes were written. */
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(byteLength: number): void;
  flush(): void;
  close(): void;
}

/** A file's handle in a worker. */
export interface WorkerFileHandle extends FileSystemFileHandle {
  /** `read-only` is Chromium's. Other browsers always open for one at a time. */
  createSyncAccessHandle(options?: { mode: "read-only" }): Promise<SyncAccessHandle>;
}
