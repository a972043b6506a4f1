// Tested by: test/load/folder-kind.test.ts
/**
 * Opens the hub's cache on disk: `models--org--name` with `blobs`, `refs` and `snapshots`. The
 * model is in a snapshot, not in the folder itself.
 */
import type { Source } from "./source.ts";
import { readText } from "./text-file.ts";

/** A commit's name is hexadecimal digits. Anything else could lead out of the folder. */
const COMMIT = /^[0-9a-f]{4,64}$/;

/**
 * Returns the snapshot that `refs/main` names, or undefined if the folder is not a cache.
 * @param source a folder without config.json
 */
export async function openSnapshot(
  source: Source,
  signal?: AbortSignal,
): Promise<Source | undefined> {
  const ref = await readText(source, "refs/main", { maxBytes: 1000, signal });
  const commit = ref?.trim();
  return commit !== undefined && COMMIT.test(commit)
    ? subfolder(source, `snapshots/${commit}`)
    : undefined;
}

function subfolder(source: Source, folder: string): Source {
  return {
    name: `${source.name}/${folder}`,
    open: async (path, signal) => await source.open(`${folder}/${path}`, signal),
  };
}
