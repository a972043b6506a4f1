/**
 * The reference set as a file, and what the embedded model's says of inputs that it was not made
 * of.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { buildReference } from "../../src/reference/build.ts";
import { readReference, referenceFile } from "../../src/reference/reference-file.ts";
import { percentileOf, strangenessOf } from "../../src/reference/reference-set.ts";
import type { ReferenceSet } from "../../src/reference/reference-set.ts";
import type { SourceFile } from "../../src/files/source.ts";
import { random } from "../../src/statistics/random.ts";
import type { InputFeatures } from "../../src/types.ts";
import { readSafetensors } from "../../testing/checkpoint/safetensors-file.ts";
import { EMBEDDED_ROOT } from "../../testing/held-out.ts";

function fileOf(bytes: Uint8Array, name = "reference.safetensors"): SourceFile {
  return {
    path: name,
    byteLength: bytes.length,
    read: async (begin, into) => into.set(bytes.subarray(begin, begin + into.length)),
  };
}

function builtSet(): ReferenceSet {
  const source = random(3);
  const draw = (): number => source.below(2 ** 32) / 2 ** 32;
  const vector = (middle: number): Float32Array =>
    Float32Array.from({ length: 24 }, () => middle + draw() + draw() + draw());
  const rows = Array.from({ length: 120 }, (_, i) => ({
    chosenScore: draw() * 4,
    rejectedScore: draw() * 4 - 1,
    input: { question: vector(i % 2), picture: i % 2 === 0 ? vector(5) : undefined },
  }));
  return buildReference("org/model", rows);
}

describe("reference file", () => {
  test("file: written and read → the same set", async () => {
    const set = builtSet();
    expect(await readReference(fileOf(referenceFile(set)))).toEqual(set);
  });

  test("file: another safetensors file, a limit that is no number → a WeightsError that says so", async () => {
    const head = await readFile(path.join(EMBEDDED_ROOT, "value_head.safetensors"));
    await expect(readReference(fileOf(head, "head"))).rejects.toThrow(
      "head: expected vl-reward reference set 1",
    );
    const bytes = Buffer.from(referenceFile(builtSet()));
    const place = bytes.indexOf('"picture.limit":"') + '"picture.limit":"'.length;
    bytes.write("-", place);
    await expect(readReference(fileOf(bytes))).rejects.toThrow("a number above 0");
  });

  test("percentiles: below all, in the middle, above all", () => {
    const set = builtSet();
    expect(percentileOf(set, -99)).toBe(0);
    expect(percentileOf(set, 99)).toBe(1);
    expect(percentileOf(set, set.quantiles[50]!)).toBeCloseTo(0.5, 6);
  });

  test("strangeness: rows like the set's → within; others, and kinds never shown → outside", () => {
    const set = builtSet();
    const far = { question: new Float32Array(24).fill(9), picture: undefined };
    expect(strangenessOf(set, far)).toMatchObject({ part: "question" });
    expect(strangenessOf(set, far).ratio).toBeGreaterThan(1);
    const { textQuestion: _, ...others } = set;
    const seesOnly = { ...others, textQuestion: undefined };
    expect(strangenessOf(seesOnly, far).ratio).toBeGreaterThan(1000);
  });
});

describe("the embedded model's reference set", () => {
  /** States by transformers: `weights/training/input_states.py`. */
  function inputsOf(name: string): { readonly id: string; readonly input: InputFeatures }[] {
    const file = path.join(import.meta.dirname, `${name}.safetensors`);
    const tensors = readSafetensors(file);
    const rowsOf = (tensor: string): Float32Array => {
      const found = tensors.get(tensor);
      if (found === undefined) throw new Error(`${file}: no ${tensor}`);
      return Float32Array.from(found.values);
    };
    const [question, picture, has] = [rowsOf("question"), rowsOf("picture"), rowsOf("has_picture")];
    const size = question.length / has.length;
    return Array.from(has, (flag, i) => ({
      id: String(i),
      input: {
        question: question.slice(i * size, (i + 1) * size),
        picture: flag === 0 ? undefined : picture.slice(i * size, (i + 1) * size),
      },
    }));
  }

  async function shareOutside(name: string): Promise<number> {
    const bytes = await readFile(path.join(EMBEDDED_ROOT, "reference.safetensors"));
    const set = await readReference(fileOf(bytes));
    const inputs = inputsOf(name);
    return inputs.filter(({ input }) => strangenessOf(set, input).ratio > 1).length / inputs.length;
  }

  test("100 inputs from outside: photographs, other questions, no picture, noise → no opinion for 95 % or more", async () => {
    const share = await shareOutside("outside");
    console.log(`no opinion for ${(share * 100).toFixed(1)} % of 100 inputs from outside`);
    expect(share).toBeGreaterThanOrEqual(0.95);
  });

  test("its 288 held-out pairs, which it was not made of → no opinion for 5 % at most", async () => {
    const share = await shareOutside("held-out");
    console.log(`no opinion for ${(share * 100).toFixed(1)} % of the 288 held-out pairs`);
    expect(share).toBeLessThanOrEqual(0.05);
  });
});
