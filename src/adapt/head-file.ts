/**
 * The adapted head as a file: safetensors in F32 with the published names, so that transformers,
 * TRL and `fromPretrained(…, { head })` read it.
 */

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
  let at = 8 + headerBytes;
  for (const { values } of tensors.values()) {
    for (let i = 0; i < values.length; i++, at += 4) view.setFloat32(at, Number(values[i]), true);
  }
  return bytes;
}
