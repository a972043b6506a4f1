import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { calibrate, reliability } from "../../src/evaluate/calibration.ts";
import { isTie, preferenceProbability, rankValues } from "../../src/preference/ranking.ts";
import { fitTemperature } from "../../src/preference/temperature.ts";

test("ranking: four values → best first, with margins and σ of each margin", () => {
  const order = rankValues([1, 3, -2, 2]);
  expect(order.map(({ index }) => index)).toEqual([1, 3, 0, 2]);
  expect(order.map(({ place }) => place)).toEqual([1, 2, 3, 4]);
  expect(order.map(({ marginToNext }) => marginToNext)).toEqual([1, 1, 3, undefined]);
  expect(order[2]?.probabilityOverNext).toBeCloseTo(1 / (1 + Math.exp(-3)), 12);
});

test("ranking: values that differ by rounding → one place, the next place left out, margin zero", () => {
  const order = rankValues([5, 5.00001, 4, 6]);
  expect(order.map(({ index, place }) => [index, place])).toEqual([
    [3, 1],
    [0, 2],
    [1, 2],
    [2, 4],
  ]);
  expect(order[1]?.marginToNext).toBe(0);
});

test("tie: noise is relative to large values and absolute to small ones", () => {
  expect([isTie(1e3, 1e3 + 0.01), isTie(1e-6, 1e-5), isTie(1, 1.001)]).toEqual([true, true, false]);
});

test("probability: a temperature of two halves the margin", () => {
  expect(preferenceProbability(3, 1, 2)).toBeCloseTo(preferenceProbability(2, 1), 12);
});

test("temperature: labels drawn at T = 2.5 → fitted within 3 %, and no temperature near it is better", () => {
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const margins = Array.from({ length: 20_000 }, () => {
    const margin = (random() - 0.5) * 20;
    return random() < 1 / (1 + Math.exp(-margin / 2.5)) ? margin : -margin;
  });
  const { temperature, loss, lossAtOne } = fitTemperature(margins);
  expect(Math.abs(temperature / 2.5 - 1)).toBeLessThan(0.03);
  expect(loss).toBeLessThan(lossAtOne);
});

test("temperature: every pair right, or none → an error that says why", () => {
  expect(() => fitTemperature([1, 2, 3])).toThrow("not one pair that the scores get wrong");
  expect(() => fitTemperature([-1, -2])).toThrow("scores no better than chance");
});

const none = [Number.NaN, Infinity, -Infinity, 0, -0, -1];
test.each(none)("temperature %d → an InputError, not a probability", (temperature) => {
  expect(() => rankValues([1, 2], temperature)).toThrow(
    "temperature: expected a finite number above 0, got",
  );
  expect(() => preferenceProbability(1, 2, temperature)).toThrow(InputError);
  expect(() => reliability([1, -1], temperature)).toThrow(InputError);
});

test.each([Number.NaN, Infinity, -Infinity])("score %d → an InputError, not a place", (score) => {
  expect(() => rankValues([1, score])).toThrow("scores[1]: expected a finite number, got");
  expect(() => isTie(score, 1)).toThrow(InputError);
  expect(() => preferenceProbability(1, score)).toThrow(InputError);
  expect(() => fitTemperature([1, score, -1])).toThrow("margins[1]: expected a finite number");
  expect(() => calibrate([1, score, -1])).toThrow("margins[1]: is wrong");
});

test.each([undefined, null, "12", 5, { 0: 1 }])("scores that are %o → InputError", (values) => {
  expect(() => rankValues(values as never)).toThrow("scores: expected a list of numbers, got ");
  expect(() => fitTemperature(values as never)).toThrow(
    "margins: expected a list of numbers, got ",
  );
});
