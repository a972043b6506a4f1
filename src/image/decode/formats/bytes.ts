// Tested by: test/image/decode/orientation.test.ts
/** Small readers of bytes that all picture formats use. */

/** Returns true if the bytes at `at` are these characters, each below 256. */
export function has(bytes: Uint8Array, at: number, characters: string): boolean {
  return text(bytes, at, characters.length) === characters;
}

/** Returns bytes as characters, one each; fewer if the bytes end before. */
export function text(bytes: Uint8Array, at: number, length: number): string {
  const end = Math.min(at + length, bytes.length);
  let characters = "";
  for (let begin = at; begin < end; begin += 8192) {
    characters += String.fromCharCode(...bytes.subarray(begin, Math.min(begin + 8192, end)));
  }
  return characters;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Returns the arrays one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
