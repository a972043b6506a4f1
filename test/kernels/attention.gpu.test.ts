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
import type { Step } from "../../src/kernels/kernel.ts";
import { lacks, PLAIN } from "../../src/kernels/profile.ts";
import { attentionTunings } from "../../src/kernels/tunings.ts";
import type { AttentionTuning } from "../../src/kernels/tunings.ts";
import { attention as reference } from "../../testing/reference/attention.ts";
import { compareRounding } from "../../testing/compare.ts";
import { testDevice } from "../../testing/gpu/gpu.ts";
import { evenValues } from "../../testing/inputs.ts";
import { runKernel } from "../../testing/gpu/kernel-run.ts";

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

/** A fault of a recorded step, or of the table of tiles. */
interface PlantedFault {
  readonly change?: (step: Step) => Step;
  readonly changeTable?: (table: Uint32Array) => Uint32Array;
}

async function attended(
  tuning: AttentionTuning,
  given: Case,
  fault: PlantedFault = {},
): Promise<Float32Array> {
  const { heads, ranges, causal, qkv } = given;
  const { change, changeTable } = fault;
  return await runKernel({ ...PLAIN, attention: tuning }, ({ plan, rows }) => {
    const sound = attentionTiles(ranges, causal, tuning);
    const table = changeTable ? changeTable(sound) : sound;
    const tiles = { table: plan.input("tiles", table), pairs: attentionPairs(table) };
    const out = attention(plan, "attention", rows(qkv, tokensOf(ranges)), heads, tiles);
    if (change) plan.steps.splice(0, plan.steps.length, ...plan.steps.map(change));
    return out;
  });
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
  { queries: 2, keys: 1, dim: 72 },
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

  test("attention: a long segment, causal → within rounding", async () => {
    // Barriers are slow on software adapters.
    const length = tuning.startsWith("workgroup") ? 300 : 1000;
    await expectRight(tuning, makeCase(FEW, inRow([length]), true));
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

/**
 * Faults that a blind comparison would miss. They are planted in what the kernel is given, so they
 * hold for any way to write it; those inside a softmax are in a model of it, below.
 */
const FAULTS: readonly (readonly [string, (step: Step) => Step])[] = [
  ["no scale", (step) => ({ ...step, constants: { ...step.constants, SCALE: 1 } })],
  ["one key head for all", (step) => ({ ...step, params: { ...step.params, key_heads: 1 } })],
  ["rows one vec4 too short", (step) => shorten(step)],
];

function shorten(step: Step): Step {
  return { ...step, params: { ...step.params, stride4: step.params["stride4"]! - 1 } };
}

/** One key too many for each query, one too few, and a prefix that is not seen. */
const TABLE_FAULTS: readonly (readonly [string, (table: Uint32Array) => Uint32Array])[] = [
  ["all queries of a tile see the last key", (table) => table.map((v, i) => (i % 8 === 6 ? 0 : v))],
  ["the last key not seen", (table) => table.map((v, i) => (i % 8 === 5 ? v - 1 : v))],
  ["the prefix not seen", (table) => table.map((v, i) => (i % 8 === 3 ? 0 : v))],
];

/** Faults inside a one-pass softmax over tiles of 16 keys, in a model of it: no kernel's text. */
const MODEL_FAULTS = ["sum does not fade", "values do not fade", "a tile twice"] as const;

/** Attention of causal ranges with a prefix, one pass, with a fault or without. */
function onePass({ heads, ranges, qkv }: Case, fault?: string): Float32Array {
  const { queries, keys, dim } = heads;
  const stride = (queries + 2 * keys) * dim;
  const out = new Float32Array(tokensOf(ranges) * queries * dim);
  for (const { begin, end, prefix = { begin: 0, end: 0 } } of ranges) {
    for (let token = begin; token < end; token++) {
      for (let head = 0; head < queries; head++) {
        const at = (row: number, column: number): Float32Array =>
          qkv.subarray(row * stride + column * dim, row * stride + (column + 1) * dim);
        const keyHead = Math.floor(head / (queries / keys));
        let [maximum, sum] = [-Infinity, 0];
        const own = new Float64Array(dim);
        for (const [from, to] of [
          [prefix.begin, prefix.end],
          [begin, token + 1],
        ] as const) {
          for (let first = from; first < to; first += 16) {
            const tile = Array.from({ length: Math.min(16, to - first) }, (_, i) => first + i);
            const scores = tile.map(
              (key) => dot(at(token, head), at(key, queries + keyHead)) / Math.sqrt(dim),
            );
            const before = maximum;
            maximum = Math.max(maximum, ...scores);
            const fade = before === -Infinity ? 0 : Math.exp(before - maximum);
            const weights = scores.map((score) => Math.exp(score - maximum));
            const times = fault === "a tile twice" && first > from ? 2 : 1;
            sum = sum * (fault === "sum does not fade" ? 1 : fade);
            for (let d = 0; d < dim; d++) own[d]! *= fault === "values do not fade" ? 1 : fade;
            for (const [i, key] of tile.entries()) {
              sum += times * weights[i]!;
              at(key, queries + keys + keyHead).forEach((value, d) => {
                own[d]! += times * weights[i]! * value;
              });
            }
          }
        }
        out.set(
          own.map((value) => value / sum),
          (token * queries + head) * dim,
        );
      }
    }
  }
  return out;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

describe("attention with a planted fault", () => {
  const given = makeCase(FEW, branches(0, 5, [40]), true);
  given.qkv.forEach((value, i) => (given.qkv[i] = value * 4));
  const { wanted, bounds } = reference(given.qkv, given.heads, given.ranges, true);
  const isSeen = (got: Float32Array, name: string): boolean =>
    !compareRounding(got, wanted, bounds, { name, shape: [45, 4, 32] }).pass;

  test.each(variants)("attention %s: faults of what it is given → seen", async (variant) => {
    expect(isSeen(await attended(variant, given), variant)).toBe(false);
    for (const [name, change] of FAULTS) {
      expect([name, isSeen(await attended(variant, given, { change }), variant)]).toEqual([
        name,
        true,
      ]);
    }
    for (const [name, changeTable] of TABLE_FAULTS) {
      const got = await attended(variant, given, { changeTable });
      expect([name, isSeen(got, variant)]).toEqual([name, true]);
    }
  });

  test.each(MODEL_FAULTS)("attention: a model of it in which %s → seen", (fault) => {
    expect(isSeen(onePass(given), "model")).toBe(false);
    expect(isSeen(onePass(given, fault), "model")).toBe(true);
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
