/**
 * Builds a pack: the tokens that one pass computes, of one or many conversations, in segments.
 *
 * A single conversation is one segment. Conversations with a common beginning are a prefix segment,
 * computed once, and a branch for each, whose tokens attend to the prefix and to their own past. If
 * they leave each other at different tokens, one is computed whole, and each of the others is a
 * branch that attends to the tokens of that one which it shares.
 * Positions are those of the whole conversation, so a branch computes what it would compute alone.
 */
import { at } from "../base/at.ts";
import type { AttentionRange } from "../kernels/attention.ts";

/** One templated conversation, ready to be packed. */
export interface PackedInput {
  readonly ids: Uint32Array;
  /** [tokens, axes] */
  readonly positions: Uint32Array;
  /**
   * Where its pictures' tokens are, and the row of the pass's image embeddings where each begins.
   */
  readonly images: readonly {
    readonly begin: number;
    readonly tokens: number;
    readonly row: number;
  }[];
}

/** Conversations that share their first tokens; `prefix` is 0 for a single conversation. */
export interface PackGroup {
  readonly prefix: number;
  readonly members: readonly number[];
  /**
   * How many tokens each member shares with the first one, which is computed whole: 0 for itself.
   * Members may leave it at different tokens. Without it all leave at the end of the prefix.
   */
  readonly shared?: readonly number[];
}

/** Returns how many tokens a group's pass computes. */
export function groupTokens(
  { prefix, members, shared }: PackGroup,
  lengthOf: (member: number) => number,
): number {
  return members.reduce(
    (sum, member, i) => sum + lengthOf(member) - (shared === undefined ? prefix : at(shared, i)),
    shared === undefined ? prefix : 0,
  );
}

/** Tokens [begin, end) of a pack. */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

/** Where a conversation's tokens are: its prefix, then its own. */
export interface Place {
  readonly prefix: Span;
  readonly own: Span;
}

export interface Pack {
  readonly ids: Uint32Array;
  readonly positions: Uint32Array;
  /** For each token the row of its picture's embedding, or -1 for text. */
  readonly imageRows: Int32Array;
  readonly segments: readonly AttentionRange[];
  /** By the index of the conversation. */
  readonly places: readonly (Place | undefined)[];
}

/** Puts the conversations of the groups one after the other. Some inputs may be in no group. */
export function createPack(
  inputs: readonly (PackedInput | undefined)[],
  groups: readonly PackGroup[],
  axes: number,
): Pack {
  const lengthOf = (i: number): number => at(inputs, i).ids.length;
  const tokens = groups.reduce((sum, group) => sum + groupTokens(group, lengthOf), 0);
  const ids = new Uint32Array(tokens);
  const positions = new Uint32Array(tokens * axes);
  const imageRows = new Int32Array(tokens).fill(-1);
  const segments: AttentionRange[] = [];
  const places: Place[] = [];
  let next = 0;

  const place = (input: PackedInput, from: number, to: number): Span => {
    const begin = next;
    ids.set(input.ids.subarray(from, to), begin);
    positions.set(input.positions.subarray(from * axes, to * axes), begin * axes);
    for (const image of input.images) {
      const first = Math.max(from, image.begin);
      const end = Math.min(to, image.begin + image.tokens);
      for (let token = first; token < end; token++) {
        imageRows[begin + token - from] = image.row + token - image.begin;
      }
    }
    next += to - from;
    return { begin, end: next };
  };

  /** Places the first member whole; each other one begins where it leaves the first. */
  const placeBranches = (members: readonly number[], shared: readonly number[]): void => {
    const trunk = next;
    for (const [k, i] of members.entries()) {
      const input = at(inputs, i);
      const prefix = { begin: trunk, end: trunk + at(shared, k) };
      const own = place(input, at(shared, k), input.ids.length);
      segments.push(prefix.end > trunk ? { ...own, prefix } : own);
      places[i] = { prefix, own };
    }
  };

  for (const { prefix: length, members, shared } of groups) {
    if (shared !== undefined) {
      placeBranches(members, shared);
      continue;
    }
    const prefix =
      length > 0 ? place(at(inputs, at(members, 0)), 0, length) : { begin: next, end: next };
    if (length > 0) {
      segments.push(prefix);
    }
    for (const i of members) {
      const input = at(inputs, i);
      const own = place(input, length, input.ids.length);
      segments.push(length > 0 ? { ...own, prefix } : own);
      places[i] = { prefix, own };
    }
  }
  return { ids, positions, imageRows, segments, places };
}

/** Returns the values of one conversation's tokens, `width` each, from those of the pack. */
export function valuesOf(
  pack: Pack,
  conversation: number,
  values: Float32Array,
  width = 1,
): Float32Array {
  const { prefix, own } = at(pack.places, conversation);
  const shared = (prefix.end - prefix.begin) * width;
  const all = new Float32Array(shared + (own.end - own.begin) * width);
  all.set(values.subarray(prefix.begin * width, prefix.end * width));
  all.set(values.subarray(own.begin * width, own.end * width), shared);
  return all;
}

/** Returns the place in the pack of one token of a conversation. */
export function packedToken(pack: Pack, conversation: number, token: number): number {
  const { prefix, own } = at(pack.places, conversation);
  const length = prefix.end - prefix.begin;
  return token < length ? prefix.begin + token : own.begin + token - length;
}
