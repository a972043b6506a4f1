// Tested by: test/text/tokenizer/tokenizer.test.ts
/**
 * Byte-pair encoding: the bytes of one word to token ids, the pair of lowest rank first, left to
 * right.
 *
 * A heap of (rank, position) over a linked list in typed arrays: n bytes cost n log n, so a word of
 * 10,000 letters takes a millisecond, and nothing is allocated per pair. Rust: tokenizers'
 * `Word::merge_all`.
 */
// oxlint-disable typescript/no-non-null-assertion -- loops over typed arrays, within their bounds
import { WeightsError } from "../../errors.ts";

/** Encodes words of bytes. */
export interface Bpe {
  /** Appends the ids of `bytes[0, count)` to `ids`. */
  encode(bytes: Uint8Array, count: number, ids: number[]): void;
}

/** The merges of a vocabulary: pair of ids → rank, and what the pair becomes. */
interface Merges {
  /** Returns the rank of a pair, -1 if it does not merge. */
  rank(left: number, right: number): number;
  readonly merged: Int32Array;
}

/** Heap keys are `rank * POSITIONS + position`: exact in a double for ranks below 2^22. */
const POSITIONS = 2 ** 31;

/**
 * Creates the merger.
 * @param byteIds the token id of each of the 256 bytes
 * @param merges pairs as tokenizer.json lists them, lowest rank first
 * @throws WeightsError if a merge names a token that the vocabulary lacks
 */
export function createBpe(
  byteIds: Int32Array,
  vocabulary: ReadonlyMap<string, number>,
  merges: readonly (string | readonly string[])[],
): Bpe {
  const table = readMerges(vocabulary, merges);
  let scratch = allocate(256);
  return {
    encode(bytes, count, ids) {
      if (count > scratch.id.length) scratch = allocate(2 * count);
      mergeAll(scratch, byteIds, table, bytes, count);
      for (let at = 0; at >= 0 && at < count; at = scratch.next[at]!) ids.push(scratch.id[at]!);
    },
  };
}

/**
 * A linked list of tokens, the rank of each with its right neighbour, and the heap of candidates.
 */
interface Scratch {
  readonly id: Int32Array;
  readonly next: Int32Array;
  readonly previous: Int32Array;
  readonly rank: Int32Array;
  /** A position enters at the start and after at most each of the n merges twice: 3n keys. */
  readonly heap: Float64Array;
}

function allocate(bytes: number): Scratch {
  const list = (): Int32Array => new Int32Array(bytes);
  return {
    id: list(),
    next: list(),
    previous: list(),
    rank: list(),
    heap: new Float64Array(3 * bytes),
  };
}

function mergeAll(
  { id, next, previous, rank, heap }: Scratch,
  byteIds: Int32Array,
  merges: Merges,
  bytes: Uint8Array,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    id[i] = byteIds[bytes[i]!]!;
    next[i] = i + 1 < count ? i + 1 : -1;
    previous[i] = i - 1;
  }
  let keys = 0;
  const offer = (at: number): void => {
    const right = next[at]!;
    const r = right < 0 ? -1 : merges.rank(id[at]!, id[right]!);
    rank[at] = r;
    if (r >= 0) push(heap, keys++, r * POSITIONS + at);
  };
  for (let i = 0; i < count; i++) offer(i);
  while (keys > 0) {
    const key = heap[0]!;
    pop(heap, --keys);
    const at = key % POSITIONS;
    const r = (key - at) / POSITIONS;
    if (rank[at] !== r) continue; // an older candidate: one of the two was merged since
    const right = next[at]!;
    id[at] = merges.merged[r]!;
    rank[right] = -1;
    const after = next[right]!;
    next[at] = after;
    if (after >= 0) previous[after] = at;
    offer(at);
    if (previous[at]! >= 0) offer(previous[at]!);
  }
}

function push(heap: Float64Array, last: number, key: number): void {
  let at = last;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]! <= key) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = key;
}

/** Takes the smallest key away; `keys` is how many stay. */
function pop(heap: Float64Array, keys: number): void {
  const key = heap[keys]!;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= keys) break;
    if (child + 1 < keys && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= key) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = key;
}

/**
 * Returns an open-addressed table from pair to rank: a tenth of the time and memory of a Map of
 * strings.
 */
function readMerges(
  vocabulary: ReadonlyMap<string, number>,
  merges: readonly (string | readonly string[])[],
): Merges {
  const slots = 2 ** Math.ceil(Math.log2(2 * merges.length + 2));
  const lefts = new Int32Array(slots).fill(-1);
  const rights = new Int32Array(slots);
  const ranks = new Int32Array(slots);
  const merged = new Int32Array(merges.length);
  const find = (left: number, right: number): number => {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0;
    for (
      slot = (slot ^ (slot >>> 15)) & (slots - 1);
      lefts[slot] !== -1;
      slot = (slot + 1) & (slots - 1)
    ) {
      if (lefts[slot] === left && rights[slot] === right) break;
    }
    return slot;
  };
  merges.forEach((merge, rank) => {
    const [a, b] = typeof merge === "string" ? splitOnce(merge) : [merge[0] ?? "", merge[1] ?? ""];
    const left = vocabulary.get(a);
    const right = vocabulary.get(b);
    const whole = vocabulary.get(a + b);
    if (left === undefined || right === undefined || whole === undefined) {
      throw new WeightsError({
        where: `tokenizer.json, merge ${rank}`,
        what: `"${a}" and "${b}" or what they make is not in the vocabulary`,
        todo: "Download the file again",
      });
    }
    const slot = find(left, right);
    lefts[slot] = left; // a repeated pair takes its last rank, as in tokenizers
    rights[slot] = right;
    ranks[slot] = rank;
    merged[rank] = whole;
  });
  return {
    merged,
    rank: (left, right) => {
      const slot = find(left, right);
      return lefts[slot] === -1 ? -1 : ranks[slot]!;
    },
  };
}

function splitOnce(merge: string): [string, string] {
  const space = merge.indexOf(" ");
  return [merge.slice(0, space), merge.slice(space + 1)];
}
