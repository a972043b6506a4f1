/**
 * Sync access handles of the origin private file system, which exist in dedicated workers only:
 * TypeScript's types of a page do not know them.
 */

export interface SyncAccessHandle {
  getSize(): number;
  /** @returns how many bytes were read */
  read(into: Uint8Array, options: { at: number }): number;
  /** @returns how many bytes were written */
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(byteLength: number): void;
  flush(): void;
  close(): void;
}

/** A file's handle in a worker. */
export interface WorkerFileHandle extends FileSystemFileHandle {
  /** `read-only` is Chromium's; others open for one at a time whatever they are asked. */
  createSyncAccessHandle(options?: { mode: "read-only" }): Promise<SyncAccessHandle>;
}
