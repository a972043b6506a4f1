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

test.each(Object.entries(attentionTunings))(
  "tuning of attention: %s, heads of 4 to 128 → fits every adapter",
  (name, tile) => {
    if (tile.variant !== "workgroup") return;
    for (let dim = 4; dim <= MAX_HEAD_DIM; dim += 4) {
      const plan = new Plan({ ...PLAIN, attention: name as AttentionTuning });
      const table = plan.input("tiles", attentionTiles([{ begin: 0, end: 1 }], true, "workgroup"));
      const qkv = plan.tensor("qkv", 1, 3 * dim);
      attention(plan, "a", qkv, { queries: 1, keys: 1, dim }, { table, pairs: 1 });
      const { GROUPS = 0, LANES = 0, DEPTH4 = 0 } = plan.steps[0]!.constants;
      expect(GROUPS * LANES).toBeLessThanOrEqual(WORKGROUP_INVOCATIONS);
      // What an invocation stages, and a lane's four vec4s of the output.
      expect(DEPTH4).toBeLessThanOrEqual(Math.min(GROUPS, LANES));
      const own = Math.ceil(dim / 4 / LANES);
      expect(own).toBeLessThanOrEqual(4);
      const staged = Math.max(4 * DEPTH4 * (GROUPS + LANES), 16 * own * LANES);
      expect((staged + GROUPS * 4 * LANES) * 16).toBeLessThanOrEqual(WORKGROUP_BYTES);
      // Few zeros past the end of a head.
      expect(Math.ceil(dim / 4 / DEPTH4) * DEPTH4).toBeLessThanOrEqual(1.13 * (dim / 4) + 1);
    }
  },
);
