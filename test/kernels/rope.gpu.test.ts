/**
 * Rotary positions against double precision: text, M-RoPE's chunks, vision's rows and columns,
 * normalised heads.
 */
import { describe, expect, test } from "vitest";
import { PLAIN } from "../../src/kernels/profile.ts";
import { rope } from "../../src/kernels/rope.ts";
import {
  angleTable,
  decoderChannels,
  visionChannels,
  visionFrequencies,
} from "../../src/model/rotary.ts";
import { rope as reference } from "../../testing/reference/rope.ts";
import type { Norms, RopeTables } from "../../testing/reference/rope.ts";
import { compareRounding } from "../../testing/compare.ts";
import { evenValues } from "../../testing/inputs.ts";
import { runKernel } from "../../testing/gpu/kernel-run.ts";

const POSITIONS = 50;

function positions(tokens: number, axes: number): Uint32Array {
  return Uint32Array.from(
    { length: tokens * axes },
    (_, i) => (i * 7 + (i % axes) * 13) % POSITIONS,
  );
}

/** (axis, frequency) of each pair, the sections one after the other. */
function channelsOf(section: readonly number[]): Uint32Array {
  const pairAxes = section.flatMap((pairs, axis) => Array.from({ length: pairs }, () => axis));
  return decoderChannels({ theta: 10_000, axes: section.length, pairAxes, scaling: undefined });
}

/** Tables of a decoder's head; with `section`, M-RoPE's over three axes. */
function text(headDim: number, tokens: number, section?: readonly number[]): RopeTables {
  const frequencies = Float32Array.from(
    { length: headDim / 2 },
    (_, j) => 10_000 ** ((-2 * j) / headDim),
  );
  const axes = section ? 3 : 1;
  return {
    headDim,
    angles: angleTable(POSITIONS, frequencies),
    frequencies: frequencies.length,
    channels: channelsOf(section ?? [headDim / 2]),
    positions: positions(tokens, axes),
    axes,
  };
}

function picture(headDim: number, tokens: number): RopeTables {
  const frequencies = visionFrequencies(headDim);
  return {
    headDim,
    angles: angleTable(POSITIONS, frequencies),
    frequencies: frequencies.length,
    channels: visionChannels(headDim),
    positions: positions(tokens, 2),
    axes: 2,
  };
}

async function turned(
  qkv: Float32Array,
  [queries, keys]: readonly [number, number],
  tables: RopeTables,
  norms?: Norms,
): Promise<Float32Array> {
  const { headDim, frequencies, axes } = tables;
  return await runKernel(PLAIN, ({ plan, rows, vector }) => {
    const rotary = {
      angles: plan.input("angles", tables.angles),
      channels: plan.input("channels", tables.channels),
      positions: plan.input("positions", tables.positions),
      frequencies,
      axes,
    };
    const x = rows(qkv, tables.positions.length / axes);
    const heads = { queries, keys, dim: headDim };
    const normed = norms && { weight: vector(norms.weight), eps: norms.eps };
    return rope(plan, "rope", x, heads, rotary, normed);
  });
}

/** Every head of 2n numbers from pairs side by side to pairs n apart, or back. */
function rearranged(qkv: Float32Array, headDim: number, isBack: boolean): Float32Array {
  const half = headDim / 2;
  const result = new Float32Array(qkv.length);
  for (let i = 0; i < qkv.length; i++) {
    const inHead = i % headDim;
    const apart = i - inHead + Math.floor(inHead / 2) + (inHead % 2) * half;
    if (isBack) result[i] = qkv[apart]!;
    else result[apart] = qkv[i]!;
  }
  return result;
}

interface Case {
  readonly name: string;
  readonly tokens: number;
  readonly heads: readonly [number, number];
  readonly tables: RopeTables;
  readonly norms?: Norms;
}

const cases: readonly Case[] = [
  { name: "one token, one head of 4", tokens: 1, heads: [1, 1], tables: text(4, 1) },
  { name: "text, heads of 24", tokens: 17, heads: [5, 5], tables: text(24, 17) },
  { name: "text, 63 heads in all", tokens: 9, heads: [6, 1], tables: text(64, 9) },
  { name: "text, 65 heads in all", tokens: 13, heads: [4, 1], tables: text(32, 13) },
  { name: "M-RoPE [16, 24, 24]", tokens: 33, heads: [7, 1], tables: text(128, 33, [16, 24, 24]) },
  { name: "vision, heads of 80", tokens: 64, heads: [2, 2], tables: picture(80, 64) },
  {
    name: "normalised heads",
    tokens: 31,
    heads: [4, 2],
    tables: text(64, 31),
    norms: { weight: evenValues(128, 8, 2), eps: 1e-6 },
  },
  { name: "1,000 tokens", tokens: 1000, heads: [2, 1], tables: text(64, 1000) },
];

describe("rope", () => {
  test.each(cases)("rope: $name → within rounding", async ({ tokens, heads, tables, norms }) => {
    const columns = (heads[0] + 2 * heads[1]) * tables.headDim;
    const qkv = evenValues(tokens * columns, tokens, 3);
    const { wanted, bounds } = reference(qkv, heads[0], heads[1], tables, norms);
    const got = await turned(qkv, heads, tables, norms);
    expect(got).toBeWithinRounding(wanted, bounds, { name: "rope", shape: [tokens, columns] });
  });

  test("rope: values past 65,504 → within rounding", async () => {
    const tables = text(24, 5);
    const qkv = evenValues(5 * 72, 4, 2 ** 20);
    const { wanted, bounds } = reference(qkv, 1, 1, tables);
    const got = await turned(qkv, [1, 1], tables);
    expect(got).toBeWithinRounding(wanted, bounds, { name: "rope", shape: [5, 72] });
  });

  test("rope: the other way, pairs side by side, one axis for all on purpose → seen; none → not", async () => {
    const tables = text(128, 6, [16, 24, 24]);
    const qkv = evenValues(6 * 384, 4);
    const { wanted, bounds } = reference(qkv, 1, 1, tables);
    const isSeen = (got: Float32Array): boolean =>
      !compareRounding(got, wanted, bounds, { name: "rope", shape: [6, 384] }).pass;
    // Cosines and sines in turn: of -angle the sine is another.
    const angles = tables.angles.map((value, i) => (i % 2 === 1 ? -value : value));
    // Axes and frequencies in turn.
    const channels = tables.channels.map((value, i) => (i % 2 === 0 ? 0 : value));
    const sideBySide = await turned(rearranged(qkv, 128, false), [1, 1], tables);
    expect(isSeen(await turned(qkv, [1, 1], tables))).toBe(false);
    expect(isSeen(await turned(qkv, [1, 1], { ...tables, angles }))).toBe(true);
    expect(isSeen(await turned(qkv, [1, 1], { ...tables, channels }))).toBe(true);
    expect(isSeen(rearranged(sideBySide, 128, true))).toBe(true);
  });

  test("rope: keys normalised by the queries' weights on purpose → seen; else not", async () => {
    const tables = text(64, 3);
    const qkv = evenValues(3 * 192, 4);
    const norms: Norms = { weight: evenValues(128, 8, 2), eps: 1e-6 };
    const { wanted, bounds } = reference(qkv, 1, 1, tables, norms);
    const isSeen = async (weight: Float32Array): Promise<boolean> => {
      const got = await turned(qkv, [1, 1], tables, { ...norms, weight });
      return !compareRounding(got, wanted, bounds, { name: "rope", shape: [3, 192] }).pass;
    };
    const queries = norms.weight.map((_, i) => norms.weight[i % 64]!);
    expect([await isSeen(norms.weight), await isSeen(queries)]).toEqual([false, true]);
  });
});
