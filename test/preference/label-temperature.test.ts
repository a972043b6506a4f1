/** The temperature of decisions: known cases by hand, drawn labels, pairs, and bad input. */
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { fitLabelTemperature } from "../../src/preference/label-temperature.ts";
import { fitTemperature } from "../../src/preference/temperature.ts";

test("label temperature: three of four right at a margin of 2 → 2 / ln 3, to the digit", () => {
  const answers = [0, 0, 0, 1].map((label) => ({ outputs: [5, 3], label }));
  const { temperature, loss } = fitLabelTemperature(answers);
  expect(temperature).toBeCloseTo(2 / Math.log(3), 10);
  // The loss is the entropy of a quarter.
  expect(loss).toBeCloseTo(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25), 12);
});

test("label temperature: two options → what fitTemperature finds for their margins", () => {
  const margins = [2.5, 0.3, -0.7, 4, 1.1, -0.2];
  const answers = margins.map((margin, i) => ({
    outputs: i % 2 ? [7, 7 + margin] : [margin, 0],
    label: i % 2,
  }));
  const [got, wanted] = [fitLabelTemperature(answers), fitTemperature(margins)];
  expect(got.temperature).toBeCloseTo(wanted.temperature, 9);
  expect(got.loss).toBeCloseTo(wanted.loss, 12);
  expect(got.lossAtOne).toBeCloseTo(wanted.lossAtOne, 12);
});

test("label temperature: labels drawn at T = 2.5 from two to five options → 2.5 nearly, least loss", () => {
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const answers = Array.from({ length: 8000 }, (_, i) => {
    const outputs = Array.from({ length: 2 + (i % 4) }, () => (random() - 0.5) * 20);
    const powers = outputs.map((value) => Math.exp(value / 2.5));
    let rest = random() * powers.reduce((sum, value) => sum + value, 0);
    const label = powers.findIndex((value) => (rest -= value) <= 0);
    return { outputs, label };
  });
  const { temperature, loss, lossAtOne } = fitLabelTemperature(answers);
  expect(Math.abs(temperature / 2.5 - 1)).toBeLessThan(0.04);
  expect(loss).toBeLessThan(lossAtOne);
});

test("label temperature: logits of thousands → no overflow", () => {
  const answers = [0, 0, 0, 1].map((label) => ({ outputs: [5000, 3000], label }));
  expect(fitLabelTemperature(answers).temperature).toBeCloseTo(2000 / Math.log(3), 6);
});

test("label temperature: logits of thousandths → the same, a million times smaller", () => {
  const answers = [0, 0, 0, 1].map((label) => ({ outputs: [0.005, 0.003], label }));
  expect(fitLabelTemperature(answers).temperature * 1e6).toBeCloseTo(2000 / Math.log(3), 4);
});

test.each([
  ["none", [], "not one answer that is wrong"],
  ["all right", [{ outputs: [1, 3, 2], label: 1 }], "not one answer that is wrong"],
  ["all wrong", [{ outputs: [1, 3], label: 0 }], "no better than chance"],
  ["a text", "1", "expected a list of { outputs, label }, got a string"],
  ["no outputs", [{ label: 0 }], "answers[0].outputs: expected two finite logits or more"],
  ["one option", [{ outputs: [1], label: 0 }], "answers[0].outputs"],
  ["NaN", [{ outputs: [1, Number.NaN], label: 0 }], "answers[0].outputs"],
  [
    "a label beyond",
    [{ outputs: [1, 2], label: 2 }],
    "label: expected the index of an option, 0 to 1",
  ],
  ["a label in words", [{ outputs: [1, 2], label: "yes" }], "answers[0].label"],
  ["null", [null], "answers[0].outputs"],
])("label temperature: %s → InputError", (_, answers, message) => {
  expect(() => fitLabelTemperature(answers as never)).toThrow(InputError);
  expect(() => fitLabelTemperature(answers as never)).toThrow(message);
});
