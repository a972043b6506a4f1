/** The limits of the tunings' numbers on every GPU. Counting them does not need a GPU. */
import { expect, test } from "vitest";
import { MAX_HEAD_DIM, attention, attentionTiles } from "../../src/kernels/attention.ts";
import { matmulKernelsOf } from "../../src/kernels/matmul.ts";
import type { MatmulTuning } from "../../src/kernels/tunings.ts";
import { constantOf, workgroupSize } from "../../bench/isa/wgsl.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import { attentionTunings, matmulTunings } from "../../src/kernels/tunings.ts";
import type { AttentionTuning } from "../../src/kernels/tunings.ts";
import { Plan } from "../../src/pass/plan.ts";

/** The limits that the spec guarantees for every adapter. */
const WORKGROUP_BYTES = 16_384;
const WORKGROUP_INVOCATIONS = 256;
/** Of the types in workgroup memory. */
const VALUE_BYTES: Readonly<Record<string, number>> = {
  "vec4<f32>": 16,
  "vec4<f16>": 8,
  "vec2<f32>": 8,
};

test.each(Object.entries(matmulTunings))(
  "tuning of matmul: %s → fits every adapter",
  (name, knobs) => {
    if (knobs.variant === "matrix") {
      // Its tile is written out in the shader.
      const { source } = matmulKernelsOf(name as MatmulTuning).f32;
      const value = (of: string): number => constantOf(source, {}, of)!;
      const arrays = [...source.matchAll(/var<workgroup> \w+: array<([^,]+), ([^>]+)>;/g)];
      expect(arrays.length).toBeGreaterThanOrEqual(4);
      const bytes = arrays.map(([, type = "", count = ""]) => VALUE_BYTES[type]! * value(count));
      expect(bytes.reduce((sum, own) => sum + own)).toBeLessThanOrEqual(WORKGROUP_BYTES);
      // Dawn wants whole subgroups, of the widest that a device has: 64 on AMD.
      expect(workgroupSize(source, {})! % 64).toBe(0);
      expect(workgroupSize(source, {})).toBeLessThanOrEqual(WORKGROUP_INVOCATIONS);
      // Whole matrices in a subgroup's part, and in what it stores together.
      const {
        shape: [m, n, k],
        width,
      } = knobs;
      const [down, across, together] = ["DOWN", "ACROSS", "TOGETHER"].map(value);
      expect([down! * n, across! * m]).toEqual([value("OWN_ROWS"), value("OWN_COLUMNS")]);
      expect(down! * n * across! * m * (value("INVOCATIONS") / width)).toBe(64 * 64);
      expect([(8 * width) % (m * n), across! % together!, 16 % k]).toEqual([0, 0, 0]);
      return;
    }
    if (knobs.variant !== "shared") {
      expect(knobs.workgroup).toBeLessThanOrEqual(WORKGROUP_INVOCATIONS);
      return;
    }
    const { rows, columns, ownRows, staged } = knobs;
    const invocations = rows * columns;
    expect(invocations).toBeLessThanOrEqual(WORKGROUP_INVOCATIONS);
    // X_STRIDE and WEIGHT_STRIDE vec4s of 16 bytes for each k.
    const strides = (rows * ownRows) / 4 + 1 + (2 * columns + 1);
    expect(staged * strides * 16).toBeLessThanOrEqual(WORKGROUP_BYTES);
    // Blocks of four by four: each invocation stages one of x and one of the weight at most, and
    // all are staged.
    const blocksAtOnce = invocations / (staged / 4);
    expect(blocksAtOnce).toBeGreaterThanOrEqual((rows * ownRows) / 4);
    expect(blocksAtOnce).toBeGreaterThanOrEqual(2 * columns);
  },
);

/** Returns what the twin makes of a tuning for heads of a size. */
function constantsOf(tuning: AttentionTuning, dim: number): Readonly<Record<string, number>> {
  const plan = new Plan({ ...PLAIN, attention: tuning });
  const table = plan.input("tiles", attentionTiles([{ begin: 0, end: 1 }], true, tuning));
  const qkv = plan.tensor("qkv", 1, 3 * dim);
  attention(plan, "a", qkv, { queries: 1, keys: 1, dim }, { table, pairs: 1 });
  return plan.steps[0]!.constants;
}

test.each(Object.entries(attentionTunings))(
  "tuning of attention: %s, heads of 4 to 128 → fits every adapter",
  (name, tile) => {
    if (tile.variant !== "workgroup") return;
    for (let dim = 4; dim <= MAX_HEAD_DIM; dim += 4) {
      const constants = constantsOf(name as AttentionTuning, dim);
      const { GROUPS = 0, LANES = 0, OWN_KEYS = 0, DEPTH4 = 0, TOGETHER = 0 } = constants;
      expect(GROUPS * LANES).toBeLessThanOrEqual(WORKGROUP_INVOCATIONS);
      // What an invocation stages, and a lane's five vec4s of the output (MAX_OWN).
      const isByRow = OWN_KEYS === 2;
      if (isByRow) expect([GROUPS, LANES % 4, DEPTH4 % 2]).toEqual([4, 0, 0]);
      else expect(DEPTH4).toBeLessThanOrEqual(Math.min(GROUPS, LANES));
      const own = Math.ceil(dim / 4 / LANES);
      expect(own).toBeLessThanOrEqual(Math.min(tile.own, 5));
      // VALUES are whole rounds of groups, and whole inner loops.
      const values = 4 * OWN_KEYS;
      expect([values % GROUPS, values % TOGETHER]).toEqual([0, 0]);
      expect((OWN_KEYS * LANES) % values).toBe(0);
      const keys = OWN_KEYS * LANES;
      const staged = Math.max(4 * DEPTH4 * (GROUPS + keys / 4), values * own * LANES);
      const ofQueries = GROUPS * (keys + (4 - OWN_KEYS) * LANES);
      expect((staged + ofQueries) * 16).toBeLessThanOrEqual(WORKGROUP_BYTES);
      // Few zeros past the end of a head.
      expect(Math.ceil(dim / 4 / DEPTH4) * DEPTH4).toBeLessThanOrEqual(1.13 * (dim / 4) + 1);
    }
  },
);

test.each([
  ["workgroup-tall", 80, { GROUPS: 8, LANES: 8, DEPTH4: 5 }],
  ["workgroup-tall", 128, { GROUPS: 8, LANES: 16, DEPTH4: 4 }],
  // A head of 80 or 72 needs four lanes of five vec4s: the table of tiles has 64 queries for both.
  ["workgroup-wide", 80, { GROUPS: 16, LANES: 4, DEPTH4: 4 }],
  ["workgroup-wide", 72, { GROUPS: 16, LANES: 4, DEPTH4: 3 }],
  ["workgroup-wide", 128, { GROUPS: 16, LANES: 8, DEPTH4: 4 }],
  ["workgroup-narrow", 72, { GROUPS: 4, LANES: 20, OWN_KEYS: 2, DEPTH4: 6 }],
  ["workgroup-narrow", 128, { GROUPS: 4, LANES: 32, OWN_KEYS: 2, DEPTH4: 4 }],
  // Of a named width: no two vec4s for each of eight lanes, and no values read ahead beside three.
  ["workgroup-tall-8", 64, { GROUPS: 8, LANES: 16, TOGETHER: 4 }],
  ["workgroup-tall-16", 80, { GROUPS: 8, LANES: 8, TOGETHER: 16 }],
] as const)("tile of attention: %s, heads of %i → %j", (tuning, dim, wanted) => {
  expect(constantsOf(tuning, dim)).toMatchObject(wanted);
});
