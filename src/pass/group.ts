/**
 * Which conversations of a batch share a prefix: those whose first tokens, pictures included, are the same.
 *
 * Conversations are sorted by their tokens, so that those that begin alike stand side by side; then the runs that save most
 * tokens are chosen by dynamic programming over the sorted list.
 */
import type { PackGroup } from "./pack.ts";

/** A run of n members with a prefix of p tokens saves (n − 1) p of them. Longer runs are cut. */
const MAX_MEMBERS = 64;

/**
 * @param keys the tokens of each conversation, a picture's tokens marked by which picture they are
 * @param maxTokens what a group may hold: prefix and branches together
 */
export function groupByPrefix(keys: readonly Uint32Array[], maxTokens: number): PackGroup[] {
  const sorted = keys.map((_, i) => i).toSorted((a, b) => compareKeys(keys[a], keys[b]));
  const lengths = sorted.map((i) => keys[i]?.length ?? 0);
  const shared = sorted.map((i, at) =>
    at === 0 ? 0 : prefixLength(keys[sorted[at - 1] ?? i], keys[i]),
  );
  // saved[end]: the most that the first `end` conversations can save; begins[end]: where their last group begins.
  const saved = [0];
  const begins = [0];
  const prefixes = [0];
  for (let end = 1; end <= sorted.length; end++) {
    let best = { saving: saved[end - 1] ?? 0, begin: end - 1, prefix: 0 };
    let prefix = Math.max(0, (lengths[end - 1] ?? 0) - 1);
    let tokens = lengths[end - 1] ?? 0;
    for (let begin = end - 2; begin >= Math.max(0, end - MAX_MEMBERS); begin--) {
      // Every branch keeps a token of its own: the scored one.
      prefix = Math.min(prefix, shared[begin + 1] ?? 0, (lengths[begin] ?? 0) - 1);
      tokens += lengths[begin] ?? 0;
      const members = end - begin;
      if (prefix <= 0 || tokens - (members - 1) * prefix > maxTokens) {
        break;
      }
      const saving = (saved[begin] ?? 0) + (members - 1) * prefix;
      if (saving > best.saving) {
        best = { saving, begin, prefix };
      }
    }
    saved[end] = best.saving;
    begins[end] = best.begin;
    prefixes[end] = best.prefix;
  }
  const groups: PackGroup[] = [];
  for (let end = sorted.length; end > 0; end = begins[end] ?? 0) {
    groups.unshift({ prefix: prefixes[end] ?? 0, members: sorted.slice(begins[end], end) });
  }
  return groups;
}

/** Groups put together, in order, into passes of at most `maxTokens`; a group that is larger is a pass of its own. */
export function splitIntoPasses(
  groups: readonly PackGroup[],
  lengths: readonly number[],
  maxTokens: number,
): PackGroup[][] {
  const passes: PackGroup[][] = [];
  let tokens = 0;
  for (const group of groups) {
    const own = group.members.reduce(
      (sum, i) => sum + (lengths[i] ?? 0) - group.prefix,
      group.prefix,
    );
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

function prefixLength(a: Uint32Array | undefined, b: Uint32Array | undefined): number {
  let same = 0;
  while (a && b && same < a.length && same < b.length && a[same] === b[same]) {
    same += 1;
  }
  return same;
}

function compareKeys(a: Uint32Array | undefined, b: Uint32Array | undefined): number {
  const same = prefixLength(a, b);
  return (a?.[same] ?? -1) - (b?.[same] ?? -1);
}
