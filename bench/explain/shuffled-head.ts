// Tested by: test/explain/held-out.gpu.test.ts
/** The embedded model with the weights of its head in random order. */

import { readFileSync } from "node:fs";
import type { Source } from "../../src/files/source.ts";
import { random } from "../../src/statistics/random.ts";
import { shuffled } from "../../src/explain/shapley.ts";
import { filesSource } from "../../src/files/files-source.ts";
import { EMBEDDED_ROOT } from "../../testing/held-out.ts";

/** Files that the folder has; the rest of the repository's is samples and pairs. */
const NAMES = [
  "config.json",
  "chat_template.jinja",
  "tokenizer.json",
  "tokenizer_config.json",
  "preprocessor_config.json",
  "model.safetensors",
  "value_head.safetensors",
];

/** Returns the folder of such a model. */
export async function shuffledHead(seed: number): Promise<Source> {
  const files = NAMES.map((name) => {
    const bytes = Uint8Array.from(readFileSync(`${EMBEDDED_ROOT}${name}`));
    if (name === "value_head.safetensors") shuffleWeight(bytes, seed);
    return new File([bytes], name);
  });
  return filesSource(files);
}

function shuffleWeight(bytes: Uint8Array, seed: number): void {
  const view = new DataView(bytes.buffer);
  const headerLength = Number(view.getBigUint64(0, true));
  const header = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)),
  ) as Record<string, { data_offsets: [number, number] }>;
  const range = header["v_head.summary.weight"]?.data_offsets;
  if (!range) throw new Error("the head has no weight");
  const first = 8 + headerLength + range[0];
  const old = bytes.slice(first, 8 + headerLength + range[1]);
  for (const [to, from] of shuffled(old.length / 4, random(seed)).entries()) {
    bytes.set(old.subarray(4 * from, 4 * from + 4), first + 4 * to);
  }
}
