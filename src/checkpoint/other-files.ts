// Tested by: test/checkpoint/other-files.test.ts
/**
 * Finds tensors of a head in files whose names nothing says: any other `*.safetensors` of the
 * folder.
 */
import { readSafetensors } from "./safetensors.ts";
import { list, mergeTensors } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { TensorEntry } from "./safetensors.ts";
import { WeightsError } from "../errors.ts";

/** Heads are small; a folder may hold whole models beside the one that is meant. */
const MAX_FILES = 64;

/**
 * Returns the checkpoint with the layers that it lacks, from other files of the folder. A folder
 * that cannot be listed, as over HTTP, stays as it is.
 * @param layers names of linear layers, `<name>.weight` and `<name>.bias`
 * @throws WeightsError if two of the files hold a layer, or a file is damaged
 */
export async function withOtherFiles(
  checkpoint: Checkpoint,
  layers: readonly string[],
  signal?: AbortSignal,
): Promise<Checkpoint> {
  const { source, tensors } = checkpoint;
  const lacking = layers.filter((name) => !tensors.has(`${name}.weight`));
  const names = lacking.length === 0 ? [] : ((await source.list?.()) ?? []);
  const known = new Set([...tensors.values()].map(({ file }) => file.path));
  const others = names
    .filter((name) => name.endsWith(".safetensors") && !known.has(name))
    .toSorted();
  if (others.length > MAX_FILES) {
    throw new WeightsError({
      where: source.name,
      what: `layers of the head are missing (${list(lacking)}), and too many files may hold them`,
      got: `${others.length} other files of safetensors`,
      expected: `${MAX_FILES} at most`,
      todo: "Name the file value_head.safetensors",
    });
  }
  const wanted = new Set(lacking.flatMap((name) => [`${name}.weight`, `${name}.bias`]));
  const found: { tensors: Map<string, TensorEntry> }[] = [];
  for (const name of others) {
    const file = await source.open(name, signal);
    if (!file) continue;
    const header = await readSafetensors(file, signal);
    found.push({ tensors: new Map([...header.tensors].filter(([own]) => wanted.has(own))) });
  }
  if (found.every((one) => one.tensors.size === 0)) return checkpoint;
  const merged = mergeTensors(source.name, found);
  return { ...checkpoint, tensors: new Map([...tensors, ...merged]) };
}
