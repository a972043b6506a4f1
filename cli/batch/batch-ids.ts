// Tested by: test/cli/batch/batch.test.ts
/**
 * Checks that the ids of an input are all different, at constant memory.
 *
 * Ids go by 53-bit hashes into a table of at most 64 MiB. If there are more than it holds, the
 * file is read several times, each time for a part of the hashes. Equal hashes are compared in the
 * file before an error is thrown.
 */

import type { RowId } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { idOf } from "./batch-rows.ts";
import { nameOf, readLines } from "./jsonl.ts";

/** Hashes that a table holds at most: half of its 2^23 places. */
const tableHashes = 2 ** 22;
/** Equal hashes that are looked up together. */
const maxSuspects = 1000;

/** Returns an id as a key: 7 and "7" differ. */
export function keyOf(id: RowId): string {
  return JSON.stringify(id);
}

/**
 * Returns the lines whose id an earlier line has, with a sentence that says so. Lines without an id
 * are left to the reader of rows.
 * @throws InputError if more ids repeat than a slip explains
 */
export async function repeatedIds(
  file: string,
  signal: AbortSignal,
  maxHashes: number = tableHashes,
): Promise<ReadonlyMap<number, string>> {
  for (let parts = 1; ; parts *= 2) {
    const suspects = await equalHashes(file, parts, maxHashes, signal);
    if (suspects === undefined) continue;
    const repeated = suspects.size > 0 ? await lookUp(file, suspects) : new Map<number, string>();
    if (suspects.size < maxSuspects) return repeated;
    const [[line, what] = [0, ""]] = repeated;
    throw repeatedFault(file, line, `${what}, and ${maxSuspects} more are there twice`);
  }
}

/**
 * Checks that no id comes twice.
 * @throws InputError that names the first two lines of one id
 */
export async function checkUniqueIds(
  file: string,
  signal: AbortSignal,
  maxHashes: number = tableHashes,
): Promise<void> {
  const [first] = await repeatedIds(file, signal, maxHashes);
  if (first === undefined) return;
  throw repeatedFault(file, ...first);
}

/** Returns the error of a line whose id was there before. */
export function repeatedFault(file: string, line: number, what: string): InputError {
  return new InputError({
    where: `${nameOf(file)}, line ${line}`,
    what,
    expected: "an id of its own for each line",
    todo: "Results are matched by id. Give each line its own",
  });
}

/** Hashes that came twice; undefined if a part has more hashes than a table holds. */
async function equalHashes(
  file: string,
  parts: number,
  maxHashes: number,
  signal: AbortSignal,
): Promise<Set<number> | undefined> {
  const suspects = new Set<number>();
  for (let part = 0; part < parts; part++) {
    const table = createTable(maxHashes);
    for await (const { line } of readLines(file)) {
      signal.throwIfAborted();
      const id = idOf(line);
      if (id === undefined) continue;
      const hash = hashOf(keyOf(id));
      if (hash % parts !== part) continue;
      const added = table.add(hash);
      if (added === "full") return undefined;
      if (added === "known") suspects.add(hash);
      if (suspects.size >= maxSuspects) return suspects;
    }
  }
  return suspects;
}

/** Returns the lines that repeat an id of the suspects, with a sentence that says so. */
async function lookUp(
  file: string,
  suspects: ReadonlySet<number>,
): Promise<ReadonlyMap<number, string>> {
  const lines = new Map<string, number>();
  const repeated = new Map<number, string>();
  let number = 0;
  for await (const { line } of readLines(file)) {
    number += 1;
    const id = idOf(line);
    if (id === undefined || !suspects.has(hashOf(keyOf(id)))) continue;
    const first = lines.get(keyOf(id));
    if (first === undefined) lines.set(keyOf(id), number);
    else repeated.set(number, `the id ${keyOf(id)} is that of line ${first} already`);
  }
  return repeated;
}

interface HashTable {
  add(hash: number): "new" | "known" | "full";
}

/** Creates a table with open addressing, doubled as it fills. */
function createTable(maxHashes: number): HashTable {
  let places = new Float64Array(1024);
  let count = 0;
  const place = (table: Float64Array, hash: number): number => {
    // 0 means empty.
    const entry = hash + 1;
    let at = hash % table.length;
    while (table[at] !== 0 && table[at] !== entry) at = (at + 1) % table.length;
    return at;
  };
  return {
    add(hash) {
      const at = place(places, hash);
      if (places[at] !== 0) return "known";
      if (count >= maxHashes) return "full";
      places[at] = hash + 1;
      count += 1;
      if (count * 2 > places.length) {
        const larger = new Float64Array(places.length * 2);
        for (const entry of places) if (entry !== 0) larger[place(larger, entry - 1)] = entry;
        places = larger;
      }
      return "new";
    },
  };
}

/**
 * Returns 53 bits of a text's hash: two multiplicative hashes of 32 bits, mixed at the end
 * (cyrb53).
 */
function hashOf(text: string): number {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 2 ** 32 * (low & 0x1fffff) + (high >>> 0);
}
