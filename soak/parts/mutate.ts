/** Makes damaged and hostile variants of files: bytes flipped, pieces moved, numbers made extreme. */

/** Gives numbers from 0 to 1. */
export type Next = () => number;

export function pick<T>(list: readonly T[], next: Next): T {
  const one = list[Math.floor(next() * list.length)];
  if (one === undefined) throw new Error("pick: the list is empty");
  return one;
}

const integer = (next: Next, below: number): number => Math.floor(next() * below);

/** Numbers at which readers break. */
const EXTREMES = [
  "0", "-1", "1", "-0", "0.5", "1e400", "-1e400", "1e-400", "NaN", "null", "true", '"1"', "[]", "{}",
  "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
  "9007199254740991", "9007199254740993", "18446744073709551615", "18446744073709551616", "1000000000",
]; // prettier-ignore

/** Texts at which readers of JSON, templates and expressions break. */
const PIECES = [
  "{", "}", "[", "]", '"', "\\", ":", ",", "\\u0000", "\\ud800", "__proto__", "constructor", "\u0000",
  "{{", "}}", "{%", "%}", "{#", "#}", "(a+)+$", "(?:", "(?=", "\\p{L}", "{% for a in range(9) %}",
  "{% endfor %}", "{{ x * 99 }}", "|join", "namespace(", "[[[[[[[[[[", "\r\n", "\u2028", "\ufeff", "../",
]; // prettier-ignore

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x20, 0x22, 0x5c, 0x7b, 0x7d];

/** A way to damage bytes. */
type Change = (bytes: Uint8Array, next: Next) => Uint8Array;

const flipBit: Change = (bytes, next) => {
  const copy = bytes.slice();
  const at = integer(next, copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << integer(next, 8));
  return copy;
};

const setByte: Change = (bytes, next) => {
  const copy = bytes.slice();
  copy[integer(next, copy.length)] = pick(INTERESTING, next);
  return copy;
};

const truncate: Change = (bytes, next) => bytes.slice(0, integer(next, bytes.length));

const removePiece: Change = (bytes, next) => {
  const begin = integer(next, bytes.length);
  const end = begin + 1 + integer(next, Math.min(64, bytes.length - begin));
  return concat(bytes.subarray(0, begin), bytes.subarray(end));
};

const repeatPiece: Change = (bytes, next) => {
  const begin = integer(next, bytes.length);
  const end = begin + 1 + integer(next, Math.min(64, bytes.length - begin));
  const times = 1 + integer(next, 8);
  const piece = bytes.subarray(begin, end);
  return concat(
    bytes.subarray(0, end),
    ...Array.from({ length: times }, () => piece),
    bytes.subarray(end),
  );
};

const insertPiece: Change = (bytes, next) => {
  const at = integer(next, bytes.length + 1);
  return concat(bytes.subarray(0, at), Buffer.from(pick(PIECES, next)), bytes.subarray(at));
};

const swapHalves: Change = (bytes, next) => {
  const at = integer(next, bytes.length);
  return concat(bytes.subarray(at), bytes.subarray(0, at));
};

/** Sets a field of 4 or 8 bytes, as headers have them, to an extreme. */
const setField: Change = (bytes, next) => {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
  const at = integer(next, Math.max(1, copy.length - 8));
  const value = pick([0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff, 0x1_0000], next);
  if (copy.length >= at + 4) view.setUint32(at, value, next() < 0.5);
  return copy;
};

/** Replaces one number of a text by an extreme. */
const setNumber: Change = (bytes, next) => {
  const text = Buffer.from(bytes).toString("latin1");
  const numbers = [...text.matchAll(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g)];
  if (numbers.length === 0) return setByte(bytes, next);
  const { 0: old, index } = pick(numbers, next);
  const made = text.slice(0, index) + pick(EXTREMES, next) + text.slice(index + old.length);
  return Buffer.from(made, "latin1");
};

const BINARY: readonly Change[] = [
  flipBit,
  setByte,
  truncate,
  removePiece,
  repeatPiece,
  setField,
  swapHalves,
];
const TEXT: readonly Change[] = [...BINARY, insertPiece, insertPiece, setNumber, setNumber];

/**
 * Returns a damaged copy of a file: one to four changes, the same for the same numbers.
 * @param limit bytes from the front in which the changes fall: headers come first
 */
export function mutate(
  bytes: Uint8Array,
  isText: boolean,
  next: Next,
  limit: number = Infinity,
): Uint8Array {
  const kept = Math.min(limit, bytes.length);
  let head: Uint8Array = bytes.slice(0, kept);
  for (let left = 1 + integer(next, 4); left > 0 && head.length > 0; left--) {
    head = pick(isText ? TEXT : BINARY, next)(head, next);
  }
  return kept === bytes.length ? head : concat(head, bytes.subarray(kept));
}

function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(pieces);
}
