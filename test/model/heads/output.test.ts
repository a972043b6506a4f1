/** Scores from a head's numbers. */
import { expect, test } from "vitest";
import { RAW_OUTPUT } from "../../../src/model/heads/head.ts";
import { sigmoid, softmax } from "../../../src/model/heads/labels.ts";
import { readLabels, readMlp, tokenValuesOf } from "../../../src/model/heads/output.ts";
import { pointerLogits } from "../../../src/model/heads/pointer.ts";

test("output: raw → one output, normalised", () => {
  const output = { ...RAW_OUTPUT, index: 1, mean: 0.5, std: 2 };
  expect(readMlp(output, [[9, 4.5]], false)).toMatchObject({ score: 2, aggregates: undefined });
  expect(readMlp({ ...output, kind: "sigmoid" }, [[9, 4.5]], false).score).toBeCloseTo(sigmoid(2));
});

test("output: softmax of steps → a value for each, and what they come to", () => {
  const output = { ...RAW_OUTPUT, kind: "softmax", index: 1, aggregate: "min" } as const;
  const result = readMlp(
    output,
    [
      [0, Math.log(3)],
      [0, 0],
      [0, Math.log(9)],
    ],
    true,
  );
  const { stepValues = [], aggregates } = result;
  [0.75, 0.5, 0.9].forEach((value, i) => expect(stepValues[i]).toBeCloseTo(value, 12));
  expect(result.score).toBe(aggregates?.min);
  expect(aggregates?.product).toBeCloseTo(0.75 * 0.5 * 0.9, 12);
  expect(aggregates?.last).toBeCloseTo(0.9, 12);
  expect(aggregates?.mean).toBeCloseTo((0.75 + 0.5 + 0.9) / 3, 12);
  expect(
    readMlp(
      { ...output, aggregate: "product" },
      [
        [0, 0],
        [0, 0],
      ],
      true,
    ).score,
  ).toBe(0.25);
});

test("output: several places, raw → the last", () => {
  expect(readMlp(RAW_OUTPUT, [[1], [2], [3]], false).score).toBe(3);
});

test("labels: order → the first ahead of the second, never the other way", () => {
  const logits = [2, 1, 0];
  expect(readLabels(RAW_OUTPUT, logits, undefined).score).toBe(1);
  expect(readLabels({ ...RAW_OUTPUT, kind: "sigmoid" }, logits, undefined).score).toBe(sigmoid(1));
  const whole = readLabels({ ...RAW_OUTPUT, kind: "vocabulary" }, logits, Math.log(20));
  expect(whole.score).toBeCloseTo(Math.exp(2) / 20, 12);
  expect(readLabels({ ...RAW_OUTPUT, kind: "softmax" }, logits, undefined).score).toBeCloseTo(
    softmax(logits)[0] ?? NaN,
    12,
  );
});

test("softmax and sigmoid: huge logits → finite", () => {
  expect(softmax([1e4, 0])).toEqual([1, 0]);
  expect(sigmoid(-1e4)).toBe(0);
  expect(sigmoid(1e4)).toBe(1);
});

test("values of tokens: of several outputs → the one that counts, or its class's probability", () => {
  const values = Float32Array.of(1, 2, 3, 4);
  expect([...tokenValuesOf({ ...RAW_OUTPUT, index: 1 }, values, 2)]).toEqual([2, 4]);
  const [first] = tokenValuesOf({ ...RAW_OUTPUT, kind: "softmax", index: 0 }, values, 2);
  expect(first).toBeCloseTo(sigmoid(-1), 6);
});

test("pointer: keys and a query → z over the root of the width, over the temperature", () => {
  const head = { kind: "pointer", headDim: 4, temperature: 0.5 } as const;
  const query = Float32Array.of(1, 2, 3, 4);
  expect(pointerLogits(head, query, [Float32Array.of(1, 0, 0, 1)])).toEqual([5]);
});
