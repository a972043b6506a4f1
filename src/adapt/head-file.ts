/**
 * The adapted head as a file: safetensors in F32 with the published names, so that transformers,
 * TRL and `fromPretrained(…, { head })` read it.
 */

import { at } from "../base/at.ts";
import { LINEAR_HEAD, type LinearHead } from "../load/own-head.ts";
import type { Adaptation } from "./adapt.ts";

/** The published head if it is one linear layer, else how many features a head can be put on. */
export type HeadBase = LinearHead | { readonly features: number };

/**
 * Returns the file of a judge: the published head with what labels have changed; or, for a head
 * that is more than one layer, a linear head on its features, which the name says.
 * @param from where it came from, beside the numbers of the fit
 */
export function adaptedHead(
  base: HeadBase,
  { change, accepted, judge, temperature, lambda }: Adaptation,
  from: Readonly<Record<string, string>>,
): { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } {
  const metadata = {
    format: "pt",
    ...from,
    judge: accepted ? judge : "published",
    temperature: String(temperature),
    lambda: String(lambda ?? "none"),
    made_by: "vl-reward adapt",
  };
  if ("features" in base) {
    const tensor = { shape: [1, base.features], values: change };
    const bytes = headFile(new Map([[`${LINEAR_HEAD}.weight`, tensor]]), metadata);
    return { name: `${LINEAR_HEAD}.safetensors`, bytes };
  }
  const { names, shape, weight, bias } = base;
  const values = Float64Array.from(weight, (value, k) => value + at(change, k));
  const tensors = new Map<string, HeadTensor>([[names.weight, { shape, values }]]);
  if (names.bias !== undefined) tensors.set(names.bias, { shape: [1], values: [bias] });
  const name = names.weight.startsWith("v_head.") ? "value_head" : "score";
  return { name: `${name}.safetensors`, bytes: headFile(tensors, metadata) };
}

/** A tensor to write. */
export interface HeadTensor {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/**
 * Returns a file of safetensors.
 * @param metadata where the head came from; texts only, as the format wants
 */
export function headFile(
  tensors: ReadonlyMap<string, HeadTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, values }] of tensors) {
    const begin = end;
    end += 4 * values.length;
    header[name] = { dtype: "F32", shape, data_offsets: [begin, end] };
  }
  // Writers pad the header with spaces, so that the tensors are aligned to 8 bytes.
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerBytes + end).fill(0x20, 8, 8 + headerBytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(json, 8);
  let begin = 8 + headerBytes;
  for (const { values } of tensors.values()) {
    for (let i = 0; i < values.length; i++, begin += 4) view.setFloat32(begin, at(values, i), true);
  }
  return bytes;
}
