/**
 * Finds out which folder a user means: a name of the hub, an address, a directory, files, or the
 * caller's own source.
 */
import { InputError } from "../errors.ts";
import { filesSource, isDirectory, isFileList } from "./files-source.ts";
import { httpSource } from "./http/http-source.ts";
import { hubSource } from "./hub.ts";
import { withoutPointers } from "./lfs.ts";
import type { HubOptions } from "./hub.ts";
import type { Source } from "./source.ts";

/** A model's folder, in any of the accepted forms. */
export type ModelFolder =
  | string
  | URL
  | FileSystemDirectoryHandle
  | readonly File[]
  | FileList
  | Source;

/**
 * Returns the folder as a source, in which a Git LFS pointer is an error.
 * @param from a string with a scheme, or beginning with `/`, `./` or `../`, is an address, relative
 *   to the page; any other string is `org/name[@revision]` of the hub
 * @throws InputError if it is none of these
 */
export function resolveSource(from: ModelFolder, options: HubOptions = {}): Source {
  return withoutPointers(sourceOf(from, options));
}

function sourceOf(from: ModelFolder, options: HubOptions): Source {
  const { fetch, retry } = options;
  if (from instanceof URL) return httpSource(from, { fetch, retry });
  if (typeof from === "string") {
    return isHubName(from) ? hubSource(from, options) : httpSource(address(from), { fetch, retry });
  }
  if (typeof from === "object" && from !== null) {
    if (isSource(from)) return from;
    if (Array.isArray(from) || isDirectory(from) || isFileList(from)) return filesSource(from);
  }
  throw new InputError({
    where: "model",
    what: "is not a folder",
    got: typeof from,
    expected: "org/name@revision, a URL, a directory handle or a list of files",
  });
}

/** Returns whether a folder is named as those of the hub are; an address begins otherwise. */
export function isHubName(from: ModelFolder): from is string {
  return typeof from === "string" && !/^(?:[a-z][a-z0-9+.-]*:|\/|\.\.?(?:\/|$))/i.test(from);
}

function isSource(from: object): from is Source {
  return "open" in from && typeof from.open === "function";
}

function address(from: string): URL {
  // A worker made from text has no page around it, nor has Node.
  const page = typeof document === "undefined" ? globalThis.location?.href : document.baseURI;
  try {
    return new URL(from, page);
  } catch (cause) {
    const todo = "Give the whole address, beginning with https://";
    const got = JSON.stringify(from);
    throw new InputError({ where: "model", what: "is not an address", got, todo, cause });
  }
}
