// Tested by: test/checkpoint/checkpoint.test.ts
/**
 * Errors for missing weights: what the folder has instead, and how to convert it.
 *
 * Pickles (`*.bin`) are programs. Of them only a small value head is read (`pickle.ts`); one line
 * of
 * Python converts others.
 */
import { WeightsError } from "../errors.ts";
import type { Source } from "../files/source.ts";

const TORCH = "import glob, torch; from safetensors.torch import save_file";
const LOAD = "torch.load(f, map_location='cpu', weights_only=True)";

/** Returns the command that writes the tensors of pickles into one safetensors file. */
export function conversion(from: string, to: string): string {
  const tensors = `{k: v.clone() for f in sorted(glob.glob('${from}')) for k, v in ${LOAD}.items()}`;
  return `python -c "${TORCH}; save_file(${tensors}, '${to}', metadata={'format': 'pt'})"`;
}

/** Returns the error for a folder that has neither model.safetensors nor an index. */
export async function noWeights(source: Source, signal?: AbortSignal): Promise<WeightsError> {
  const where = source.name;
  const expected = "model.safetensors, or model.safetensors.index.json and its shards";
  const pickle = await firstOf(
    source,
    ["pytorch_model.bin", "pytorch_model.bin.index.json"],
    signal,
  );
  if (pickle !== undefined) {
    return new WeightsError({
      where,
      what: `the weights are pickles (${pickle}), which are not read`,
      expected,
      todo: `Convert them in the folder: ${conversion("pytorch_model*.bin", "model.safetensors")}`,
    });
  }
  return new WeightsError({
    where,
    what: "there are no weights in the folder",
    expected,
    todo: "Check the folder's name; weights in other formats must be saved as safetensors",
  });
}

async function firstOf(
  source: Source,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  const files = await Promise.all(paths.map((path) => source.open(path, signal)));
  return paths.find((_, i) => files[i] !== undefined);
}
