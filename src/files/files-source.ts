/**
 * Reads a folder that the user chose: a directory handle, or the files of an `<input
 * webkitdirectory>` or of a drop.
 */
import { kindOf } from "../base/json.ts";
import { InputError, WeightsError } from "../errors.ts";
import { checkRange, isInside } from "./source.ts";
import type { Source, SourceFile } from "./source.ts";

/** The size of one read: `Blob.arrayBuffer` copies all that it reads. */
const PIECE_BYTES = 4 * 2 ** 20;

/**
 * Returns files of the user as a folder.
 * @param from a directory, a list of files, or the `files` of an input
 * @throws InputError if there are no files, two with the same path, or something else among them
 */
export function filesSource(from: FileSystemDirectoryHandle | readonly File[] | FileList): Source {
  if (typeof from === "object" && from !== null) {
    if (isDirectory(from)) return directorySource(from);
    if (Array.isArray(from) || isFileList(from)) return listSource(Array.from(from as File[]));
  }
  const expected = "a directory's handle, or a list of files";
  throw new InputError({ where: "files", expected, got: kindOf(from) });
}

/** Returns whether it is the `files` of an input or of a drop. */
export function isFileList(from: object): from is FileList {
  return Object.prototype.toString.call(from) === "[object FileList]";
}

export function isDirectory(from: object): from is FileSystemDirectoryHandle {
  return "kind" in from && from.kind === "directory";
}

function directorySource(directory: FileSystemDirectoryHandle): Source {
  const name = directory.name === "" ? "the folder" : directory.name;
  return {
    name,
    async list() {
      const names: string[] = [];
      try {
        for await (const entry of directory.values()) {
          if (entry.kind === "file") names.push(entry.name);
        }
      } catch (cause) {
        throw unreadable(name, cause);
      }
      return names;
    },
    async open(path, signal) {
      signal?.throwIfAborted();
      if (!isInside(path)) return undefined;
      try {
        return userFile(path, await find(directory, path));
      } catch (cause) {
        // A folder instead of a file counts as a missing file.
        if (isNamed(cause, "NotFoundError") || isNamed(cause, "TypeMismatchError"))
          return undefined;
        throw unreadable(`${name}, ${path}`, cause);
      }
    },
  };
}

async function find(directory: FileSystemDirectoryHandle, path: string): Promise<File> {
  const folders = path.split("/");
  const last = folders.pop() ?? "";
  let folder = directory;
  for (const part of folders) folder = await folder.getDirectoryHandle(part);
  const handle = await folder.getFileHandle(last);
  return await handle.getFile();
}

function listSource(files: readonly File[]): Source {
  const paths = files.map((file) => file?.webkitRelativePath || file?.name || "");
  const common = commonFolder(paths);
  const byPath = new Map<string, File>();
  for (const [i, file] of files.entries()) {
    if (!(file instanceof Blob)) {
      throw new InputError({ where: `files[${i}]`, expected: "a File", got: kindOf(file) });
    }
    const path = (paths[i] ?? "").slice(common.length);
    if (byPath.has(path)) {
      const todo = "Choose the files of one folder";
      const what = "two files have the same name";
      throw new InputError({ where: "files", what, got: JSON.stringify(path), todo });
    }
    byPath.set(path, file);
  }
  if (files.length === 0) {
    const todo = "Choose the files of a model's folder";
    throw new InputError({ where: "files", what: "there are none", todo });
  }
  return {
    name: common.replace(/\/$/, "") || "the chosen files",
    list: async () => [...byPath.keys()].filter((path) => !path.includes("/")),
    async open(path, signal) {
      signal?.throwIfAborted();
      const file = byPath.get(path);
      return file && userFile(path, file);
    },
  };
}

/**
 * Returns the folder that all paths share, with its slash: the chosen folder, or the one inside it
 * that is not empty.
 */
function commonFolder(paths: readonly string[]): string {
  const folders = paths.map((path) => path.slice(0, path.lastIndexOf("/") + 1));
  let common = folders[0] ?? "";
  for (const folder of folders) {
    while (!folder.startsWith(common)) {
      common = common.slice(0, common.lastIndexOf("/", common.length - 2) + 1);
    }
  }
  return common;
}

function userFile(path: string, blob: File): SourceFile {
  const file: SourceFile = {
    path,
    byteLength: blob.size,
    async read(begin, into, signal) {
      checkRange(file, begin, into.byteLength);
      for (let done = 0; done < into.byteLength;) {
        signal?.throwIfAborted();
        const end = Math.min(done + PIECE_BYTES, into.byteLength);
        const piece = await bytesOf(path, blob.slice(begin + done, begin + end));
        if (piece.byteLength !== end - done) throw unreadable(path, undefined);
        into.set(piece, done);
        done = end;
      }
    },
  };
  return file;
}

async function bytesOf(path: string, slice: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await slice.arrayBuffer());
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(where: string, cause: unknown): WeightsError {
  return new WeightsError({
    where,
    what: "cannot be read: it changed, vanished, or the page may not read it any more",
    got: cause instanceof Error ? cause.name : undefined,
    todo: "Choose the folder again",
    cause,
  });
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
