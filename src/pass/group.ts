// Tested by: test/pass/pack.test.ts
/**
 * Decides which conversations of a batch share a prefix: those with the same first tokens, pictures
 * included.
 *
 * Conversations are sorted by their tokens, so that common beginnings are adjacent. Then dynamic
 * programming over the sorted list chooses the runs that save most tokens.
 */
import { at } from "../base/at.ts";
import { groupTokens } from "./pack.ts";
import type { PackGroup } from "./pack.ts";

/**
 * A run of n members with a prefix of p tokens saves (n − 1) p of them, or more if one member is
 * computed whole and the others leave it later than at the prefix. Longer runs are cut.
 */
const MAX_MEMBERS = 64;

/** The most that the first conversations of the sorted list can save, and their last group. */
interface Best {
  /** Tokens that need not be computed. */
  readonly saving: number;
  /** Where the last group begins in the list. */
  readonly begin: number;
  /** The tokens that the last group shares. */
  readonly prefix: number;
  /** The conversation of the list that the others of the last group branch off, if one does. */
  readonly trunk?: number | undefined;
}

/**
 * Groups conversations by their common first tokens.
 * @param keys the tokens of each conversation; a picture's tokens identify the picture
 * @param maxTokens the limit of a group: prefix and branches together
 * @param members the conversations to group, by their index; all by default
 */
export function groupByPrefix(
  keys: readonly Uint32Array[],
  maxTokens: number,
  members: readonly number[] = [...keys.keys()],
): PackGroup[] {
  const order = members.toSorted((a, b) => compareKeys(at(keys, a), at(keys, b)));
  const sorted = order.map((i) => at(keys, i));
  // shared[i]: the tokens that conversation i of the list has in common with the one before it.
  const shared = sorted.map((key, i) => (i === 0 ? 0 : prefixLength(at(sorted, i - 1), key)));
  const savings = sorted.map((_, trunk) => branchSavings(sorted, shared, trunk));
  const bests: Best[] = [{ saving: 0, begin: 0, prefix: 0 }];
  for (let end = 1; end <= sorted.length; end++) {
    bests[end] = findBest(sorted, shared, savings, bests, end, maxTokens);
  }
  const groups: PackGroup[] = [];
  for (let end = sorted.length; end > 0; end = at(bests, end).begin) {
    const { begin, prefix, trunk } = at(bests, end);
    if (trunk === undefined) {
      groups.unshift({ prefix, members: order.slice(begin, end) });
      continue;
    }
    const list = [trunk];
    for (let i = begin; i < end; i++) if (i !== trunk) list.push(i);
    groups.unshift({
      prefix,
      members: list.map((i) => at(order, i)),
      shared: list.map((i) => (i === trunk ? 0 : sharedTokens(sorted, shared, i, trunk))),
    });
  }
  return groups;
}

/**
 * Returns for each conversation the first that has the same tokens. Equal conversations are
 * computed
 * once, so that their scores are equal to the last bit.
 */
export function findEqual(keys: readonly Uint32Array[]): number[] {
  const firsts = new Map<string, number>();
  return keys.map((key, i) => {
    const text = key.join();
    const first = firsts.get(text) ?? i;
    firsts.set(text, first);
    return first;
  });
}

/** What the neighbours of a conversation in the list save if they branch off it. */
interface BranchSavings {
  /** [d]: the d conversations before it together. */
  readonly before: readonly number[];
  /** [d]: the d conversations after it together. */
  readonly after: readonly number[];
}

function branchSavings(
  sorted: readonly Uint32Array[],
  shared: readonly number[],
  trunk: number,
): BranchSavings {
  const sums = (step: 1 | -1): number[] => {
    const list = [0];
    let common = at(sorted, trunk).length;
    for (let d = 1; d < MAX_MEMBERS; d++) {
      const i = trunk + step * d;
      if (i < 0 || i >= sorted.length || common === 0) break;
      common = Math.min(common, at(shared, step > 0 ? i : i + 1));
      list.push(at(list, d - 1) + Math.min(common, at(sorted, i).length - 1));
    }
    return list;
  };
  return { before: sums(-1), after: sums(1) };
}

/** Returns how many tokens of conversation i need not be computed if it branches off the trunk. */
function sharedTokens(
  sorted: readonly Uint32Array[],
  shared: readonly number[],
  i: number,
  trunk: number,
): number {
  // Every branch keeps at least one token of its own: the scored one.
  let common = at(sorted, i).length - 1;
  for (let k = Math.min(i, trunk) + 1; k <= Math.max(i, trunk); k++) {
    common = Math.min(common, at(shared, k));
  }
  return common;
}

/** Returns the best way to group the first `end` conversations, given the best for fewer. */
function findBest(
  sorted: readonly Uint32Array[],
  shared: readonly number[],
  savings: readonly BranchSavings[],
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
    let saving = (end - begin - 1) * prefix;
    let trunk: number | undefined;
    for (let i = begin; i < end && prefix > 0; i++) {
      const { before, after } = at(savings, i);
      const own = at(before, i - begin) + at(after, end - 1 - i);
      if (own > saving) {
        saving = own;
        trunk = i;
      }
    }
    if (prefix <= 0 || tokens - saving > maxTokens) {
      break;
    }
    const whole = at(bests, begin).saving + saving;
    if (whole > best.saving) {
      best = { saving: whole, begin, prefix, trunk };
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
    const own = groupTokens(group, (i) => at(lengths, i));
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

/** Returns the tokens that groups compute: what members share is counted once. */
export function tokensOf(groups: readonly PackGroup[], lengths: readonly number[]): number {
  return groups.reduce((sum, group) => sum + groupTokens(group, (i) => at(lengths, i)), 0);
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
