// Tested by: test/pass/pack.test.ts
/**
 * Decides which conversations of a batch share a prefix: those with the same first tokens, pictures
 * included.
 *
 * Conversations are sorted by their tokens, so that common beginnings are adjacent. Then dynamic
 * programming over the sorted list chooses the runs that save most tokens.
 */
import { at } from "../base/at.ts";
import type { PackGroup } from "./pack.ts";

/** A run of n members with a prefix of p tokens saves (n − 1) p of them. Longer runs are cut. */
const MAX_MEMBERS = 64;

/** The most that the first conversations of the sorted list can save, and their last group. */
interface Best {
  /** Tokens that need not be computed. */
  readonly saving: number;
  /** Where the last group begins in the list. */
  readonly begin: number;
  /** The tokens that the last group shares. */
  readonly prefix: number;
}

/**
 * Groups conversations by their common first tokens.
 * @param keys the tokens of each conversation; a picture's tokens identify the picture
 * @param maxTokens the limit of a group: prefix and branches together
 */
export function groupByPrefix(keys: readonly Uint32Array[], maxTokens: number): PackGroup[] {
  const order = [...keys.keys()].toSorted((a, b) => compareKeys(at(keys, a), at(keys, b)));
  const sorted = order.map((i) => at(keys, i));
  // shared[i]: the tokens that conversation i of the list has in common with the one before it.
  const shared = sorted.map((key, i) => (i === 0 ? 0 : prefixLength(at(sorted, i - 1), key)));
  const bests: Best[] = [{ saving: 0, begin: 0, prefix: 0 }];
  for (let end = 1; end <= sorted.length; end++) {
    bests[end] = findBest(sorted, shared, bests, end, maxTokens);
  }
  const groups: PackGroup[] = [];
  for (let end = sorted.length; end > 0; end = at(bests, end).begin) {
    const { begin, prefix } = at(bests, end);
    groups.unshift({ prefix, members: order.slice(begin, end) });
  }
  return groups;
}

/** Returns the best way to group the first `end` conversations, given the best for fewer. */
function findBest(
  sorted: readonly Uint32Array[],
  shared: readonly number[],
  bests: readonly Best[],
  end: number,
  maxTokens: number,
): Best {
  let best: Best = { saving: at(bests, end - 1).saving, begin: end - 1, prefix: 0 };
  // Every branch keeps at least one token of its own: the scored one.
  let { length: tokens } = at(sorted, end - 1);
  let prefix = Math.max(0, tokens - 1);
  for (let begin = end - 2; begin >= Math.max(0, end - MAX_MEMBERS); begin--) {
    const { length } = at(sorted, begin);
    prefix = Math.min(prefix, at(shared, begin + 1), length - 1);
    tokens += length;
    const saving = (end - begin - 1) * prefix;
    if (prefix <= 0 || tokens - saving > maxTokens) {
      break;
    }
    const whole = at(bests, begin).saving + saving;
    if (whole > best.saving) {
      best = { saving: whole, begin, prefix };
    }
  }
  return best;
}

/**
 * Puts groups together, in order, into passes of at most `maxTokens`. A larger group becomes a pass
 * of its own.
 */
export function splitIntoPasses(
  groups: readonly PackGroup[],
  lengths: readonly number[],
  maxTokens: number,
): PackGroup[][] {
  const passes: PackGroup[][] = [];
  let tokens = 0;
  for (const group of groups) {
    const own = group.members.reduce((sum, i) => sum + at(lengths, i) - group.prefix, group.prefix);
    const pass = passes.at(-1);
    if (pass && tokens + own <= maxTokens) {
      pass.push(group);
      tokens += own;
    } else {
      passes.push([group]);
      tokens = own;
    }
  }
  return passes;
}

function prefixLength(a: Uint32Array, b: Uint32Array): number {
  const shorter = Math.min(a.length, b.length);
  let same = 0;
  while (same < shorter && a[same] === b[same]) {
    same += 1;
  }
  return same;
}

/** Orders by the first token that differs; a key that ends comes before longer ones. */
function compareKeys(a: Uint32Array, b: Uint32Array): number {
  const same = prefixLength(a, b);
  return same < a.length && same < b.length ? at(a, same) - at(b, same) : a.length - b.length;
}
