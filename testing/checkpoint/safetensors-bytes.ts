/**
 * Safetensors files made by hand, right and wrong ones.
 */

/**
 * Returns a file made of a header, as text or bytes, and the bytes of tensors: their number, or the
 * bytes themselves. `length` overrides N, the length of the header that the file states.
 */
export function safetensors(
  header: string | Uint8Array,
  tensors: number | Uint8Array = 0,
  length?: bigint,
): Uint8Array {
  const text = typeof header === "string" ? Buffer.from(header) : header;
  const body = typeof tensors === "number" ? pattern(tensors) : tensors;
  const file = new Uint8Array(8 + text.byteLength + body.byteLength);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(text.byteLength), true);
  file.set(text, 8);
  file.set(body, 8 + text.byteLength);
  return file;
}

/** The header of F32 tensors, one after the other. */
export function headerOf(tensors: Readonly<Record<string, readonly number[]>>): string {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, shape]) => {
    const begin = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }] as const;
  });
  return JSON.stringify(Object.fromEntries(entries));
}

/** A whole file of F32 tensors. */
export function tensorFile(tensors: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const counts = Object.values(tensors).map((shape) => shape.reduce((a, b) => a * b, 1));
  return safetensors(headerOf(tensors), 4 * counts.reduce((a, b) => a + b, 0));
}

function pattern(byteLength: number): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, i) => (i * 37 + 11) & 0xff);
}
