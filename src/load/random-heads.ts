// Tested by: test/load/picture-memory.gpu.test.ts
/**
 * What heads would say that have the model's own weights in random order: a model whose head was
 * never trained. Adebayo and others, Sanity Checks for Saliency Maps, arXiv 1810.03292.
 */
import { at } from "../base/at.ts";
import { readBack } from "../gpu/read-back.ts";
import { random } from "../statistics/random.ts";
import type { LoadedModel } from "./load.ts";

/**
 * Returns the margin of two states under `count` random heads.
 * @param a, b the states that the head reads, [hidden]
 * @returns undefined if the model's head is not one linear layer
 */
export async function randomHeadMargins(
  { device, holder, weights }: LoadedModel,
  [a, b]: readonly [Float32Array, Float32Array],
  count: number,
  seed: number,
): Promise<number[] | undefined> {
  const [head, another] = weights.heads;
  const isOne = head?.kind === "mlp" && another === undefined && "vector" in head.own;
  const weight = isOne && "vector" in head.own ? head.own.vector : undefined;
  const part = weight?.parts[0];
  const isLinear = weight?.form === "f32" && weight.rows * weight.columns === a.length;
  if (part === undefined || !isLinear || a.length !== b.length) return undefined;
  holder.expect([part.group]);
  await holder.acquire(part.group);
  let bytes: ArrayBuffer;
  try {
    const source = { buffer: holder.buffer(part), byteLength: 4 * a.length };
    bytes = at(await readBack(device, [source]), 0);
  } finally {
    holder.release(part.group);
  }
  const values = new Float32Array(bytes);
  const { below } = random(seed);
  return Array.from({ length: count }, () => {
    for (let i = values.length - 1; i > 0; i--) {
      const other = below(i + 1);
      [values[i], values[other]] = [at(values, other), at(values, i)];
    }
    let margin = 0;
    for (const [i, value] of values.entries()) margin += value * (at(a, i) - at(b, i));
    return margin;
  });
}
