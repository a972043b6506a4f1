import fc from "fast-check";
import { expect, test } from "vitest";
import { attentionPairs, attentionTiles } from "../../src/kernels/attention.ts";
import { findEqual, groupByPrefix, splitIntoPasses } from "../../src/pass/group.ts";
import { createPack, groupTokens, valuesOf } from "../../src/pass/pack.ts";

const input = (
  ids: readonly number[],
  images: { begin: number; tokens: number; row: number }[] = [],
) => ({
  ids: Uint32Array.from(ids),
  positions: Uint32Array.from(ids, (_, i) => i),
  images,
});

test("pack: two conversations alone → two segments, side by side", () => {
  const inputs = [input([7, 8, 9]), input([7, 8])];
  const pack = createPack(
    inputs,
    [
      { prefix: 0, members: [0] },
      { prefix: 0, members: [1] },
    ],
    1,
  );
  expect([...pack.ids]).toEqual([7, 8, 9, 7, 8]);
  expect(pack.segments).toEqual([
    { begin: 0, end: 3 },
    { begin: 3, end: 5 },
  ]);
});

test("pack: three branches of a prefix → it is stored once, and each branch continues at its own positions", () => {
  const inputs = [input([1, 2, 3, 4]), input([1, 2, 5]), input([1, 2, 6, 7, 8])];
  const pack = createPack(inputs, [{ prefix: 2, members: [0, 2, 1] }], 1);
  expect([...pack.ids]).toEqual([1, 2, 3, 4, 6, 7, 8, 5]);
  expect([...pack.positions]).toEqual([0, 1, 2, 3, 2, 3, 4, 2]);
  expect(pack.segments[2]).toEqual({ begin: 4, end: 7, prefix: { begin: 0, end: 2 } });
  const values = Float32Array.from([10, 20, 30, 40, 50, 60, 70, 80]);
  expect([...valuesOf(pack, 1, values)]).toEqual([10, 20, 80]);
  expect([...valuesOf(pack, 2, values)]).toEqual([10, 20, 50, 60, 70]);
});

test("pack: a picture cut by the prefix's end → each token keeps its own row", () => {
  const image = [{ begin: 1, tokens: 3, row: 40 }];
  const inputs = [input([1, 9, 9, 9, 2], image), input([1, 9, 9, 9, 3], image)];
  const pack = createPack(inputs, [{ prefix: 2, members: [0, 1] }], 1);
  expect([...pack.imageRows]).toEqual([-1, 40, 41, 42, -1, 41, 42, -1]);
});

test("tiles: 17 causal tokens after a prefix of 5 → two tiles, the second of one query", () => {
  const range = { begin: 5, end: 22, prefix: { begin: 0, end: 5 } };
  const table = attentionTiles([range], true, "workgroup");
  expect([...table]).toEqual([5, 16, 0, 5, 5, 21, 1, 0, 21, 1, 0, 5, 5, 22, 1, 0]);
  expect(attentionPairs(table)).toBe(16 * 21 + 22);
});

test("groups: two prompts with two answers each → two groups with the longest prefixes", () => {
  const keys = [
    [1, 2, 3, 4, 10],
    [1, 9, 9, 9, 10],
    [1, 2, 3, 4, 11],
    [1, 9, 9, 9, 12],
  ].map((key) => Uint32Array.from(key));
  expect(groupByPrefix(keys, 100)).toEqual([
    { prefix: 4, members: [0, 2] },
    { prefix: 4, members: [1, 3] },
  ]);
});

test("groups: equal conversations → each keeps its last token, the scored one", () => {
  const keys = [1, 2, 3].map(() => Uint32Array.from([5, 6, 7]));
  expect(groupByPrefix(keys, 100)).toEqual([{ prefix: 2, members: [0, 1, 2] }]);
});

test("groups: nothing in common → every conversation alone", () => {
  const keys = [Uint32Array.from([3, 1]), Uint32Array.from([1, 1]), Uint32Array.from([2, 1])];
  const groups = groupByPrefix(keys, 100);
  expect(groups.map(({ prefix }) => prefix)).toEqual([0, 0, 0]);
  expect(groups.flatMap(({ members }) => members).toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
});

test("groups: more than a pass may hold → cut, and no group is over the limit", () => {
  const keys = Array.from({ length: 20 }, (_, i) =>
    Uint32Array.from([1, 2, 3, 4, 5, 6, 7, 8, i, i]),
  );
  const groups = groupByPrefix(keys, 16);
  for (const { prefix, members } of groups) {
    expect(prefix + members.length * (10 - prefix)).toBeLessThanOrEqual(16);
  }
  expect(groups.flatMap(({ members }) => members)).toHaveLength(20);
});

test("passes: groups of 6 tokens, 15 to a pass → two groups a pass, all conversations once", () => {
  const groups = [0, 1, 2, 3, 4].map((i) => ({ prefix: 0, members: [i] }));
  const passes = splitIntoPasses(groups, [6, 6, 6, 6, 6], 15);
  expect(passes.map((pass) => pass.length)).toEqual([2, 2, 1]);
});

test("groups: one conversation less and less of its end → one is whole, the others leave it where they differ", () => {
  const whole = Array.from({ length: 12 }, (_, i) => 100 + i);
  const keys = whole.map((_, i) =>
    Uint32Array.from([1, 2, ...whole.filter((_token, k) => k !== i), 9]),
  );
  const [group, ...others] = groupByPrefix(keys, 1000);
  expect(others).toEqual([]);
  expect(group?.shared?.[0]).toBe(0);
  for (const [k, member] of group!.members.entries()) {
    if (k > 0) expect(group?.shared?.[k]).toBe(2 + Math.min(member, group!.members[0]!));
  }
  // The trunk, and of the i-th what is behind the gap.
  const tokens = groupTokens(group!, (i) => keys[i]!.length);
  expect(tokens).toBeLessThan(0.6 * 12 * keys[0]!.length);
});

test("pack: branches that leave a trunk at different tokens → each attends to what it shares, and keeps its positions", () => {
  const inputs = [input([1, 2, 3, 4]), input([1, 5]), input([1, 2, 3, 6])];
  const pack = createPack(inputs, [{ prefix: 1, members: [0, 1, 2], shared: [0, 1, 3] }], 1);
  expect([...pack.ids]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...pack.positions]).toEqual([0, 1, 2, 3, 1, 3]);
  expect(pack.segments).toEqual([
    { begin: 0, end: 4 },
    { begin: 4, end: 5, prefix: { begin: 0, end: 1 } },
    { begin: 5, end: 6, prefix: { begin: 0, end: 3 } },
  ]);
  const values = Float32Array.from([10, 20, 30, 40, 50, 60]);
  expect([...valuesOf(pack, 1, values)]).toEqual([10, 50]);
  expect([...valuesOf(pack, 2, values)]).toEqual([10, 20, 30, 60]);
});

test("groups: any conversations → each is rebuilt from what its group computes, no group is over the limit", () => {
  const token = fc.integer({ min: 1, max: 3 });
  const conversation = fc.array(token, { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(
      fc.array(conversation, { maxLength: 14 }),
      fc.integer({ min: 9, max: 60 }),
      (all, limit) => {
        const keys = all.map((ids) => Uint32Array.from(ids));
        const groups = groupByPrefix(keys, limit);
        expect(groups.flatMap(({ members }) => members).toSorted((a, b) => a - b)).toEqual([
          ...keys.keys(),
        ]);
        const pack = createPack(
          all.map((ids) => input(ids)),
          groups,
          1,
        );
        for (const [i, ids] of all.entries()) {
          expect([...valuesOf(pack, i, Float32Array.from(pack.ids))]).toEqual(ids);
          expect([...valuesOf(pack, i, Float32Array.from(pack.positions))]).toEqual([
            ...ids.keys(),
          ]);
          const { prefix, own } = pack.places[i]!;
          expect(own.end).toBeGreaterThan(own.begin);
          expect(prefix.end <= own.begin).toBe(true);
        }
        for (const group of groups) {
          if (group.members.length > 1) {
            expect(groupTokens(group, (i) => keys[i]!.length)).toBeLessThanOrEqual(limit);
          }
        }
      },
    ),
  );
});

test("equal conversations: found by all their tokens → the first of each kind", () => {
  const keys = [[1, 2], [1], [1, 2], [12], [1]].map((ids) => Uint32Array.from(ids));
  expect(findEqual(keys)).toEqual([0, 1, 0, 3, 1]);
  expect(groupByPrefix(keys, 100, [3])).toEqual([{ prefix: 0, members: [3] }]);
});
