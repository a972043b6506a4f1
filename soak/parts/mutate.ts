/**
 * Makes damaged and hostile variants of files: bytes flipped, pieces moved, numbers made extreme.
 */

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
  return new Uint8Array(Buffer.from(made, "latin1"));
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
  // A Buffer's own slice shares its memory.
  let head: Uint8Array = new Uint8Array(bytes.subarray(0, kept));
  for (let left = 1 + integer(next, 4); left > 0 && head.length > 0; left--) {
    head = pick(isText ? TEXT : BINARY, next)(head, next);
  }
  return kept === bytes.length ? head : concat(head, bytes.subarray(kept));
}

function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

/** Texts in the place of values. */
const TEXTS = [
  "",
  "x",
  "\u0000",
  "\ud800",
  "__proto__",
  "(a+)+$",
  "(((",
  "[^",
  "\\p{L}+|\\s+",
  "../x",
  "1e400",
];

/**
 * Returns a JSON file with one to three values changed, dropped, moved or named otherwise: it stays
 * JSON, so that the code behind the parser sees it.
 */
export function mutateJson(bytes: Uint8Array, next: Next): Uint8Array {
  let root: unknown;
  try {
    root = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return mutate(bytes, true, next);
  }
  for (let left = 1 + integer(next, 3); left > 0; left--) root = changeNode(root, next);
  return new Uint8Array(Buffer.from(JSON.stringify(root) ?? "null"));
}

/** Walks down to a node at random, and changes it. */
function changeNode(value: unknown, next: Next): unknown {
  if (typeof value !== "object" || value === null || next() < 0.12) return otherValue(value, next);
  if (Array.isArray(value)) {
    if (value.length === 0) return [otherValue(undefined, next)];
    const at = integer(next, value.length);
    const copy: unknown[] = [...value];
    const kind = next();
    if (kind < 0.1) copy.splice(at, 1);
    else if (kind < 0.2) copy.splice(at, 0, copy[at]);
    else copy[at] = changeNode(copy[at], next);
    return copy;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return otherValue(value, next);
  const at = integer(next, entries.length);
  const [key, inner] = entries[at] ?? ["", undefined];
  const kind = next();
  if (kind < 0.08) entries.splice(at, 1);
  else if (kind < 0.14)
    entries[at] = [pick([...TEXTS, ...entries.map(([name]) => name)], next), inner];
  else if (kind < 0.2) entries.push([`${key}_`, inner]);
  else entries[at] = [key, changeNode(inner, next)];
  return Object.fromEntries(entries);
}

function otherValue(value: unknown, next: Next): unknown {
  const kind = integer(next, 8);
  if (kind === 0) return pick(TEXTS, next);
  if (kind === 1)
    return pick([0, -1, 1, 0.5, 1e9, 1e308, -1e308, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2], next);
  if (kind === 2)
    return pick([null, true, false, [], {}, [[]], [null], { a: 1 }] as unknown[], next);
  if (kind === 3) return [value];
  if (kind === 4) return { type: value };
  if (typeof value === "number")
    return pick([value + 1, value - 1, -value, value * 1e6, value / 3, String(value)], next);
  if (typeof value === "string") {
    return Buffer.from(mutate(Buffer.from(value === "" ? "x" : value), true, next)).toString(
      "utf8",
    );
  }
  return pick(TEXTS, next);
}
