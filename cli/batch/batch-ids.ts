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
import type { Input } from "./input-rows.ts";

/** Hashes that a table holds at most: half of its 2^23 places. */
const tableHashes = 2 ** 22;
/** Equal hashes that are looked up together; more are an input whose ids are wrong throughout. */
const maxSuspects = 1000;

/** A repeated id: the number of its row, and the error that says so. */
export type RepeatedIds = ReadonlyMap<number, InputError>;

/** Returns an id as a key: 7 and "7" differ. */
export function keyOf(id: RowId): string {
  return JSON.stringify(id);
}

/**
 * Returns the rows whose id an earlier row has, by their numbers. Rows without an id are left to
 * who reads them.
 * @param input is read several times
 * @throws InputError if more ids repeat than a slip explains
 */
export async function repeatedIds(
  input: Input,
  signal: AbortSignal,
  maxHashes: number = tableHashes,
): Promise<RepeatedIds> {
  for (let parts = 1; ; parts *= 2) {
    const suspects = await equalHashes(input, parts, maxHashes, signal);
    if (suspects === undefined) continue;
    const repeated = suspects.size > 0 ? await lookUp(input, suspects) : new Map();
    if (suspects.size < maxSuspects) return repeated;
    const [first] = repeated.values();
    throw first ?? new Error("ids: suspects without a row");
  }
}

/** Returns the error of a row whose id was there before. */
export function repeatedFault(where: string, what: string): InputError {
  return new InputError({
    where,
    what,
    expected: "an id of its own for each row",
    todo: "Results are matched by id. Give each row its own",
  });
}

/** Hashes that came twice; undefined if a part has more hashes than a table holds. */
async function equalHashes(
  input: Input,
  parts: number,
  maxHashes: number,
  signal: AbortSignal,
): Promise<Set<number> | undefined> {
  const suspects = new Set<number>();
  for (let part = 0; part < parts; part++) {
    const table = createTable(maxHashes);
    for await (const { id } of input.rows()) {
      signal.throwIfAborted();
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

/** Returns the errors of the rows that repeat an id of the suspects. */
async function lookUp(input: Input, suspects: ReadonlySet<number>): Promise<RepeatedIds> {
  const first = new Map<string, string>();
  const repeated = new Map<number, InputError>();
  for await (const { id, number, where } of input.rows()) {
    if (id === undefined || !suspects.has(hashOf(keyOf(id)))) continue;
    const key = keyOf(id);
    const place = first.get(key);
    if (place === undefined) first.set(key, where.slice(where.lastIndexOf(", ") + 2));
    else repeated.set(number, repeatedFault(where, `the id ${key} is that of ${place} already`));
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
