/** Embedding rows of every stored form and image rows, bit for bit. */
import { describe, expect, test } from "vitest";
import { embed, embedKernels, IMAGE_ROW } from "../../src/kernels/embed.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import type { StoredForm } from "../../src/kernels/weight-forms.ts";
import { embed as reference } from "../../testing/reference/embed.ts";
import { compareBits } from "../../testing/compare.ts";
import { evenValues } from "../../testing/inputs.ts";
import { runKernel } from "../../testing/gpu/kernel-run.ts";
import type { Bench } from "../../testing/gpu/kernel-run.ts";

const forms = Object.keys(embedKernels) as StoredForm[];

/** [rows, hidden] as the checkpoint has them, rows padded to whole vec4s. */
function packed(form: StoredForm, values: Float32Array, hidden: number): Uint32Array {
  const rows = values.length / hidden;
  const stride = Math.ceil(hidden / 4) * 4;
  const padded = new Float32Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    padded.set(values.subarray(row * hidden, (row + 1) * hidden), row * stride);
  }
  if (form === "f32") return new Uint32Array(padded.buffer);
  const halves = Uint16Array.from(padded, form === "bf16" ? bf16Bits : f16Bits);
  return new Uint32Array(halves.buffer);
}

function bf16Bits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;
}

/** Of values that f16 holds exactly and that are not subnormal there. */
function f16Bits(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  if (value === 0) return (bits >>> 16) & 0x8000;
  return (
    ((bits >>> 16) & 0x8000) | ((((bits >>> 23) & 0xff) - 112) << 10) | ((bits >>> 13) & 0x3ff)
  );
}

interface Case {
  readonly form: StoredForm;
  readonly hidden: number;
  readonly source: Uint32Array;
  readonly table: Float32Array;
  readonly image: Float32Array;
}

function makeCase(form: StoredForm, tokens: number, hidden: number): Case {
  const source = Uint32Array.from({ length: tokens }, (_, i) =>
    i % 3 === 1 ? IMAGE_ROW + (i % 4) : (i * 5) % 7,
  );
  return {
    form,
    hidden,
    source,
    table: evenValues(7 * hidden, 1),
    image: evenValues(4 * hidden, 2, 1 / 3),
  };
}

async function embedded(given: Case): Promise<Float32Array> {
  const { form, hidden, source, table, image } = given;
  const record = ({ plan, rows }: Bench) => {
    const words = plan.input("table", packed(form, table, hidden), 7);
    return embed(plan, "embed", source, { table: words, form, hidden }, rows(image, 4));
  };
  return await runKernel(PLAIN, record);
}

describe.each(forms)("embed %s", (form) => {
  test.each([
    [1, 4],
    [5, 6],
    [63, 4],
    [64, 4],
    [65, 5],
    [300, 130],
  ])("embed: %i tokens of %i → the same bits", async (tokens, hidden) => {
    const given = makeCase(form, tokens, hidden);
    const wanted = reference(given.source, given.table, given.image, hidden);
    const got = await embedded(given);
    expect(got).toEqualBits(wanted, { name: form, shape: [tokens, hidden] });
  });

  test("embed: image rows off by one on purpose → seen", async () => {
    const given = makeCase(form, 9, 8);
    const wanted = reference(given.source, given.table, given.image, 8);
    const isSeen = async (source: Uint32Array): Promise<boolean> => {
      const got = await embedded({ ...given, source });
      return !compareBits(got, wanted, { name: form, shape: [9, 8] }).pass;
    };
    const next = given.source.map((row) => (row < IMAGE_ROW ? row : IMAGE_ROW + ((row + 1) % 4)));
    expect([await isSeen(given.source), await isSeen(next)]).toEqual([false, true]);
  });
});
