/**
 * Every tuning of attention against double precision, on the same shapes: head sizes, grouped
 * queries, packs of segments with and without prefixes, windows, and scores that a careless softmax
 * does not survive.
 */
import { describe, expect, test } from "vitest";
import {
  attention,
  attentionKernels,
  attentionPairs,
  attentionTiles,
} from "../../src/kernels/attention.ts";
import type { AttentionRange, Heads } from "../../src/kernels/attention.ts";
import { lacks, PLAIN } from "../../src/kernels/profile.ts";
import { attentionTunings } from "../../src/kernels/tunings.ts";
import type { AttentionTuning } from "../../src/kernels/tunings.ts";
import { attention as reference } from "../../testing/reference/attention.ts";
import { compareRounding } from "../../testing/compare.ts";
import { testDevice } from "../../testing/gpu/gpu.ts";
import { evenValues } from "../../testing/inputs.ts";
import { runKernel } from "../../testing/gpu/kernel-run.ts";
import type { Fault } from "../../testing/gpu/kernel-run.ts";

const device = await testDevice();
/**
 * Those that this adapter can run: octet needs subgroups of eight, which lavapipe has and
 * SwiftShader has not.
 */
const tunings = (Object.keys(attentionTunings) as AttentionTuning[]).filter((tuning) => {
  const lacking = lacks(device, { ...PLAIN, attention: tuning });
  if (lacking) test.skip(`attention ${tuning}: ${device.adapter.name} has no ${lacking}`, () => {});
  return lacking === undefined;
});
/** Every variant once: the tuning that has its name. */
const variants = tunings.filter((tuning) => tuning in attentionKernels);

interface Case {
  readonly heads: Heads;
  readonly ranges: readonly AttentionRange[];
  readonly causal: boolean;
  readonly qkv: Float32Array;
}

/** Ranges of these lengths, one after the other. */
function inRow(lengths: readonly number[]): AttentionRange[] {
  let end = 0;
  return lengths.map((length) => ({ begin: end, end: (end += length) }));
}

/** A prefix and its branches, all of one pack. */
function branches(first: number, prefix: number, lengths: readonly number[]): AttentionRange[] {
  const head = { begin: first, end: first + prefix };
  let end = head.end;
  return [head, ...lengths.map((length) => ({ begin: end, end: (end += length), prefix: head }))];
}

function tokensOf(ranges: readonly AttentionRange[]): number {
  return Math.max(...ranges.map(({ end }) => end));
}

function makeCase(heads: Heads, ranges: readonly AttentionRange[], causal: boolean): Case {
  const values = tokensOf(ranges) * (heads.queries + 2 * heads.keys) * heads.dim;
  return { heads, ranges, causal, qkv: evenValues(values, heads.dim) };
}

async function attended(
  tuning: AttentionTuning,
  given: Case,
  fault?: Fault,
): Promise<Float32Array> {
  const { heads, ranges, causal, qkv } = given;
  return await runKernel(
    { ...PLAIN, attention: tuning },
    ({ plan, rows }) => {
      const table = attentionTiles(ranges, causal, tuning);
      const tiles = { table: plan.input("tiles", table), pairs: attentionPairs(table) };
      return attention(plan, "attention", rows(qkv, tokensOf(ranges)), heads, tiles);
    },
    fault,
  );
}

async function expectRight(tuning: AttentionTuning, given: Case): Promise<void> {
  const { heads, ranges, causal, qkv } = given;
  const { wanted, bounds } = reference(qkv, heads, ranges, causal);
  const shape = [tokensOf(ranges), heads.queries, heads.dim];
  const got = await attended(tuning, given);
  expect(got).toBeWithinRounding(wanted, bounds, { name: tuning, shape });
}

const LENGTHS = [1, 15, 16, 17, 31, 32, 33, 63, 64, 65];
const FEW: Heads = { queries: 4, keys: 2, dim: 32 };
const HEADS: readonly Heads[] = [
  FEW,
  { queries: 5, keys: 5, dim: 24 },
  { queries: 7, keys: 1, dim: 64 },
  { queries: 2, keys: 2, dim: 80 },
  { queries: 4, keys: 1, dim: 128 },
];

/** Returns true if an element of FEW's qkv belongs to a value: the last 64 of a token's 256. */
function isValue(i: number): boolean {
  return i % 256 >= 192;
}

describe.each(tunings)("attention %s", (tuning) => {
  describe.each(HEADS)("$queries heads over $keys of $dim", (heads) => {
    test("attention: causal segments of 1 to 65 tokens → within rounding", async () => {
      await expectRight(tuning, makeCase(heads, inRow(LENGTHS), true));
    });

    test("attention: windows of 4 to 64 tokens → within rounding", async () => {
      const windows = inRow([64, 4, 16, 8, 64, 12, 48, 20, 63]);
      await expectRight(tuning, makeCase(heads, windows, false));
    });

    test("attention: branches with prefixes of 1, 16 and 37 tokens → within rounding", async () => {
      const first = branches(0, 1, [1, 16, 5]);
      const second = branches(tokensOf(first), 16, [17, 1]);
      const third = branches(tokensOf(second), 37, [3, 33, 16]);
      await expectRight(tuning, makeCase(heads, [...first, ...second, ...third], true));
    });
  });

  test("attention: one token, one head of 4 → its value", async () => {
    const given = makeCase({ queries: 1, keys: 1, dim: 4 }, inRow([1]), true);
    expect([...(await attended(tuning, given))]).toEqual([...given.qkv.subarray(8)]);
  });

  test("attention: 1,000 tokens, causal → within rounding", async () => {
    await expectRight(tuning, makeCase(FEW, inRow([1000]), true));
  });

  test("attention: scores of ±10,000 → within rounding", async () => {
    const given = makeCase(FEW, inRow([70, 16]), true);
    given.qkv.forEach((value, i) => (given.qkv[i] = isValue(i) ? value : value * 64));
    await expectRight(tuning, given);
  });

  test("attention: equal scores → the mean, within rounding", async () => {
    const given = makeCase(FEW, inRow([70, 16]), false);
    given.qkv.forEach((value, i) => (given.qkv[i] = isValue(i) ? value : 0.5));
    await expectRight(tuning, given);
  });

  test("attention: values past 65,504 → within rounding", async () => {
    const given = makeCase(FEW, inRow([40]), true);
    given.qkv.forEach((value, i) => (given.qkv[i] = isValue(i) ? value * 2 ** 22 : value));
    await expectRight(tuning, given);
  });
});

/** Faults that a blind comparison would miss, with the shaders that they are planted in. */
const FAULTS: readonly (readonly [string, readonly AttentionTuning[], Fault])[] = [
  ["no scale", ["plain", "quad", "octet"], ["* SCALE", "* 1.0"]],
  ["no scale", ["workgroup"], ["dots * SCALE", "dots"]],
  ["a key too many", variants, ["query + 1u", "query + 2u"]],
  ["no fade of what was summed", ["plain", "quad", "octet"], ["sum * fade", "sum"]],
  ["no fade of what was summed", ["workgroup"], ["(*state).sum *= fade;", ""]],
  ["the first key head for all", variants, ["head / (QUERY_HEADS / params.key_heads)", "0u"]],
  ["neighbours mixed up", ["quad"], ["lane ^ 1u", "lane ^ 2u"]],
  ["lanes mixed up", ["octet"], ["of_lane(k, 1u)", "of_lane(k, 2u)"]],
];

describe("attention with a planted fault", () => {
  const planted = FAULTS.flatMap(([name, where, fault]) =>
    where
      .filter((variant) => variants.includes(variant))
      .map((variant) => [variant, name, fault] as const),
  );
  test.each(planted)("attention %s: %s on purpose → seen", async (variant, _, fault) => {
    const given = makeCase(FEW, inRow([5, 40]), true);
    given.qkv.forEach((value, i) => (given.qkv[i] = value * 4));
    const { wanted, bounds } = reference(given.qkv, given.heads, given.ranges, true);
    const got = await attended(variant, given, fault);
    const { pass } = compareRounding(got, wanted, bounds, { name: variant, shape: [45, 4, 32] });
    expect(pass).toBe(false);
  });
});

describe("attention: heads that no kernel has", () => {
  test.each([6, 132])(
    "attention: a head of %i → UnsupportedError with what is wanted",
    async (dim) => {
      const given = makeCase({ queries: 1, keys: 1, dim }, inRow([2]), true);
      await expect(attended("plain", given)).rejects.toThrow(
        `attention: size of a head: expected a multiple of 4 up to 128, got ${dim}.`,
      );
    },
  );
});
