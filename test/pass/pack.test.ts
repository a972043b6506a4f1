import { expect, test } from "vitest";
import { attentionPairs, attentionTiles } from "../../src/kernels/attention.ts";
import { groupByPrefix, splitIntoPasses } from "../../src/pass/group.ts";
import { createPack, valuesOf } from "../../src/pass/pack.ts";

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
