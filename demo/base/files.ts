/** Files that a person gives to the page, and how they are called. */

export interface GivenFiles {
  readonly files: readonly File[];
  /**
   * Returns the folder that was dropped, if it was one and the browser gives access to folders.
   * Call it before the first `await`: the browser empties the list after the event.
   */
  readonly folder: () => Promise<FileSystemDirectoryHandle | undefined>;
}

/** Returns what a drop or a paste holds. */
export function givenFiles(transfer: DataTransfer | null): GivenFiles {
  return { files: [...(transfer?.files ?? [])], folder: () => folderOf(transfer) };
}

async function folderOf(
  transfer: DataTransfer | null,
): Promise<FileSystemDirectoryHandle | undefined> {
  const [item] = transfer?.items ?? [];
  // Firefox and Safari lack it: there, people drop files and choose folders.
  const handle = await (item as Partial<DroppedItem> | undefined)?.getAsFileSystemHandle?.();
  return handle?.kind === "directory" ? (handle as FileSystemDirectoryHandle) : undefined;
}

interface DroppedItem {
  getAsFileSystemHandle(): Promise<FileSystemHandle | null>;
}

/** Returns the name of the files' folder, the name of the one file, or how many there are. */
export function fileNames(files: readonly File[]): string {
  const [first] = files;
  const folder = first?.webkitRelativePath.split("/")[0];
  if (folder) {
    return folder;
  }
  return files.length === 1 ? (first?.name ?? "") : `${files.length} files`;
}
